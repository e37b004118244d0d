#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/run/open_base.h"
#include "core/run/stored_prompt.h"
#include "core/study/run_spec.h"
#include "core/train/trainer.h"

namespace attune {

// How the examples of a dataset are put to a model: as prompts behind which a label's word is likely, as
// texts for a classification head, or as prompts behind which an answer is written. Used by one thread;
// `data` and `base` must outlive it.
class Questions {
 public:
  virtual ~Questions() = default;

  // Of the labels' words; empty where no words are asked for.
  virtual const LabelTokens& labels() const = 0;
  // Tokens of the prompt around the text.
  virtual std::int64_t templateTokens() const = 0;
  // How it is asked, for whoever asks again. A calibration is known after the first ask().
  virtual StoredPrompt stored() const = 0;
  // In words, for the run's record: "first token of the label word".
  virtual std::string scoring(const LanguageModel& model) const = 0;

  virtual std::vector<TrainingExample> training(const std::vector<std::int64_t>& rows) = 0;
  // The model's answers; fewer when `stop` asks to leave.
  virtual std::vector<Prediction> ask(const LanguageModel& model, const std::vector<std::int64_t>& rows,
                                      const StopToken& stop) = 0;
  // A look during training: scores by metric name, and the one by which states are compared.
  struct Look {
    std::map<std::string, double> scores;
    ValidationScore score;
  };
  virtual Look look(const LanguageModel& model, const std::vector<std::int64_t>& rows,
                    const StopToken& stop) = 0;

  std::int64_t truncatedRows() const { return truncated_; }  // of the training rows: the text was cut to fit

 protected:
  std::int64_t truncated_ = 0;
};

struct QuestionRequest {
  const Dataset& data;  // outlives the questions, as the base does
  const OpenedBase& base;
  const ParamSet& params;                    // "template", "label_words", "shots", "content_free_texts"
  std::int64_t virtualTokens = 0;            // take their place in the context
  std::vector<std::int64_t> trainRows = {};  // from which examples may be shown
  Seed seed = {};                            // of their choice
  int exampleOrder = 0;                      // k-th further order of them; 0: the one that is drawn first
  std::function<std::string(const std::string&)> rewrite = {};  // of a text before it is asked about
};

// Throws Error as PromptEncoder does. Examples that leave no room for a text are left out, the first ones
// first.
std::unique_ptr<Questions> makeQuestions(const QuestionRequest& request);

}  // namespace attune

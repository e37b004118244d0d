#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/run/open_base.h"
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
  virtual std::vector<std::string> labelWords() const = 0;  // by label; empty where no words are asked for
  // In words, for the run's record: "first token of the label word".
  virtual std::string scoring(const LanguageModel& model) const = 0;

  virtual std::vector<TrainingExample> training(const std::vector<std::int64_t>& rows) = 0;
  // The model's answers; fewer when `stop` asks to discard.
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

// Throws Error as PromptEncoder does. `virtualTokens` take their place in the context.
std::unique_ptr<Questions> makeQuestions(const Dataset& data, const OpenedBase& base, const ParamSet& params,
                                         std::int64_t virtualTokens);

}  // namespace attune

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/param.h"
#include "core/model/config.h"

// Free of torch: forms, the command line and the reports are made from this.
namespace attune {

class Method;
class TextClassifier;

enum class MethodKind {
  kYardstick,  // no language model: majority class, bag of words
  kPrompted,   // the model as it is, asked in some way; nothing is trained
  kTuned,      // something is trained
};

// What training by a method adds to reading a text, in numbers of matrices by which every token is
// multiplied.
struct TrainingWork {
  double through = 1;       // share of the blocks through which gradients reach what is trained
  bool fromInputs = false;  // they go on to what the lowest of these blocks reads
  double own = 0;           // of the base's matrices those that are trained
  double extra = 0;         // trained matrices beside the base's
  double fixed = 0;         // matrices beside the base's that are not trained
  double tokens = 0;        // virtual ones in front of every text
  double keys = 0;          // that every layer finds in front of the text
  double kept = 0;          // share of the blocks whose states of a text are computed once and kept
};

struct MethodInfo {
  std::string name;     // fixed, as in the command line's contract: "lora"
  std::string title;    // "LoRA"
  std::string summary;  // one plain sentence
  std::string source;   // paper
  // peft_type of the adapter_config.json that the method writes and opens; empty: it has none, or another
  // method opens it.
  std::string peftType = {};
  MethodKind kind = MethodKind::kTuned;
  bool seeded = true;  // false: the same result with every seed
  bool needsBase = true;
  // Asks the base for words: impossible on an encoder, which has none to give.
  bool needsWords = false;
  bool labelsOnly = false;  // has no way to write a free answer
  // Part of a comparison whose methods nobody chose.
  bool usual = false;
  bool ownsHead = false;  // answers through a classification head on every base
  std::vector<ParamSpec> parameters;
  // Its learning rate on an encoder, whose fresh head and norms behind the sums bear less; 0: the same.
  double encoderRate = 0;
  // Numbers that the method itself trains on a model of these sizes; nullptr: none, or known only after
  // fitting.
  std::int64_t (*trainable)(const ParamSet& params, const ModelConfig& base) = nullptr;
  // nullptr: gradients pass all blocks, and what is trained is no matrix.
  TrainingWork (*work)(const ParamSet& params, const ModelConfig& base) = nullptr;
  // Numbers that it stores where they are others than those that it trains.
  std::int64_t (*stored)(const ParamSet& params, const ModelConfig& base) = nullptr;
};

// Cheapest first: the order of runs and of table rows.
const std::vector<MethodInfo>& methodCatalog();

// Throws Error(kUsage) naming the nearest known method.
const MethodInfo& methodInfo(std::string_view name);

// Why the method cannot be used on a base of this layout for labels or free answers, in a sentence; empty: it
// can.
std::string methodRefusal(const MethodInfo& info, Layout layout, bool freeAnswers = false);
// Numbers that a run will train: the method's own and, on an encoder, the classification head's.
std::int64_t trainableParameters(const MethodInfo& info, const ParamSet& params, const ModelConfig& base,
                                 std::int64_t classes);

// Numbers that a run will store, counted in the same way.
std::int64_t storedNumbers(const MethodInfo& info, const ParamSet& params, const ModelConfig& base,
                           std::int64_t classes);

// Complete parameters of a method for a preset ("quick", "standard", "thorough"): the defaults for a base of
// this layout, with the amount of training that the preset allows.
ParamSet presetParams(const MethodInfo& info, std::string_view preset, Layout layout = Layout::kDecoder);
// Seeds of a preset: 1, 3, 5. Throws Error(kUsage) for another name.
int presetSeeds(std::string_view preset);

std::unique_ptr<Method> makeMethod(std::string_view name);                  // kPrompted, kTuned
std::unique_ptr<TextClassifier> makeTextClassifier(std::string_view name);  // kYardstick

}  // namespace attune

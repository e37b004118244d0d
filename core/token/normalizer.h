#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace attune {

// What happens to a text before it is cut: a chain of steps. Immutable.
using NormalizerStep = std::function<std::string(std::string)>;

class Normalizer {
 public:
  Normalizer() = default;
  explicit Normalizer(std::vector<NormalizerStep> steps) : steps_(std::move(steps)) {}

  std::string operator()(std::string text) const {
    for (const NormalizerStep& step : steps_) text = step(std::move(text));
    return text;
  }

 private:
  std::vector<NormalizerStep> steps_;
};

// BERT's: control characters go, blanks become spaces, ideographs stand alone, accents and case go where
// asked.
struct BertNormalizerOptions {
  bool cleanText = true;
  bool handleIdeographs = true;
  bool stripAccents = true;
  bool lowerCase = true;
};
NormalizerStep bertNormalizer(const BertNormalizerOptions& options);

// The "normalizer" of a tokenizer.json; null: none. Throws Error(kUnsupported) naming a part that is not
// known; `file` is named in errors.
Normalizer parseNormalizer(const Json& json, const std::string& file);

}  // namespace attune

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/seed.h"
#include "core/base/stop_token.h"
#include "core/method/catalog.h"

namespace attune {

struct LabelledTexts {
  std::vector<std::string> texts;
  std::vector<std::int64_t> labels;
};

// A yardstick that reads texts without a language model. Fitted once, then asked; used by one thread.
class TextClassifier {
 public:
  virtual ~TextClassifier() = default;

  // `validation` may be used to choose settings, never to fit. Returns early when asked to stop.
  virtual void fit(const LabelledTexts& train, const LabelledTexts& validation, std::int64_t labelCount,
                   const ParamSet& params, const StopToken& stop) = 0;
  // One probability a label, sums to 1.
  virtual std::vector<float> probabilities(const std::string& text) const = 0;
  virtual std::int64_t parameterCount() const = 0;
  virtual std::int64_t stepCount() const { return 0; }
  // Writes what was fitted to an existing folder; the same fit gives the same bytes.
  virtual void save(const std::string& folder) const = 0;
};

}  // namespace attune

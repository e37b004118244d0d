#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/base/stop_token.h"
#include "core/model/base_model.h"

namespace attune {

struct GenerateOptions {
  std::int64_t maxNewTokens = 64;
  std::vector<std::int64_t> endIds;  // a row ends before any of these
  bool useCache = true;              // false: every token reads the whole sequence again; the same answer
};

// Greedy continuations of the prompts (ids with their frame), without prompt and end token; the lowest id
// wins a tie. Prompts of different length are padded on the left. An encoder-decoder reads the prompt and
// writes the answer. Rows end at an end id, after maxNewTokens, or where the context is full. `onToken(row,
// id)` is told each token as it comes, from the calling thread; `stop` is asked before each. Gradients are
// off.
std::vector<std::vector<std::int64_t>> generateGreedy(
    const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
    const GenerateOptions& options, const StopToken& stop,
    const std::function<void(std::size_t row, std::int64_t id)>& onToken = {});

}  // namespace attune

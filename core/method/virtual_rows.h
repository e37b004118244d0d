#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/method/method.h"

// What the methods with virtual tokens share.
namespace attune {

// Where virtual tokens begin: rows [count, hidden] near or among the embeddings of real words, without which
// soft prompts fail silently. `kind`: RANDOM (normal with the spread of the table's entries), SAMPLE_VOCAB
// (rows of words drawn with replacement), CLASS_LABELS (the means of the label words' tokens, then drawn
// ones; Lester et al. 2021), TEXT (rows of request.initTokens, over again until there are enough).
at::Tensor startRows(const AttachRequest& request, const std::string& kind, std::int64_t count);

// Throws Error(kUsage) where `count` virtual tokens leave no room for text.
void requireRoom(const BaseModel& base, std::int64_t count);

// The fields of an adapter_config.json that all of PEFT's prompt methods have. `rows`: virtual tokens that
// are used, `width`: numbers of each.
Json virtualTokensConfig(const BaseModel& base, const char* type, std::int64_t rows, std::int64_t width,
                         bool trainsClassHead);

// What is done to virtual tokens: which of them are left, in this order, and how much normal noise is added,
// as a share of the root mean square of what they stand among (the embeddings; a prefix has its own numbers).
struct VirtualRowsChange {
  std::vector<std::int64_t> rows;
  double noise = 0;
  Seed seed = {};
};
// The model of such a method, as it stands, with other virtual tokens. The model itself is unchanged.
std::unique_ptr<TunedModel> withVirtualRows(const std::string& method, const TunedModel& model,
                                            std::shared_ptr<const BaseModel> base,
                                            const VirtualRowsChange& change);

// PEFT keeps a second set of rows for an encoder-decoder's decoder, and never uses it.
std::int64_t storedSets(const ModelConfig& config);

// Stored rows in front of the input, whatever made them. Throws Error(kInvalidInput, kUsage).
std::unique_ptr<TunedModel> makeStoredPrompt(const StoredAdapter& stored);

}  // namespace attune

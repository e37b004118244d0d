#include "core/model/generate.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

namespace attune {
namespace generate {

using Rows = std::vector<std::vector<std::int64_t>>;

// Rows padded on the left, so that all of them end in the last column.
ModelInput padLeft(const Rows& rows, std::int64_t padId) {
  ModelInput input = padRight(rows, padId);
  const std::int64_t time = input.ids.size(1);
  for (std::int64_t b = 0; b < input.ids.size(0); ++b) {
    const std::int64_t shift = time - static_cast<std::int64_t>(rows[static_cast<std::size_t>(b)].size());
    input.ids[b] = input.ids[b].roll({shift});
    input.mask[b] = input.mask[b].roll({shift});
  }
  return input;
}

at::Tensor column(std::int64_t batch, std::int64_t value) { return at::full({batch, 1}, value, at::kLong); }

// One more token a row behind `input`.
void append(ModelInput& input, bool decodes, const at::Tensor& ids) {
  at::Tensor& to = decodes ? input.decoderIds : input.ids;
  at::Tensor& mask = decodes ? input.decoderMask : input.mask;
  to = at::cat({to, ids}, 1);
  mask = at::cat({mask, at::ones_like(ids)}, 1);
}

}  // namespace generate

std::vector<std::vector<std::int64_t>> generateGreedy(
    const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
    const GenerateOptions& options, const StopToken& stop,
    const std::function<void(std::size_t, std::int64_t)>& onToken) {
  const c10::NoGradGuard noGrad;
  const ModelConfig& config = model.base().config();
  const bool decodes = config.layout == Layout::kEncoderDecoder;
  const auto batch = static_cast<std::int64_t>(prompts.size());
  generate::Rows made(prompts.size());
  if (prompts.empty()) return made;

  ModelInput input =
      decodes ? padRight(prompts) : generate::padLeft(prompts, std::max<std::int64_t>(config.padId, 0));
  if (decodes) {
    input.decoderIds = generate::column(batch, config.decoderStartId);
    input.decoderMask = at::ones_like(input.decoderIds);
  }
  std::int64_t room = options.maxNewTokens;
  if (!decodes) room = std::min(room, config.context - model.virtualTokens() - input.ids.size(1));
  std::vector<bool> done(prompts.size(), false);
  DecoderCache cache;
  for (std::int64_t k = 0; k < room && !stop.requested(); ++k) {
    const std::int64_t width = decodes ? input.decoderIds.size(1) : input.ids.size(1);
    input.select = generate::column(batch, width - 1);
    const at::Tensor states = model.hidden(input, options.useCache ? &cache : nullptr);
    const at::Tensor next = model.logits(states.squeeze(1)).argmax(1, /*keepdim=*/true);  // [batch, 1]
    bool open = false;
    for (std::size_t b = 0; b < prompts.size(); ++b) {
      if (done[b]) continue;
      const std::int64_t id = next.data_ptr<std::int64_t>()[b];
      if (std::find(options.endIds.begin(), options.endIds.end(), id) != options.endIds.end()) {
        done[b] = true;
        continue;
      }
      made[b].push_back(id);
      if (onToken) onToken(b, id);
      open = true;
    }
    if (!open) break;
    // With a cache only the new column is read; what came before is remembered.
    if (options.useCache) {
      (decodes ? input.decoderIds : input.ids) = next;
      (decodes ? input.decoderMask : input.mask) = at::ones_like(next);
    } else {
      generate::append(input, decodes, next);
    }
  }
  return made;
}

}  // namespace attune

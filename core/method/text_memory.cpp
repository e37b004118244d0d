#include "core/method/text_memory.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/model/parts.h"

namespace attune {

void readAll(TextMemory& memory, std::vector<Text> texts,
             const std::function<std::vector<at::Tensor>(const ModelInput&)>& read) {
  constexpr std::size_t kTokens = 512;  // of a batch, padding included
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::vector<std::size_t> lengths;
  for (const Text& text : texts) lengths.push_back(text.size());
  const std::vector<std::vector<std::size_t>> batches = batchesOfLikeLength(lengths, lengths, kTokens);
  inParts(batches.size(), [&](std::size_t number) {
    std::vector<Text> batch;
    for (const std::size_t i : batches[number]) batch.push_back(texts[i]);
    const std::vector<at::Tensor> made = read(padRight(batch));
    for (std::size_t i = 0; i < made.size(); ++i) memory.keep(std::move(batch[i]), made[i]);
  });
}

std::vector<Text> textsOf(const ModelInput& input) {
  const std::int64_t batch = input.ids.size(0), time = input.ids.size(1);
  const at::Tensor ids = input.ids.contiguous(),
                   mask = input.mask.defined() ? input.mask.contiguous() : at::ones_like(ids);
  std::vector<Text> texts(static_cast<std::size_t>(batch));
  for (std::int64_t i = 0; i < batch * time; ++i)
    if (mask.data_ptr<std::int64_t>()[i] != 0)
      texts[static_cast<std::size_t>(i / time)].push_back(ids.data_ptr<std::int64_t>()[i]);
  return texts;
}

}  // namespace attune

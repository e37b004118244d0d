#include "core/method/text_memory.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <utility>

#include "core/model/parts.h"

namespace attune {

void TextMemory::readAll(std::vector<Text> texts, const Read& read) {
  constexpr std::size_t kTokens = 512;  // of a batch, padding included
  std::sort(texts.begin(), texts.end(),
            [](const Text& a, const Text& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::vector<std::vector<Text>> batches;
  for (Text& text : texts) {
    if (batches.empty() || (batches.back().size() + 1) * text.size() > kTokens) batches.emplace_back();
    batches.back().push_back(std::move(text));
  }
  inParts(batches.size(), [&](std::size_t number) {
    const c10::NoGradGuard noGrad;
    const std::vector<at::Tensor> made = read(padRight(batches[number]));
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < made.size(); ++i) made_.emplace(std::move(batches[number][i]), made[i]);
  });
}

at::Tensor TextMemory::find(const Text& text) {
  const std::lock_guard lock(mutex_);
  const auto found = made_.find(text);
  return found == made_.end() ? at::Tensor() : found->second;
}

at::Tensor TextMemory::of(const Text& text, const Read& read) {
  if (at::Tensor found = find(text); found.defined()) return found;
  const c10::NoGradGuard noGrad;
  const at::Tensor made = read(padRight({text})).front();
  const std::lock_guard lock(mutex_);
  return made_.emplace(text, made).first->second;
}

void TextMemory::clear() {
  const std::lock_guard lock(mutex_);
  made_.clear();
}

std::vector<TextMemory::Text> textsOf(const ModelInput& input) {
  const std::int64_t batch = input.ids.size(0), time = input.ids.size(1);
  const at::Tensor ids = input.ids.contiguous(),
                   mask = input.mask.defined() ? input.mask.contiguous() : at::ones_like(ids);
  std::vector<TextMemory::Text> texts(static_cast<std::size_t>(batch));
  for (std::int64_t i = 0; i < batch * time; ++i)
    if (mask.data_ptr<std::int64_t>()[i] != 0)
      texts[static_cast<std::size_t>(i / time)].push_back(ids.data_ptr<std::int64_t>()[i]);
  return texts;
}

}  // namespace attune

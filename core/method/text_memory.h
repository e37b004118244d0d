#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace attune {

// What a model that stays as it is makes of a text, kept by the text's tokens. Each text is read alone, so
// that what comes of it does not depend on which others are read with it, or when. Any thread may ask.
class TextMemory {
 public:
  using Text = std::vector<std::int64_t>;

  at::Tensor of(const Text& text, const std::function<at::Tensor()>& make) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = made_.find(text); found != made_.end()) return found->second;
    }
    const at::Tensor made = make();
    const std::lock_guard lock(mutex_);
    return made_.emplace(text, made).first->second;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    made_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<Text, at::Tensor> made_;
};

}  // namespace attune

#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "core/model/base_model.h"

namespace attune {

// Tensors that were made once, by what they were made of. Any thread may ask.
template <typename Key>
class Memory {
 public:
  // Undefined: it was not made.
  at::Tensor find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = made_.find(key);
    return found == made_.end() ? at::Tensor() : found->second;
  }
  // Keeps what came first.
  at::Tensor keep(Key key, const at::Tensor& made) {
    const std::lock_guard lock(mutex_);
    return made_.emplace(std::move(key), made).first->second;
  }
  template <typename Make>
  at::Tensor of(const Key& key, Make make) {
    const at::Tensor found = find(key);
    return found.defined() ? found : keep(key, make());
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    made_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<Key, at::Tensor> made_;
};

// What a model that stays as it is makes of a text, by the text's tokens.
using Text = std::vector<std::int64_t>;
using TextMemory = Memory<Text>;

// Fills it with what `read` makes of each of the texts in the rows of an input, which is padded on the right:
// those of like length at once, on as many cores as are allowed. What comes of a text does not depend on when
// it is asked for, or with which others. One thread calls it.
void readAll(TextMemory& memory, std::vector<Text> texts,
             const std::function<std::vector<at::Tensor>(const ModelInput&)>& read);

// The texts in the rows of an input.
std::vector<Text> textsOf(const ModelInput& input);

}  // namespace attune

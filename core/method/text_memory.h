#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "core/model/base_model.h"

namespace attune {

// What a model that stays as it is makes of a text, kept by the text's tokens. It does not depend on when a
// text is asked for, or with which others. Any thread may ask.
class TextMemory {
 public:
  using Text = std::vector<std::int64_t>;
  // What comes of each of the texts in the rows of the input, which is padded on the right.
  using Read = std::function<std::vector<at::Tensor>(const ModelInput&)>;

  // Reads all of them, those of like length together, on as many cores as are allowed. One thread calls it.
  void readAll(std::vector<Text> texts, const Read& read);
  // Undefined: it was not read.
  at::Tensor find(const Text& text);
  // Reads it alone where it was not read.
  at::Tensor of(const Text& text, const Read& read);
  void clear();

 private:
  std::mutex mutex_;
  std::map<Text, at::Tensor> made_;
};

// The texts in the rows of an input.
std::vector<TextMemory::Text> textsOf(const ModelInput& input);

}  // namespace attune

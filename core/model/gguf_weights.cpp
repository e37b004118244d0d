#include "core/model/gguf_weights.h"

#include <ATen/ATen.h>

#include <map>

#include "core/base/error.h"
#include "core/base/mapping.h"
#include "core/model/gguf_blocks.h"
#include "core/model/gguf_names.h"

namespace attune {
namespace gguf_weights {

bool isRotated(const std::string& name) {
  return name.find(".self_attn.q_proj.") != std::string::npos ||
         name.find(".self_attn.k_proj.") != std::string::npos;
}

// Rows of q and k as ggml rotates them, pairs side by side, back into Hugging Face's halves: within each head
// row 2j + s becomes s·(d/2) + j.
at::Tensor unpermuted(const at::Tensor& t, std::int64_t heads) {
  const std::int64_t half = t.size(0) / heads / 2, rest = t.dim() == 2 ? t.size(1) : 1;
  return t.view({heads, half, 2, rest}).transpose(1, 2).reshape(t.sizes());
}

class GgufWeights final : public WeightSource {
 public:
  explicit GgufWeights(std::shared_ptr<const GgufFile> file)
      : file_(std::move(file)), files_{file_->path()}, map_(file_->path()) {
    const std::string& architecture = file_->architecture();
    const std::string prefix = architecture + ".attention.head_count";
    if (architecture == "llama") {
      heads_ = file_->intOr(prefix, 0);
      keyHeads_ = file_->intOr(prefix + "_kv", heads_);
    }
    // Without a gate T5's one matrix is called wi.
    const bool plainT5 = architecture == "t5" && !file_->tensor("enc.blk.0.ffn_gate.weight");
    for (const GgufTensor& tensor : file_->tensors()) {
      std::string name = hubTensorName(architecture, tensor.name);
      if (name.empty()) continue;
      if (const auto gate = name.find("DenseReluDense.wi_1"); plainT5 && gate != std::string::npos)
        name.replace(gate, 19, "DenseReluDense.wi");
      Stored stored{tensor.shape, ggufType(tensor.type)->name, 0, tensor.type < 24 || tensor.type > 27};
      if (transposed(name)) std::swap(stored.shape[0], stored.shape[1]);
      places_.emplace(name, Place{stored, &tensor});
    }
  }

  const std::vector<std::string>& files() const override { return files_; }
  const Stored* find(const std::string& name) const override {
    const auto place = places_.find(name);
    return place == places_.end() ? nullptr : &place->second.stored;
  }
  std::string dtype() const override {
    std::map<std::uint32_t, std::int64_t> elements;
    for (const auto& [name, place] : places_) elements[place.tensor->type] += place.tensor->elements();
    std::uint32_t most = 0;
    for (const auto& [type, count] : elements)
      if (count > elements[most]) most = type;
    return ggufType(most)->name;
  }

 protected:
  at::Tensor read(const std::string& name) const override {
    const GgufTensor& tensor = *places_.at(name).tensor;
    if (tensor.offset + tensor.bytes > static_cast<std::int64_t>(map_.size()))
      throw Error(ErrorKind::kInvalidInput, file_->path() + ": the file became shorter while it was read")
          .inFile(file_->path());
    at::Tensor values = at::empty(tensor.shape, at::kFloat);
    dequantise(tensor.type, map_.data() + tensor.offset, tensor.elements(), values.data_ptr<float>());
    if (heads_ > 0 && isRotated(name)) {
      const std::int64_t heads = name.find(".q_proj.") != std::string::npos ? heads_ : keyHeads_;
      if (heads < 1 || values.size(0) % (2 * heads) != 0)
        throw Error(ErrorKind::kInvalidInput,
                    file_->path() + ": tensor '" + tensor.name + "' does not fit the number of heads")
            .inFile(file_->path());
      return unpermuted(values, heads);
    }
    return transposed(name) ? values.t().contiguous() : values;
  }

 private:
  struct Place {
    Stored stored;
    const GgufTensor* tensor = nullptr;
  };

  // GPT-2's layers, which Hugging Face stores as [in, out].
  bool transposed(const std::string& name) const {
    return file_->architecture() == "gpt2" && name.starts_with("transformer.h.") &&
           name.find(".c_") != std::string::npos && name.ends_with(".weight");
  }

  std::shared_ptr<const GgufFile> file_;
  std::vector<std::string> files_;
  Mapping map_;
  std::map<std::string, Place> places_;
  std::int64_t heads_ = 0;  // of an architecture whose q and k are permuted; else 0
  std::int64_t keyHeads_ = 0;
};

// Blocks of an unknown edition would be read wrongly.
void checkQuantisation(const GgufFile& file) {
  bool quantised = false;
  for (const GgufTensor& tensor : file.tensors()) quantised = quantised || ggufType(tensor.type)->block > 1;
  const std::int64_t version = file.intOr("general.quantization_version", 2);
  if (!quantised || version == 2) return;
  throw Error(ErrorKind::kUnsupported,
              file.path() + ": quantisation version " + std::to_string(version) + " is not supported",
              "Get a file of quantisation version 2.")
      .inFile(file.path());
}

void checkWhole(const GgufFile& file) {
  const std::int64_t parts = file.intOr("split.count", 1);
  if (parts <= 1) return;
  throw Error(ErrorKind::kUnsupported,
              file.path() + ": is one of " + std::to_string(parts) + " parts of a model",
              "Join the parts with llama.cpp's gguf-split --merge, or get the model as one file.")
      .inFile(file.path());
}

}  // namespace gguf_weights

std::vector<double> readDivisors(const GgufFile& file, const GgufTensor& tensor) {
  const Mapping map(file.path());
  if (tensor.offset + tensor.bytes > static_cast<std::int64_t>(map.size()))
    throw Error(ErrorKind::kInvalidInput, file.path() + ": the file became shorter while it was read")
        .inFile(file.path());
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  dequantise(tensor.type, map.data() + tensor.offset, tensor.elements(), values.data());
  return {values.begin(), values.end()};
}

std::unique_ptr<WeightSource> openGgufWeights(std::shared_ptr<const GgufFile> file) {
  gguf_weights::checkQuantisation(*file);
  gguf_weights::checkWhole(*file);
  return std::make_unique<gguf_weights::GgufWeights>(std::move(file));
}

}  // namespace attune

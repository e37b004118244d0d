#include "core/model/weights.h"

#include <ATen/ATen.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/mapping.h"
#include "core/base/text.h"

namespace attune {
namespace weights {

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(std::to_string(size));
  return "[" + joinText(sizes, ", ") + "]";
}

bool isPlainFileName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\:\0", 4)) == std::string::npos;
}

[[noreturn]] void refusePickles(const std::filesystem::path& base) {
  for (const auto& file : std::filesystem::directory_iterator(base)) {
    const std::string suffix = file.path().extension().string();
    if (suffix == ".bin" || suffix == ".pt" || suffix == ".pth" || suffix == ".ckpt")
      throw Error(ErrorKind::kInvalidInput,
                  file.path().string() +
                      ": the weights are a Python pickle, which can run programs and is never loaded",
                  "Get model.safetensors from the same source, or convert it where you trust it: "
                  "AutoModel.from_pretrained(folder).save_pretrained(out, safe_serialization=True).")
          .inFile(file.path().string());
  }
  throw Error(ErrorKind::kNotFound, base.string() + ": no weights found",
              "The folder needs model.safetensors, or model.safetensors.index.json with its shards.")
      .inFile(base.string());
}

// True where every value is a number and finite. A sum that is finite proves it at the price of one pass;
// only another one asks for a closer look.
bool isFinite(const at::Tensor& tensor) {
  if (std::isfinite(tensor.sum().item<float>())) return true;
  return at::isfinite(tensor).all().item<bool>();
}

class SafetensorsWeights final : public WeightSource {
 public:
  explicit SafetensorsWeights(const std::string& path) {
    const std::filesystem::path base(path);
    if (std::filesystem::is_regular_file(base))
      add(path);
    else if (const auto single = base / "model.safetensors"; std::filesystem::exists(single))
      add(single.string());
    else if (const auto index = base / "model.safetensors.index.json"; std::filesystem::exists(index))
      readIndex(base, index.string());
    else
      refusePickles(base);
  }

  const std::vector<std::string>& files() const override { return files_; }

  const Stored* find(const std::string& name) const override {
    const auto place = places_.find(name);
    return place == places_.end() ? nullptr : &place->second.stored;
  }

  std::string dtype() const override {
    std::int64_t most = -1;
    std::string type;
    for (const auto& [name, place] : places_)
      if (const std::int64_t n = entry(place).elements(); n > most) {
        most = n;
        type = place.stored.type;
      }
    return type;
  }

 protected:
  at::Tensor read(const std::string& name) const override {
    const Place& place = places_.at(name);
    const std::size_t f = place.stored.file;
    if (!maps_[f]) maps_[f] = std::make_shared<Mapping>(files_[f]);
    return viewSafetensor(maps_[f], files_[f], headers_[f], entry(place)).to(at::kFloat);
  }

 private:
  struct Place {
    Stored stored;
    std::size_t entry = 0;
  };

  const TensorEntry& entry(const Place& place) const {
    return headers_[place.stored.file].tensors[place.entry];
  }

  void add(const std::string& file) {
    headers_.push_back(readSafetensorsHeader(file));
    const std::size_t number = files_.size();
    files_.push_back(file);
    maps_.emplace_back();
    const auto& tensors = headers_.back().tensors;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const bool floating = tensors[i].dtype.starts_with("F") || tensors[i].dtype.starts_with("BF");
      places_.try_emplace(tensors[i].name, Place{{tensors[i].shape, tensors[i].dtype, number, floating}, i});
    }
  }

  void readIndex(const std::filesystem::path& base, const std::string& indexFile) {
    const Json json =
        parseJson(readFile(indexFile, 64 << 20), indexFile, {.maxDepth = 8, .refuseDuplicateKeys = true});
    const Json* map = json.find("weight_map");
    if (!map || !map->isObject())
      throw Error(ErrorKind::kInvalidInput, indexFile + ": weight_map is missing", "Download the file again.")
          .inFile(indexFile);
    std::map<std::string, std::size_t> shards;
    for (const auto& [tensor, value] : map->members()) {
      if (!value.isString() || !isPlainFileName(value.asString()))
        throw Error(ErrorKind::kInvalidInput,
                    indexFile + ": tensor '" + elide(tensor, 80) + "' is said to lie outside the folder",
                    "An index may only name files of its own folder. Do not use a model with such an index.")
            .inFile(indexFile);
      const std::string file = (base / value.asString()).string();
      if (!shards.contains(file)) {
        if (!std::filesystem::exists(file))
          throw Error(ErrorKind::kNotFound, file + ": this part of the weights is missing",
                      "The index names it: download the missing file into the folder.")
              .inFile(file);
        shards.emplace(file, files_.size());
        add(file);
      }
      const auto place = places_.find(tensor);
      if (place == places_.end() || place->second.stored.file != shards.at(file))
        throw Error(ErrorKind::kInvalidInput,
                    file + ": tensor '" + elide(tensor, 80) + "' is not in this file, as the index says",
                    "The index and the files do not belong together: download the model again.")
            .inFile(file);
    }
    // Tensors in a shard that the map does not name are ignored.
    std::erase_if(places_, [&](const auto& item) { return !map->has(item.first); });
  }

  std::vector<std::string> files_;
  std::vector<SafetensorsHeader> headers_;
  mutable std::vector<std::shared_ptr<const Mapping>> maps_;  // made when first read
  std::map<std::string, Place> places_;
};

}  // namespace weights

std::string WeightSource::storedName(const ExpectedTensor& tensor) const {
  if (has(tensor.name)) return tensor.name;
  for (const std::string& alias : tensor.aliases)
    if (has(alias)) return alias;
  return {};
}

void WeightSource::check(const std::vector<ExpectedTensor>& expected) const {
  for (const ExpectedTensor& want : expected) {
    const std::string name = storedName(want);
    if (name.empty())
      throw Error(ErrorKind::kInvalidInput, files().front() + ": tensor '" + want.name + "' is missing",
                  "The weights do not fit the configuration: check that both come from the same model.")
          .inFile(files().front());
    const Stored& found = *find(name);
    const std::string& file = files()[found.file];
    if (found.shape != want.shape)
      throw Error(ErrorKind::kInvalidInput,
                  file + ": tensor '" + name + "' has shape " + weights::shapeText(found.shape) +
                      ", but the configuration asks for " + weights::shapeText(want.shape),
                  "The weights do not fit the configuration: check that both come from the same model.")
          .inFile(file);
    if (!found.isFloating)
      throw Error(ErrorKind::kInvalidInput,
                  file + ": tensor '" + name + "' is stored as integers (" + found.type + ")",
                  "Use a version of the model with floating-point weights (F32, F16, BF16).")
          .inFile(file);
  }
}

TensorMap WeightSource::load(const std::vector<ExpectedTensor>& expected,
                             std::vector<Diagnostic>& warnings) const {
  check(expected);
  TensorMap tensors;
  for (const ExpectedTensor& want : expected) {
    const std::string name = storedName(want);
    const at::Tensor tensor = read(name);
    tensors.emplace(want.name, tensor);
    if (weights::isFinite(tensor)) continue;
    const bool nan = at::isnan(tensor).any().item<bool>();
    Diagnostic d;
    d.severity = Severity::kWarning;
    d.rule = nan ? "nan_weight" : "infinite_weight";
    d.message = "tensor '" + name + "' has a weight that is " + (nan ? "not a number" : "infinite");
    d.hint = "The model is damaged and its answers mean nothing: get it again.";
    d.file = files()[find(name)->file];
    warnings.push_back(std::move(d));
  }
  return tensors;
}

std::unique_ptr<WeightSource> openSafetensorsFile(const std::string& file) {
  return std::make_unique<weights::SafetensorsWeights>(file);
}

std::unique_ptr<WeightSource> openSafetensors(const std::string& folder) {
  return std::make_unique<weights::SafetensorsWeights>(folder);
}

}  // namespace attune

#include "core/model/weights.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
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

}  // namespace weights

WeightIndex::WeightIndex(const std::string& folder) : folder_(folder) {
  const std::filesystem::path base(folder);
  const auto single = base / "model.safetensors";
  const auto index = base / "model.safetensors.index.json";
  if (std::filesystem::exists(single)) {
    add(single.string());
    return;
  }
  if (!std::filesystem::exists(index)) {
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
    throw Error(ErrorKind::kNotFound, folder + ": no weights found",
                "The folder needs model.safetensors, or model.safetensors.index.json with its shards.")
        .inFile(folder);
  }

  const std::string indexFile = index.string();
  const Json json =
      parseJson(readFile(indexFile, 64 << 20), indexFile, {.maxDepth = 8, .refuseDuplicateKeys = true});
  const Json* map = json.find("weight_map");
  if (!map || !map->isObject())
    throw Error(ErrorKind::kInvalidInput, indexFile + ": weight_map is missing", "Download the file again.")
        .inFile(indexFile);
  std::map<std::string, std::size_t> shards;
  for (const auto& [tensor, value] : map->members()) {
    if (!value.isString() || !weights::isPlainFileName(value.asString()))
      throw Error(ErrorKind::kInvalidInput,
                  indexFile + ": tensor '" + elide(tensor, 80) + "' is said to lie outside the folder",
                  "An index may only name files of its own folder. Do not use a model with such an index.")
          .inFile(indexFile);
    const std::string& name = value.asString();
    if (!shards.contains(name)) {
      if (!std::filesystem::exists(base / name))
        throw Error(ErrorKind::kNotFound, (base / name).string() + ": this part of the weights is missing",
                    "The index names it: download the missing file into the folder.")
            .inFile((base / name).string());
      shards.emplace(name, files_.size());
      add((base / name).string());
    }
    const auto place = places_.find(tensor);
    if (place == places_.end() || place->second.file != shards.at(name))
      throw Error(ErrorKind::kInvalidInput,
                  (base / name).string() + ": tensor '" + elide(tensor, 80) +
                      "' is not in this file, as the index says",
                  "The index and the files do not belong together: download the model again.")
          .inFile((base / name).string());
  }
  // Tensors in a shard that the map does not name are ignored.
  std::erase_if(places_, [&](const auto& item) { return !map->has(item.first); });
}

void WeightIndex::add(const std::string& file) {
  headers_.push_back(readSafetensorsHeader(file));
  const std::size_t number = files_.size();
  files_.push_back(file);
  const auto& tensors = headers_.back().tensors;
  for (std::size_t i = 0; i < tensors.size(); ++i) places_.try_emplace(tensors[i].name, Place{number, i});
}

const TensorEntry& WeightIndex::entry(const std::string& name) const {
  const Place& place = places_.at(name);
  return headers_[place.file].tensors[place.entry];
}

std::string WeightIndex::dtype() const {
  const TensorEntry* largest = nullptr;
  for (const auto& header : headers_)
    for (const TensorEntry& e : header.tensors)
      if (!largest || e.elements() > largest->elements()) largest = &e;
  return largest ? largest->dtype : "";
}

void WeightIndex::check(const std::vector<ExpectedTensor>& expected) const {
  for (const ExpectedTensor& want : expected) {
    const auto place = places_.find(want.name);
    if (place == places_.end())
      throw Error(ErrorKind::kInvalidInput, folder_ + ": tensor '" + want.name + "' is missing",
                  "The weights do not fit config.json: check that both come from the same model.")
          .inFile(files_.front());
    const TensorEntry& found = entry(want.name);
    const std::string& file = files_[place->second.file];
    if (found.shape != want.shape)
      throw Error(ErrorKind::kInvalidInput,
                  file + ": tensor '" + want.name + "' has shape " + weights::shapeText(found.shape) +
                      ", but config.json asks for " + weights::shapeText(want.shape),
                  "The weights do not fit config.json: check that both come from the same model.")
          .inFile(file);
    if (!found.dtype.starts_with("F") && !found.dtype.starts_with("BF"))
      throw Error(ErrorKind::kInvalidInput,
                  file + ": tensor '" + want.name + "' is stored as integers (" + found.dtype + ")",
                  "Use a version of the model with floating-point weights (F32, F16, BF16).")
          .inFile(file);
  }
}

TensorMap WeightIndex::load(const std::vector<ExpectedTensor>& expected,
                            std::vector<Diagnostic>& warnings) const {
  check(expected);
  TensorMap tensors;
  for (std::size_t f = 0; f < files_.size(); ++f) {
    std::set<std::string> names;
    for (const ExpectedTensor& want : expected)
      if (places_.at(want.name).file == f) names.insert(want.name);
    tensors.merge(readSafetensorsAsFloat(files_[f], headers_[f], names));
  }
  for (const auto& [name, tensor] : tensors) {
    if (at::isfinite(tensor).all().item<bool>()) continue;
    const bool nan = at::isnan(tensor).any().item<bool>();
    Diagnostic d;
    d.severity = Severity::kWarning;
    d.rule = nan ? "nan_weight" : "infinite_weight";
    d.message = "tensor '" + name + "' has a weight that is " + (nan ? "not a number" : "infinite");
    d.hint = "The model is damaged and its answers mean nothing: get it again.";
    d.file = files_[places_.at(name).file];
    warnings.push_back(std::move(d));
  }
  return tensors;
}

}  // namespace attune

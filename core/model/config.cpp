#include "core/model/config.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/gguf.h"
#include "core/model/family.h"
#include "core/model/gguf_weights.h"
#include "core/model/layers.h"

namespace attune {
namespace config {

std::string fileOf(const std::string& path) {
  return isGgufFile(path) ? path : (std::filesystem::path(path) / "config.json").string();
}

std::string known() {
  std::string list;
  for (const FamilyInfo& family : modelFamilies())
    for (const std::string& name : family.architectures) list += (list.empty() ? "" : ", ") + name;
  return "Attune can open: " + list + ".";
}

void fill(const Json& json, const std::string& file, ModelConfig& c) {
  const ConfigReader reader(json, file);
  if (!json.isObject()) reader.refuse("is no JSON object");
  c.family = json.stringOr("model_type", "");
  if (c.family.empty()) reader.refuse("model_type is missing", known());
  if (const Json* list = json.find("architectures"); list && list->isArray() && !list->items().empty())
    c.architecture = list->items().front().asString();
  for (const Family& family : families()) {
    if (family.info.name != c.family) continue;
    const auto& names = family.info.architectures;
    if (c.architecture.empty()) c.architecture = names.front();
    if (std::find(names.begin(), names.end(), c.architecture) == names.end()) continue;
    return family.read(reader, c);
  }
  reader.refuse("architecture " + (c.architecture.empty() ? c.family : c.architecture) + " is not supported",
                known(), ErrorKind::kUnsupported);
}

}  // namespace config

bool ModelConfig::isClassifier() const { return architecture.ends_with("ForSequenceClassification"); }

bool ModelConfig::slides(std::int64_t layer) const {
  return slidingWindow > 0 && (windowedLayers.empty() || windowedLayers[static_cast<std::size_t>(layer)]);
}

ModelConfig parseModelConfig(const Json& json, const std::string& file) {
  ModelConfig c;
  try {
    config::fill(json, file, c);
  } catch (Error& e) {
    if (e.file().empty()) throw Error(e.kind(), file + ": " + e.what(), e.hint()).inFile(file);
    throw;
  }
  return c;
}

Json modelConfigJson(const std::string& path) {
  if (isGgufFile(path)) return ggufConfig(GgufFile(path));
  const std::string file = config::fileOf(path);
  if (!std::filesystem::exists(file))
    throw Error(ErrorKind::kNotFound, path + ": config.json is missing",
                "Choose the folder of a model in Hugging Face layout: config.json, model.safetensors and a "
                "tokenizer; or a GGUF file.")
        .inFile(file);
  return parseJson(readFile(file, 16 << 20), file);
}

ModelConfig readModelConfig(const std::string& path) {
  return parseModelConfig(modelConfigJson(path), config::fileOf(path));
}

std::vector<std::string> sublayers(const ModelConfig& config) {
  std::vector<std::string> list;
  const auto add = [&](const std::string& stack, std::int64_t blocks, bool crosses) {
    for (std::int64_t i = 0; i < blocks; ++i) {
      const BlockPlaces places(stack, i);
      list.push_back(places.attention);
      if (crosses) list.push_back(places.crossAttention);
      list.push_back(places.feedForward);
    }
  };
  if (config.layout == Layout::kEncoderDecoder) {
    add("encoder.layers", config.layers, false);
    add("decoder.layers", config.decoderLayers, true);
  } else {
    add("layers", config.layers, false);
  }
  return list;
}

std::vector<LinearShape> linearShapes(const ModelConfig& config) { return familyOf(config).linears(config); }

std::int64_t parameterCount(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const ExpectedTensor& tensor : familyOf(config).tensors(config, nullptr)) {
    std::int64_t elements = 1;
    for (const std::int64_t size : tensor.shape) elements *= size;
    count += elements;
  }
  return count;
}

}  // namespace attune

#include "core/model/catalog.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/folders.h"
#include "core/base/gguf.h"
#include "core/base/hash.h"
#include "core/model/family.h"
#include "core/model/gguf_weights.h"

namespace attune {
namespace model_catalog {

const char* const kSideFiles[] = {
    "config.json",       "tokenizer.model", "spiece.model", "tokenizer.json", "tokenizer_config.json",
    "added_tokens.json", "vocab.json",      "merges.txt",   "vocab.txt"};

std::string dtypeTitle(const std::string& stored) {
  if (stored == "F32") return "float32";
  if (stored == "F16") return "float16";
  if (stored == "BF16") return "bfloat16";
  if (stored == "F64") return "float64";
  return stored;
}

std::string tokenizerTitle(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / "tokenizer.model") || std::filesystem::exists(folder / "spiece.model"))
    return "sentencepiece";
  if (std::filesystem::exists(folder / "tokenizer.json")) return "tokenizer.json";
  if (std::filesystem::exists(folder / "vocab.json")) return "byte-level-bpe";
  if (std::filesystem::exists(folder / "vocab.txt")) return "wordpiece";
  return "";
}

void requireModel(const std::string& path) {
  if (!std::filesystem::is_directory(path) && !std::filesystem::is_regular_file(path))
    throw Error(ErrorKind::kNotFound, path + ": there is no such folder or file",
                "Give the folder of a model (config.json, model.safetensors, a tokenizer), a GGUF file, or "
                "'bundled'.")
        .inFile(path);
  if (std::filesystem::is_regular_file(path) && !isGgufFile(path))
    throw Error(ErrorKind::kInvalidInput, path + ": is neither a model folder nor a GGUF file",
                "Give the folder that holds the file, or a GGUF file.")
        .inFile(path);
}

// Config and weights of a folder or GGUF file; headers only.
struct Opened {
  ModelConfig config;
  std::unique_ptr<WeightSource> weights;
  std::vector<ExpectedTensor> tensors;
  std::string tokenizer;
};

Opened open(const std::string& path) {
  requireModel(path);
  Opened opened;
  if (isGgufFile(path)) {
    const auto file = std::make_shared<const GgufFile>(path);
    opened.config = parseModelConfig(ggufConfig(*file), path);
    opened.tokenizer = "gguf-" + file->stringOr("tokenizer.ggml.model", "none");
    opened.weights = openGgufWeights(file);
  } else {
    opened.config = readModelConfig(path);
    opened.tokenizer = tokenizerTitle(path);
    opened.weights = openSafetensors(path);
  }
  opened.tensors = familyOf(opened.config).tensors(opened.config, opened.weights.get());
  opened.weights->check(opened.tensors);
  return opened;
}

std::string contentHash(const std::string& path, std::vector<std::string> files) {
  for (const char* name : kSideFiles)
    if (const auto file = std::filesystem::path(path) / name; std::filesystem::exists(file))
      files.push_back(file.string());
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const std::string& file : files)
    hash.addField(std::filesystem::path(file).filename().string()).addField(sha256File(file));
  return hash.hex();
}

}  // namespace model_catalog

const std::vector<Family>& families() {
  static const std::vector<Family> all{llamaFamily(), mistralFamily(), qwen2Family(), qwen3Family(),
                                       gpt2Family(),  bertFamily(),    t5Family()};
  return all;
}

const Family& familyOf(const ModelConfig& config) {
  for (const Family& family : families())
    if (family.info.name == config.family) return family;
  throw Error(ErrorKind::kInternal, "no such family: " + config.family);
}

const std::vector<FamilyInfo>& modelFamilies() {
  static const std::vector<FamilyInfo> infos = [] {
    std::vector<FamilyInfo> list;
    for (const Family& family : families()) list.push_back(family.info);
    return list;
  }();
  return infos;
}

ModelInfo describeModel(const std::string& path, bool withHash) {
  const auto opened = model_catalog::open(path);
  const ModelConfig& config = opened.config;
  ModelInfo info;
  const std::filesystem::path normal = std::filesystem::absolute(path).lexically_normal();
  info.name = normal.has_filename() ? normal.filename().string() : normal.parent_path().filename().string();
  info.path = path;
  info.family = config.family;
  info.architecture = config.architecture;
  info.layout = config.layout;
  info.tokenizer = opened.tokenizer;
  info.dtype = model_catalog::dtypeTitle(opened.weights->dtype());
  info.contextLength = config.context;
  info.hiddenSize = config.hidden;
  info.layers = config.layers + config.decoderLayers;
  info.vocabulary = config.vocabulary;
  for (const ExpectedTensor& t : opened.tensors) {
    std::int64_t count = 1;
    for (const std::int64_t size : t.shape) count *= size;
    info.parameters += count;
  }
  if (withHash) info.hash = model_catalog::contentHash(path, opened.weights->files());
  return info;
}

std::shared_ptr<const BaseModel> openModel(const std::string& path, std::vector<Diagnostic>& warnings) {
  const auto opened = model_catalog::open(path);
  return familyOf(opened.config)
      .make(opened.config, opened.weights->loadShared(opened.tensors, weightCacheFolder(), warnings));
}

}  // namespace attune

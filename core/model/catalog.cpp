#include "core/model/catalog.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/model/base_model.h"
#include "core/model/config.h"
#include "core/model/llama.h"
#include "core/model/weights.h"

namespace attune {
namespace model_catalog {

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

void requireFolder(const std::string& folder) {
  if (!std::filesystem::is_directory(folder))
    throw Error(ErrorKind::kNotFound, folder + ": there is no such folder",
                "Give the folder of a model: config.json, model.safetensors, tokenizer.model; or 'bundled'.")
        .inFile(folder);
}

}  // namespace model_catalog

const std::vector<FamilyInfo>& modelFamilies() {
  static const std::vector<FamilyInfo> families{
      {"llama",
       "LLaMA layout",
       "Decoders with rotary positions, RMS norm and SwiGLU: LLaMA, TinyLlama, SmolLM and the bundled model.",
       "Touvron et al. 2023, arXiv:2302.13971",
       {"LlamaForCausalLM", "LlamaForSequenceClassification"}},
  };
  return families;
}

ModelInfo describeModel(const std::string& folder, bool withHash) {
  model_catalog::requireFolder(folder);
  const ModelConfig config = readModelConfig(folder);
  const WeightIndex index(folder);
  const auto expected = llamaTensors(config, index);
  index.check(expected);

  ModelInfo info;
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  info.name = path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
  info.path = folder;
  info.family = config.family;
  info.architecture = config.architecture;
  info.tokenizer = model_catalog::tokenizerTitle(folder);
  info.dtype = model_catalog::dtypeTitle(index.dtype());
  info.contextLength = config.context;
  info.hiddenSize = config.hidden;
  info.layers = config.layers;
  info.vocabulary = config.vocabulary;
  for (const ExpectedTensor& t : expected) {
    std::int64_t count = 1;
    for (const std::int64_t size : t.shape) count *= size;
    info.parameters += count;
  }
  if (withHash) {
    Sha256 hash;
    std::vector<std::string> files = index.files();
    for (const char* name : {"config.json", "tokenizer.model", "spiece.model", "tokenizer.json",
                             "tokenizer_config.json", "vocab.json", "merges.txt", "vocab.txt"})
      if (std::filesystem::exists(std::filesystem::path(folder) / name))
        files.push_back((std::filesystem::path(folder) / name).string());
    std::sort(files.begin(), files.end());
    for (const std::string& file : files)
      hash.addField(std::filesystem::path(file).filename().string()).addField(sha256File(file));
    info.hash = hash.hex();
  }
  return info;
}

std::shared_ptr<const BaseModel> openModel(const std::string& folder, std::vector<Diagnostic>& warnings) {
  model_catalog::requireFolder(folder);
  const ModelConfig config = readModelConfig(folder);
  const WeightIndex index(folder);
  TensorMap weights = index.load(llamaTensors(config, index), warnings);
  return makeLlama(config, std::move(weights));
}

}  // namespace attune

#include "core/method/peft_folder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/whole_model.h"

namespace attune {
namespace peft_folder {

constexpr const char* kConfig = "adapter_config.json";
constexpr const char* kWeights = "adapter_model.safetensors";

// Options that change the arithmetic and are not implemented: refused unless they have their neutral value.
constexpr const char* kArithmeticOptions[] = {"layer_replication", "megatron_config",
                                              "use_qalora",        "alora_invocation_tokens",
                                              "target_parameters", "trainable_token_indices",
                                              "lora_bias",         "use_bdlora",
                                              "arrow_config",      "kasa_config",
                                              "velora_config",     "monteclora_config",
                                              "layers_pattern",    "coft",
                                              "block_share"};

bool isNeutral(const Json& value) {
  if (value.isNull()) return true;
  if (value.isBool()) return !value.asBool();
  if (value.isArray()) return value.items().empty();
  if (value.isObject()) return value.members().empty();
  return false;
}

Json sorted(const Json& json) {
  Json::Object members = json.members();
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return Json::fromObject(std::move(members));
}

// GPT-2 stores its layers as [in, out], and PEFT must have known it.
void checkLayout(const Json& config, const std::string& file, const ModelConfig& base) {
  bool transposed = false;
  for (const LinearShape& shape : linearShapes(base)) transposed = transposed || shape.transposed;
  if (config.boolOr("fan_in_fan_out", false) && !transposed)
    throw Error(ErrorKind::kInvalidInput,
                file + ": fan_in_fan_out is for bases that store layers as [in, out]",
                "The adapter belongs to another base model.")
        .inFile(file);
}

const char* taskType(const ModelConfig& base) {
  switch (base.layout) {
    case Layout::kEncoder:
      return "SEQ_CLS";
    case Layout::kEncoderDecoder:
      return "SEQ_2_SEQ_LM";
    case Layout::kDecoder:
      return base.isClassifier() ? "SEQ_CLS" : "CAUSAL_LM";
  }
  return "";
}

// Labels of the head that the file brings; 0: none.
std::int64_t classesOf(const TensorMap& delta) {
  for (const auto& [name, tensor] : delta)
    if ((name.ends_with("classifier.weight") || name.ends_with("score.weight")) && tensor.dim() == 2)
      return tensor.size(0);
  return 0;
}

std::string configFile(const std::string& folder) {
  const std::string file = (std::filesystem::path(folder) / kConfig).string();
  if (!std::filesystem::exists(file))
    throw Error(ErrorKind::kNotFound, folder + ": adapter_config.json is missing",
                "Give the folder that PEFT's save_pretrained or Attune wrote.")
        .inFile(file);
  return file;
}

std::string weightsFile(const std::string& folder) {
  const std::string weights = (std::filesystem::path(folder) / kWeights).string();
  if (!std::filesystem::exists(weights)) {
    const bool pickle = std::filesystem::exists(std::filesystem::path(folder) / "adapter_model.bin");
    throw Error(ErrorKind::kNotFound,
                pickle
                    ? folder + ": the adapter is a Python pickle (adapter_model.bin), which is never loaded"
                    : folder + ": adapter_model.safetensors is missing",
                pickle ? "Save it again with safe_serialization=True where you trust it."
                       : "Get the complete folder.")
        .inFile(weights);
  }
  return weights;
}

// The adapter's tensors, all finite.
TensorMap readDelta(const std::string& weights) {
  TensorMap delta = readSafetensors(weights);
  for (const auto& [name, tensor] : delta)
    if (tensor.is_floating_point() && !at::isfinite(tensor).all().item<bool>())
      throw Error(ErrorKind::kInvalidInput,
                  weights + ": tensor '" + name + "' has a weight that is not a finite number",
                  "The adapter is damaged and its answers mean nothing: train it again or get a good copy.")
          .inFile(weights);
  return delta;
}

// The method that wrote the folder, by PEFT's name or by ours.
const MethodInfo& methodOf(const Json& config, const std::string& file) {
  if (const std::string name = config.stringOr("attune_method", ""); !name.empty()) return methodInfo(name);
  const std::string type = config.stringOr("peft_type", "");
  if (type.empty())
    throw Error(ErrorKind::kInvalidInput, file + ": peft_type is missing",
                "Save the adapter again with PEFT or Attune.")
        .inFile(file);
  std::vector<std::string> known;
  for (const MethodInfo& info : methodCatalog()) {
    if (info.peftType == type) return info;
    if (!info.peftType.empty()) known.push_back(info.peftType);
  }
  throw Error(ErrorKind::kUnsupported, file + ": adapter type " + type + " is not supported",
              "Supported: " + joinText(known, ", ") + ".")
      .inFile(file);
}

void checkTask(const Json& config, const std::string& file, const ModelConfig& base) {
  const std::string wanted = taskType(base);
  if (const std::string task = config.stringOr("task_type", wanted); task != wanted)
    throw Error(ErrorKind::kInvalidInput,
                file + ": the adapter is for the task " + task + ", the base for " + wanted,
                "Use an adapter with task_type " + wanted + ", or the base that it was made for.")
        .inFile(file);
}

void checkOptions(const Json& config, const std::string& file) {
  for (const char* option : kArithmeticOptions)
    if (const Json* value = config.find(option); value && !isNeutral(*value))
      throw Error(ErrorKind::kUnsupported, file + ": the option " + option + " is not supported",
                  "Use an adapter made without it.")
          .inFile(file);
}

}  // namespace peft_folder

const char* const kPeftPrefix = "base_model.model.";

std::vector<std::string> savedModules(const Json& config) {
  std::vector<std::string> names;
  if (const Json* list = config.find("modules_to_save"); list && list->isArray())
    for (const Json& name : list->items())
      if (name.asString() != "classifier" && name.asString() != "score") names.push_back(name.asString());
  return names;
}

std::int64_t rankOf(const Json& config, const char* key, std::int64_t fallback) {
  constexpr std::int64_t kMost = 65536;
  const std::int64_t rank = config.intOr(key, fallback);
  if (rank <= 0 || rank > kMost)
    throw Error(ErrorKind::kInvalidInput,
                std::string(key) + " must lie between 1 and " + std::to_string(kMost) + ", but is " +
                    std::to_string(rank),
                std::string("Take ") + key + " from the run that made the adapter.");
  return rank;
}

void requireNoBias(const Json& config) {
  if (const std::string bias = config.stringOr("bias", "none"); bias != "none")
    throw Error(ErrorKind::kUnsupported, "bias '" + bias + "' is not supported", "Supported: none.");
}

Json savedHeads(bool trainsClassHead) {
  return trainsClassHead ? Json::list(std::vector<std::string>{"classifier", "score"}) : Json();
}

std::vector<std::string> saveTuned(const TunedModel& model, const std::string& folder, const BaseRef& base,
                                   const std::vector<std::string>& labels) {
  if (model.parameters().empty()) return {};
  const std::filesystem::path out(folder);
  const Json adapter = model.adapterConfig();
  if (!adapter.isNull()) {
    Json config = adapter;
    // What an opened folder said stays, more of it than Attune understands.
    if (!model.origin().isNull())
      for (const auto& [key, value] : model.origin().members()) config.set(key, value);
    config.set("base_model_name_or_path", base.name)
        .set("task_type", peft_folder::taskType(model.base().config()))
        .set("inference_mode", true);
    for (const char* key : {"revision", "auto_mapping"})
      if (!config.has(key)) config.set(key, nullptr);
    writeSafetensors((out / peft_folder::kWeights).string(), model.delta());
    writeFileAtomically((out / peft_folder::kConfig).string(), peft_folder::sorted(config).dump(2) + "\n");
    return {peft_folder::kConfig, peft_folder::kWeights};
  }
  return saveWholeModel(model, model.delta(), folder, base.path, labels);
}

std::string adapterMethod(const std::string& folder) {
  const std::string file = peft_folder::configFile(folder);
  const Json config = parseJson(readFile(file, 16 << 20), file);
  const std::string name = peft_folder::methodOf(config, file).name;
  if (name != "lora") return name;  // PEFT has one type for all of LoRA's family
  return config.boolOr("use_dora", false) ? "dora" : config.boolOr("use_rslora", false) ? "rslora" : name;
}

std::unique_ptr<TunedModel> openAdapter(const std::string& folder,
                                        const std::shared_ptr<const BaseModel>& base) {
  const std::string file = peft_folder::configFile(folder);
  const Json config = parseJson(readFile(file, 16 << 20), file);
  std::unique_ptr<TunedModel> model;
  std::string weights;
  TensorMap delta;
  try {
    const MethodInfo& info = peft_folder::methodOf(config, file);
    peft_folder::checkTask(config, file, base->config());
    peft_folder::checkLayout(config, file, base->config());
    peft_folder::checkOptions(config, file);
    weights = peft_folder::weightsFile(folder);
    delta = peft_folder::readDelta(weights);
    if (const auto modules = savedModules(config); !modules.empty() && info.peftType != "LORA")
      throw Error(ErrorKind::kUnsupported, "modules_to_save with '" + modules.front() + "' is not supported",
                  "Use an adapter made without it.");
    model = makeMethod(info.name)->reopen({base, config, delta, peft_folder::classesOf(delta)});
    model->setOrigin(config);
  } catch (const Error& e) {
    if (!e.file().empty()) throw;
    throw Error(e.kind() == ErrorKind::kUsage ? ErrorKind::kInvalidInput : e.kind(), file + ": " + e.what(),
                e.hint())
        .inFile(file);
  }
  try {
    model->loadDelta(delta);
  } catch (const Error& e) {
    if (!e.file().empty()) throw;
    throw Error(e.kind(), weights + ": " + e.what(), e.hint()).inFile(weights);
  }
  return model;
}

}  // namespace attune

#include "core/method/whole_model.h"

#include <filesystem>

#include "core/base/file.h"

namespace attune {
namespace whole_model {

constexpr const char* kWeights = "model.safetensors";

// transformers 4 calls it "torch_dtype", 5 "dtype".
void setDtype(Json& config) {
  for (const char* key : {"torch_dtype", "dtype"})
    if (config.has(key)) config.set(key, "float32");
  if (!config.has("dtype") && !config.has("torch_dtype")) config.set("torch_dtype", "float32");
}

void declareHead(Json& config, const std::vector<std::string>& labels) {
  Json names = Json::object(), numbers = Json::object();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    names.set(std::to_string(i), labels[i]);
    numbers.set(labels[i], static_cast<std::int64_t>(i));
  }
  config.set("architectures", Json().push("BertForSequenceClassification"))
      .set("id2label", std::move(names))
      .set("label2id", std::move(numbers));
}

}  // namespace whole_model

std::vector<std::string> saveWholeModel(const TunedModel& model, const TensorMap& weights,
                                        const std::string& folder, const std::string& basePath,
                                        const std::vector<std::string>& labels) {
  const std::filesystem::path out(folder);
  Json config = modelConfigJson(basePath);
  whole_model::setDtype(config);
  if (model.base().config().layout == Layout::kEncoder && weights.contains(model.base().classHeadName()) &&
      !labels.empty())
    whole_model::declareHead(config, labels);
  writeSafetensors((out / whole_model::kWeights).string(), weights);
  writeFileAtomically((out / "config.json").string(), config.dump(2) + "\n");
  return {"config.json", whole_model::kWeights};
}

bool holdsWholeModel(const std::string& folder) {
  return std::filesystem::exists(std::filesystem::path(folder) / whole_model::kWeights);
}

}  // namespace attune

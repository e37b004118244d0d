#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/method/method.h"
#include "core/method/peft_folder.h"
#include "core/method/targets.h"
#include "core/model/catalog.h"
#include "core/model/generate.h"
#include "core/train/optimizer.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

// Against PEFT, over every adapter folder of the fixtures: logits and merged weights (1e-4), losses (1e-5),
// generation token by token, tensors written back byte for byte, optimiser steps from the stored start
// (losses and tensors 1e-4).
namespace attune {
namespace peft_test {

std::vector<std::string> folders() {
  std::vector<std::string> names;
  const auto all = fixture("adapters");
  if (std::filesystem::exists(all))
    for (const auto& entry : std::filesystem::directory_iterator(all))
      if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  if (names.empty()) names.emplace_back("none");
  return names;
}

class Peft : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    folder_ = fixture("adapters") / GetParam();
    ATTUNE_NEEDS_FIXTURE(folder_);
    std::vector<Diagnostic> warnings;
    const std::string name = GetParam().substr(0, GetParam().find('-'));
    base_ = openModel((fixture("models") / name / "model").string(), warnings);
    if (std::filesystem::exists(folder_ / "adapter" / "config.json"))
      own_ = readJson(folder_ / "adapter" / "config.json");
  }

  const ModelConfig& config() const { return base_->config(); }
  Json file(const char* name) const { return readJson(folder_ / name); }
  bool hasCases() const { return std::filesystem::exists(folder_ / "cases.json"); }
  bool trains() const { return std::filesystem::exists(folder_ / "train.json"); }
  bool isFull() const { return GetParam().ends_with("-full"); }

  // A fresh model of the method with the fixture's settings.
  std::unique_ptr<TunedModel> fresh(const std::string& method,
                                    const std::map<std::string, ParamValue>& settings = {}) const {
    ParamSet params(methodInfo(method).parameters);
    for (const auto& [name, value] : settings) params.set(name, value);
    return makeMethod(method)->attach({base_, params, Seed{1}, {}, 3});
  }
  // Methods that PEFT does not have are stored in a form of their own.
  std::unique_ptr<TunedModel> freshOwn() const {
    const std::string method = own_.at("method").asString();
    if (method == "head") return fresh("linear_probe", {{"pooling", "pooled"}});
    if (method != "bottleneck") return fresh("bitfit");
    return fresh("adapter", {{"adapter_type", own_.at("places").items().size() == 2 ? "houlsby" : "pfeiffer"},
                             {"bottleneck_size", own_.at("width").asInt()},
                             {"non_linearity", own_.at("activation").asString()}});
  }
  std::unique_ptr<TunedModel> opened() const {
    if (own_.isNull()) return openAdapter((folder_ / "adapter").string(), base_);
    auto model = freshOwn();
    model->loadDelta(readSafetensors((folder_ / "adapter" / "tensors.safetensors").string()));
    return model;
  }
  // The model whose training starts from `init.*`.
  std::unique_ptr<TunedModel> startOfTraining() const {
    if (isFull()) return fresh("full");
    if (!own_.isNull()) return freshOwn();
    const Json adapter = readJson(folder_ / "adapter" / "adapter_config.json");
    if (adapter.at("peft_type").asString() == "P_TUNING")
      return fresh("p_tuning", {{"num_virtual_tokens", adapter.at("num_virtual_tokens").asInt()},
                                {"encoder_hidden_size", adapter.at("encoder_hidden_size").asInt()},
                                {"encoder_reparameterization_type",
                                 adapter.at("encoder_reparameterization_type").asString()}});
    if (adapter.boolOr("prefix_projection", false))
      return fresh("prefix_tuning", {{"num_virtual_tokens", adapter.at("num_virtual_tokens").asInt()},
                                     {"encoder_hidden_size", adapter.at("encoder_hidden_size").asInt()},
                                     {"prefix_projection", true}});
    return opened();
  }

  // Logits as transformers gives them, padded positions 0.
  at::Tensor logits(const TunedModel& model, const Json& json) const {
    ModelInput input = golden::input(json);
    if (model.hasClassHead()) return model.classLogits(input);
    if (config().layout == Layout::kEncoderDecoder) {
      if (!input.decoderIds.defined()) {
        const at::Tensor labels = golden::matrix(json.at("labels"));
        input.decoderIds = at::cat({at::full({labels.size(0), 1}, config().decoderStartId, at::kLong),
                                    labels.slice(1, 0, labels.size(1) - 1)},
                                   1)
                               .clamp_min(0);
      }
      return model.logits(model.hidden(input));
    }
    at::Tensor mask = input.mask;
    if (const auto n = model.rowsInFront(); n > 0)
      mask = at::cat({at::ones({mask.size(0), n}, at::kLong), mask}, 1);
    return model.logits(model.hidden(input)) * mask.unsqueeze(-1);
  }
  at::Tensor loss(const at::Tensor& logits, const Json& labels) const {
    if (logits.dim() == 2) {
      const auto right = idsOf(labels);
      at::Tensor target = at::empty({static_cast<std::int64_t>(right.size())}, at::kLong);
      std::copy(right.begin(), right.end(), target.data_ptr<std::int64_t>());
      return at::cross_entropy_loss(logits, target);
    }
    return config().layout == Layout::kEncoderDecoder ? golden::decoderLoss(logits, golden::matrix(labels))
                                                      : golden::nextTokenLoss(logits, golden::matrix(labels));
  }

  std::filesystem::path folder_;
  Json own_;  // the settings of a method that PEFT does not have
  std::shared_ptr<const BaseModel> base_;
};

TEST_P(Peft, GivesTheLogitsThatThePythonLibrariesGive) {
  if (!hasCases()) return;
  const c10::NoGradGuard noGrad;
  const auto model = opened();
  const Json cases = file("cases.json");
  const TensorMap expected = readSafetensors((folder_ / "expected.safetensors").string());
  for (const Json& c : cases.at("cases").items()) {
    if (!c.boolOr("compare", true)) continue;
    const std::string name = c.at("name").asString();
    const at::Tensor answer = logits(*model, c);
    EXPECT_LT(golden::noted(GetParam(), "logits", golden::gap(answer, expected.at(name + ".logits"))), 1e-4)
        << name;
    at::Tensor total = loss(answer, c.at("labels"));
    if (const at::Tensor penalty = model->penalty(); penalty.defined()) total = total + penalty;
    EXPECT_NEAR(total.item<double>(), c.at("loss").asDouble(), 1e-5) << name;
  }
  if (const Json* generation = cases.find("generation")) {
    const std::vector<std::vector<std::int64_t>> prompt{idsOf(generation->at("prompt"))};
    for (const bool useCache : {true, false})
      EXPECT_EQ(generateGreedy(*model, prompt, {8, {}, useCache}, StopToken{}).front(),
                idsOf(generation->at("new_ids")));
  }
  if (const Json* merged = cases.find("merged")) {
    const std::string name = merged->asString();
    EXPECT_LT(golden::noted(GetParam(), "merged",
                            golden::gap(model->merged().at(name), expected.at("merged." + name))),
              1e-4);
  }
}

TEST_P(Peft, CountsTheTrainedNumbersAsPeftDoes) {
  if (trains())
    EXPECT_EQ(startOfTraining()->parameterCount(), file("train.json").at("trainable").asInt());
  else
    EXPECT_EQ(opened()->parameterCount(), file("cases.json").at("trainable").asInt());
}

TEST_P(Peft, WritesTheSameTensorsBack) {
  if (isFull()) return;
  const auto model = opened();
  const TemporaryFolder out;
  saveTuned(*model, out.path(), {base_->config().family, "", ""});
  const TensorMap mine = readSafetensors(out.path("adapter_model.safetensors"));
  const TensorMap theirs = readSafetensors(
      (folder_ / "adapter" / (own_.isNull() ? "adapter_model.safetensors" : "tensors.safetensors")).string());
  EXPECT_EQ(mine.size(), theirs.size());
  for (const auto& [name, tensor] : theirs) {
    ASSERT_TRUE(mine.contains(name)) << name;
    EXPECT_TRUE(at::equal(tensor, mine.at(name))) << name;
  }
  // Opened again it answers the same, and what was not understood in the configuration is still there.
  if (hasCases()) {
    const c10::NoGradGuard noGrad;
    const auto again = openAdapter(out.path(), base_);
    const Json cases = file("cases.json");
    const Json& first = cases.at("cases").items().front();
    EXPECT_TRUE(at::equal(logits(*again, first), logits(*model, first)));
  }
  if (!own_.isNull()) return;
  const Json config = readJson(out.path("adapter_config.json"));
  const Json original = readJson(folder_ / "adapter" / "adapter_config.json");
  for (const auto& [key, value] : original.members()) {
    ASSERT_TRUE(config.has(key)) << key;
    if (key == "base_model_name_or_path" || key == "modules_to_save") continue;
    EXPECT_EQ(config.at(key).dump(), value.dump()) << key;
  }
}

TEST_P(Peft, FollowsTheOptimiserSteps) {
  // PEFT reads a decoder's class from the last column, a padded one here; Attune from the last token.
  if (!trains() || GetParam() == "llama_cls-prompt") return;
  const Json train = file("train.json");
  const Json& hyper = train.at("hyper");
  const TensorMap golden = readSafetensors((folder_ / "train.safetensors").string());
  const auto model = startOfTraining();
  // PEFT's names of the parameters while training, by the names under which they are stored.
  std::map<std::string, std::string> trainingName;
  if (const Json* saved = train.find("saved"))
    for (const auto& [stored, name] : saved->members())
      if (!name.isNull()) trainingName[stored] = name.asString();
  // An AdaLoRA's stored names are those of training; some are cut in the end and have no entry.
  for (const auto& p : model->parameters())
    if (!trainingName.contains(p.name)) {
      const std::string head =
          p.name.substr(0, p.name.rfind('.')) + ".modules_to_save" + p.name.substr(p.name.rfind('.'));
      trainingName[p.name] = golden.contains("init." + head) ? head : p.name;
    }
  {
    const c10::NoGradGuard noGrad;
    for (const auto& p : model->parameters()) {
      // Full fine-tuning starts from the base as it is.
      const TensorMap& from = isFull() ? base_->weights() : golden;
      const std::string name = isFull() ? p.name : "init." + trainingName.at(p.name);
      ASSERT_TRUE(from.contains(name)) << name;
      at::Tensor(p.tensor).copy_(from.at(name));
    }
  }
  std::set<std::string> noise;
  for (const Json& name : train.at("not_reproducible").items()) noise.insert(name.asString());

  std::vector<TunedModel::Parameter> parameters = model->parameters();
  for (auto& p : parameters) p.decays = true;  // the fixture decays every trainable tensor
  const auto optimizer = makeOptimizer(hyper.at("optimizer").asString() == "AdamW" ? "adamw" : "adafactor",
                                       parameters, {.weightDecay = hyper.at("weight_decay").asDouble()});
  model->setTraining(true);
  const Json& batches = train.at("batches");
  for (std::size_t step = 0; step < batches.items().size(); ++step) {
    const Json& batch = batches.items()[step];
    const at::Tensor answer = logits(*model, batch);
    at::Tensor total = loss(answer, batch.at("labels"));
    if (const at::Tensor penalty = model->penalty(); penalty.defined()) total = total + penalty;
    EXPECT_NEAR(total.item<double>(), train.at("losses").items()[step].asDouble(), step == 0 ? 1e-5 : 1e-4);
    total.backward();
    const double norm = train.at("gradient_norms").items()[step].asDouble();
    EXPECT_NEAR(gradientLength(parameters), norm, 1e-3 * std::max(1.0, norm));
    optimizer->step(hyper.at("lr").asDouble());
    model->afterStep(static_cast<std::int64_t>(step) + 1, static_cast<std::int64_t>(batches.items().size()),
                     1);
    optimizer->clearGradients();
  }
  model->setTraining(false);
  for (const auto& p : parameters)
    if (!noise.contains(trainingName.at(p.name)))
      EXPECT_LT(golden::noted(GetParam(), "steps",
                              golden::gap(p.tensor, golden.at("final." + trainingName.at(p.name)))),
                1e-4)
          << p.name;
  // What is stored in the end where that is no parameter.
  const TensorMap delta = model->delta();
  for (const auto& [name, tensor] : golden)
    if (name.starts_with("saved.") && delta.contains(name.substr(6)))
      EXPECT_LT(golden::gap(tensor, delta.at(name.substr(6))), 1e-4) << name;
  if (const Json* patterns = train.find("rank_patterns")) {
    const Json adapter = model->adapterConfig();
    for (const auto& [name, kept] : patterns->items().back().members())
      EXPECT_EQ(adapter.at("rank_pattern").at(name.substr(0, name.rfind(".default"))).dump(), kept.dump())
          << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Adapters, Peft, testing::ValuesIn(folders()), [](const auto& tested) {
  std::string name = tested.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// Trained numbers by method and model, for the sizes of published models.
TEST(PeftCounts, EqualPeftsForRealShapes) {
  ATTUNE_NEEDS_FIXTURE(fixture("adapters/params.json"));
  const Json all = readJson(fixture("adapters/params.json"));
  struct Row {
    const char* key;
    const char* method;
    std::map<std::string, ParamValue> settings;
  };
  const std::vector<Row> rows{
      {"lora_r8", "lora", {{"r", std::int64_t{8}}, {"target_modules", std::string("LORA")}}},
      {"rslora_r8", "rslora", {{"r", std::int64_t{8}}, {"target_modules", std::string("LORA")}}},
      {"lora_r16_all_linear", "lora", {{"r", std::int64_t{16}}}},
      {"lora_r8_all_linear", "lora", {{"r", std::int64_t{8}}}},
      {"dora_r8", "dora", {{"r", std::int64_t{8}}, {"target_modules", std::string("LORA")}}},
      {"ia3", "ia3", {}},
      {"prompt_n20", "prompt_tuning", {{"num_virtual_tokens", std::int64_t{20}}}},
      {"prompt_n100", "prompt_tuning", {{"num_virtual_tokens", std::int64_t{100}}}},
      {"ptuning_mlp_n20_default_width", "p_tuning", {{"num_virtual_tokens", std::int64_t{20}}}},
      {"ptuning_lstm_n20_h128",
       "p_tuning",
       {{"num_virtual_tokens", std::int64_t{20}},
        {"encoder_hidden_size", std::int64_t{128}},
        {"encoder_reparameterization_type", std::string("LSTM")}}},
      {"prefix_n20", "prefix_tuning", {{"num_virtual_tokens", std::int64_t{20}}}},
      {"prefix_projection_n20_h128",
       "prefix_tuning",
       {{"num_virtual_tokens", std::int64_t{20}},
        {"encoder_hidden_size", std::int64_t{128}},
        {"prefix_projection", true}}},
      {"adalora_init12",
       "adalora",
       {{"init_r", std::int64_t{12}}, {"target_modules", std::string("ADALORA")}}},
      {"layernorm", "layernorm", {}},
      {"vera_r256", "vera", {{"r", std::int64_t{256}}}},
      {"oft_block32", "oft", {{"oft_block_size", std::int64_t{32}}}},
      {"bitfit", "bitfit", {}},
      {"added_bias", "bitfit", {}},
      {"houlsby_m64",
       "adapter",
       {{"adapter_type", std::string("houlsby")}, {"bottleneck_size", std::int64_t{64}}}},
      {"pfeiffer_m64",
       "adapter",
       {{"adapter_type", std::string("pfeiffer")}, {"bottleneck_size", std::int64_t{64}}}},
      {"head", "linear_probe", {}},
  };
  int compared = 0;
  for (const auto& [name, model] : all.at("real").members()) {
    Json json = model.at("config");
    const std::string architecture = model.at("class").asString();
    json.set("architectures", Json().push(architecture));
    if (!json.has("model_type"))
      json.set("model_type", architecture.starts_with("Llama")   ? "llama"
                             : architecture.starts_with("Qwen2") ? "qwen2"
                             : architecture.starts_with("Bert")  ? "bert"
                                                                 : "t5");
    if (architecture.starts_with("Bert") && !json.has("num_attention_heads"))
      json.set("num_attention_heads", 12);
    const ModelConfig config = parseModelConfig(json, name);
    const Json& counts = model.at("trainable");
    for (const Row& row : rows) {
      const Json* count = counts.find(row.key);
      if (!count || !count->isNumber()) continue;
      const MethodInfo& info = methodInfo(row.method);
      // BitFit adds biases only where a model has none; the fixture counts both ways for every model.
      const bool hasBiases = counts.intOr("bitfit", 0) > 0;
      if (std::string(row.key) == (hasBiases ? "added_bias" : "bitfit")) continue;
      if (info.ownsHead && !config.isClassifier()) continue;
      ParamSet params(info.parameters);
      for (const auto& [key, value] : row.settings) params.set(key, value);
      if (params.has("target_modules"))
        if (const std::string type = params.getString("target_modules"); type == "LORA" || type == "ADALORA")
          params.set("target_modules", peftDefaultTargets(type, config));
      EXPECT_EQ(trainableParameters(info, params, config, json.intOr("num_labels", 2)), count->asInt())
          << name << " " << row.key;
      ++compared;
    }
  }
  EXPECT_GT(compared, 60);
  std::cout << compared << " counts compared\n";
}

// Every broken adapter ends as the index of the fixtures says.
TEST(PeftFolder, RefusesEveryBrokenAdapterByName) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  std::vector<Diagnostic> warnings;
  const auto base = openModel((fixture("models") / "llama_gqa" / "model").string(), warnings);
  int refused = 0;
  const Json index = readJson(fixture("bad/index.json"));
  for (const Json& entry : index.items()) {
    const std::string path = entry.at("path").asString();
    if (!path.starts_with("adapters/") || entry.at("action").asString() != "refuse") continue;
    try {
      openAdapter(fixture("bad/" + path).string(), base);
      ADD_FAILURE() << path << " was opened";
    } catch (const Error& e) {
      ++refused;
      const std::string what = e.what();
      EXPECT_FALSE(e.hint().empty() && e.kind() == ErrorKind::kInternal) << path;
      if (const Json* names = entry.find("names"))
        for (const Json& name : names->items())
          EXPECT_NE(what.find(name.asString()), std::string::npos) << path << ": " << what;
      if (const Json* tensor = entry.find("tensor"))
        EXPECT_NE(what.find(tensor->asString()), std::string::npos) << path << ": " << what;
    }
  }
  EXPECT_GT(refused, 10);
}

// A configuration that asks for far more numbers than the file holds is refused before memory is taken.
TEST(PeftFolder, RefusesASizeThatTheFileDoesNotHold) {
  struct Case {
    const char* folder;
    const char* key;
    std::int64_t value;
  };
  for (const Case& c : {Case{"lora", "r", 65536}, Case{"vera", "r", 65536},
                        Case{"prompt", "num_virtual_tokens", 100}, Case{"prefix", "num_virtual_tokens", 100},
                        Case{"lora", "r", 65537}, Case{"prompt", "num_virtual_tokens", 0}}) {
    const auto from = fixture(std::string("adapters/llama_gqa-") + c.folder + "/adapter");
    ATTUNE_NEEDS_FIXTURE(from);
    const TemporaryFolder folder;
    std::vector<Diagnostic> warnings;
    const auto base = openModel(fixture("models/llama_gqa/model").string(), warnings);
    std::filesystem::copy(from / "adapter_model.safetensors", folder.path("adapter_model.safetensors"));
    Json config = readJson(from / "adapter_config.json");
    config.set(c.key, c.value);
    writeFileAtomically(folder.path("adapter_config.json"), config.dump(2));
    try {
      openAdapter(folder.path(), base);
      ADD_FAILURE() << c.folder << " with " << c.key << " " << c.value << " was opened";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::kInvalidInput) << e.what();
      EXPECT_NE(std::string(e.what()).find("adapter_config.json"), std::string::npos) << e.what();
      EXPECT_FALSE(e.hint().empty());
    }
  }
}

}  // namespace peft_test
}  // namespace attune

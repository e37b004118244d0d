#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/peft_folder.h"
#include "core/model/catalog.h"
#include "core/train/optimizer.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

// Against PEFT: adapter folders that it wrote, their logits (1e-4), three AdamW steps (losses 1e-4, tensors
// 1e-4).
namespace attune {
namespace peft_test {

struct Case {
  const char* folder;
  const char* method;
};

class Peft : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    folder_ = fixture("adapters") / GetParam().folder;
    ATTUNE_NEEDS_FIXTURE(folder_);
    cases_ = readJson(folder_ / "cases.json");
    std::vector<Diagnostic> warnings;
    base_ = openModel((fixture("models") / cases_.at("base").asString() / "model").string(), warnings);
  }

  std::filesystem::path folder_;
  Json cases_;
  std::shared_ptr<const BaseModel> base_;
};

TEST_P(Peft, GivesTheLogitsOfAnAdapterThatPeftWrote) {
  const c10::NoGradGuard noGrad;
  const auto model = openAdapter((folder_ / "adapter").string(), base_);
  EXPECT_EQ(model->parameterCount(), cases_.at("trainable").asInt());
  const TensorMap expected = readSafetensors((folder_ / "expected.safetensors").string());
  for (const Json& c : cases_.at("cases").items()) {
    const ModelInput input = golden::input(c);
    at::Tensor mask = input.mask;
    const at::Tensor logits = model->logits(model->hidden(input));
    if (const auto n = model->virtualTokens(); n > 0)
      mask = at::cat({at::ones({mask.size(0), n}, at::kLong), mask}, 1);
    const std::string name = c.at("name").asString();
    EXPECT_LT((logits * mask.unsqueeze(-1) - expected.at(name + ".logits")).abs().max().item<double>(), 1e-4)
        << name;
    EXPECT_NEAR(golden::nextTokenLoss(logits, golden::matrix(c.at("labels"))).item<double>(),
                c.at("loss").asDouble(), 1e-5);
  }
}

TEST_P(Peft, WritesTheSameTensorsBack) {
  const auto model = openAdapter((folder_ / "adapter").string(), base_);
  const TemporaryFolder out;
  saveTuned(*model, out.path(), {"llama_gqa", "", ""});
  const TensorMap mine = readSafetensors(out.path("adapter_model.safetensors"));
  const TensorMap theirs = readSafetensors((folder_ / "adapter" / "adapter_model.safetensors").string());
  ASSERT_EQ(mine.size(), theirs.size());
  for (const auto& [name, tensor] : theirs) EXPECT_TRUE(at::equal(tensor, mine.at(name))) << name;
  const Json config = readJson(out.path("adapter_config.json"));
  const Json original = readJson(folder_ / "adapter" / "adapter_config.json");
  for (const char* key : {"peft_type", "task_type", "r", "lora_alpha", "num_virtual_tokens", "token_dim"})
    if (original.has(key)) EXPECT_EQ(config.at(key).dump(), original.at(key).dump()) << key;
}

TEST_P(Peft, FollowsThreeOptimiserSteps) {
  const Json train = readJson(folder_ / "train.json");
  const TensorMap golden = readSafetensors((folder_ / "train.safetensors").string());
  const auto model = openAdapter((folder_ / "adapter").string(), base_);
  // PEFT's names of the parameters while training, by the names under which they are stored.
  std::map<std::string, std::string> trainingName;
  for (const auto& [stored, name] : train.at("saved").members())
    if (!name.isNull()) trainingName[stored] = name.asString();
  TensorMap start;
  for (const auto& p : model->parameters()) start[p.name] = golden.at("init." + trainingName.at(p.name));
  model->loadDelta(start);

  const Json& hyper = train.at("hyper");
  std::vector<TunedModel::Parameter> parameters = model->parameters();
  for (auto& p : parameters) p.decays = true;  // the fixture decays every trainable tensor
  AdamW optimizer(parameters, {.weightDecay = hyper.at("weight_decay").asDouble()});
  for (std::size_t step = 0; step < train.at("batches").items().size(); ++step) {
    const Json& batch = train.at("batches").items()[step];
    const at::Tensor loss = golden::nextTokenLoss(model->logits(model->hidden(golden::input(batch))),
                                                  golden::matrix(batch.at("labels")));
    EXPECT_NEAR(loss.item<double>(), train.at("losses").items()[step].asDouble(), step == 0 ? 1e-5 : 1e-4);
    loss.backward();
    EXPECT_NEAR(clipGradients(parameters, 0), train.at("gradient_norms").items()[step].asDouble(), 1e-3);
    optimizer.step(hyper.at("lr").asDouble());
  }
  for (const auto& p : parameters)
    EXPECT_LT((p.tensor - golden.at("final." + trainingName.at(p.name))).abs().max().item<double>(), 1e-4)
        << p.name;
}

INSTANTIATE_TEST_SUITE_P(Adapters, Peft,
                         testing::Values(Case{"llama_gqa-lora", "lora"},
                                         Case{"llama_gqa-prompt", "prompt_tuning"}),
                         [](const auto& tested) { return std::string(tested.param.method); });

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

}  // namespace peft_test
}  // namespace attune

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "core/method/method.h"
#include "core/model/catalog.h"
#include "core/model/layers.h"
#include "core/run/forward.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

// Encoders against transformers: 1e-4 on states and logits, 1e-5 on losses, 1e-4 relative on gradient norms.
namespace attune {
namespace golden_encoder_test {

class GoldenEncoder : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = fixture("models") / GetParam();
    ATTUNE_NEEDS_FIXTURE(folder_);
    std::vector<Diagnostic> warnings;
    base_ = openModel((folder_ / "model").string(), warnings);
    EXPECT_TRUE(warnings.empty());
    cases_ = readJson(folder_ / "cases.json");
    expected_ = readSafetensors((folder_ / "expected.safetensors").string());
  }
  void close(const std::string& what, const at::Tensor& found, const std::string& name) const {
    EXPECT_LT(golden::noted(GetParam(), what, golden::gap(found, expected_.at(name))), 1e-4) << name;
  }

  std::filesystem::path folder_;
  std::shared_ptr<const BaseModel> base_;
  Json cases_;
  TensorMap expected_;
};

TEST_P(GoldenEncoder, CountsTheParameters) {
  EXPECT_EQ(base_->parameterCount(), cases_.at("parameters").asInt());
}

// Through the command that writes them, so that names and shapes of the file are tested too.
TEST_P(GoldenEncoder, GivesTheStatesOfEveryPadding) {
  const TemporaryFolder out;
  int compared = 0;
  for (const Json& c : cases_.at("cases").items()) {
    const std::string name = c.at("name").asString();
    writeFileAtomically(out.path("ids.json"), c.dump());
    forwardToFile({(folder_ / "model").string(), "", out.path("ids.json"), out.path("out.safetensors")});
    const TensorMap found = readSafetensors(out.path("out.safetensors"));
    const at::Tensor states = found.at("last_hidden_state");
    const at::Tensor mean = meanPooled(states, golden::input(c).mask);
    close("states." + name, states, name + ".last_hidden_state");
    close("mean." + name, mean, name + ".mean");
    close("embedding." + name, mean / mean.norm(2, -1, true).clamp_min(1e-12), name + ".mean_normalised");
    if (expected_.contains(name + ".pooled")) close("pooled." + name, found.at("pooled"), name + ".pooled");
    if (expected_.contains(name + ".logits")) close("logits." + name, found.at("logits"), name + ".logits");
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST_P(GoldenEncoder, EmbedsTheSentences) {
  const c10::NoGradGuard noGrad;
  const Json* sentences = cases_.find("sentences");
  if (!sentences) GTEST_SKIP() << "the folder has no sentences";
  const TunedModel model(base_);
  for (std::size_t i = 0; i < sentences->items().size(); ++i) {
    const ModelInput input = padRight({idsOf(sentences->items()[i].at("ids"))});
    const at::Tensor mean = meanPooled(model.hidden(input), input.mask);
    close("sentences", (mean / mean.norm(2, -1, true)).squeeze(0), "sentence." + std::to_string(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenEncoder, testing::Values("bert_plain", "bert_cls", "bert_old_names"),
                         [](const auto& tested) { return std::string(tested.param); });

// Every parameter of the classifier, its head included.
TEST(GoldenEncoderClassifier, GivesLossAndGradients) {
  const auto folder = fixture("models/bert_cls");
  ATTUNE_NEEDS_FIXTURE(folder);
  std::vector<Diagnostic> warnings;
  const auto base = openModel((folder / "model").string(), warnings);
  const Json cases = readJson(folder / "cases.json");
  const TensorMap expected = readSafetensors((folder / "expected.safetensors").string());
  const Json& gradients = cases.at("gradients");
  AttachRequest request{base, ParamSet(methodInfo("full").parameters), Seed{1}};
  request.classes = cases.at("num_labels").asInt();
  const auto model = makeMethod("full")->attach(request);
  // The fresh head takes over the stored one's numbers.
  TensorMap start = model->delta();
  for (auto& [name, tensor] : start)
    if (base->weights().contains(name)) tensor = base->weights().at(name).clone();
  model->loadDelta(start);
  for (const Json& c : cases.at("cases").items()) {
    const at::Tensor labels = golden::matrix(Json().push(c.at("labels"))).squeeze(0);
    const at::Tensor loss = at::cross_entropy_loss(model->classLogits(golden::input(c)), labels);
    EXPECT_NEAR(loss.item<double>(), c.at("loss").asDouble(), 1e-5) << c.at("name").asString();
    if (c.at("name").asString() != gradients.at("case").asString()) continue;
    loss.backward();
    for (const auto& p : model->parameters()) {
      const double want = gradients.at("parameter_norms").at(p.name).asDouble();
      // The key's bias cannot change a softmax: its gradient is rounding.
      const double found = p.tensor.grad().defined() ? p.tensor.grad().norm().item<double>() : 0;
      EXPECT_NEAR(found, want, 1e-4 * want + 1e-6) << p.name;
      if (want > 1e-4) golden::noted("bert_cls", "gradient", std::abs(found - want) / want);
      if (const auto full = expected.find("grad." + p.name); full != expected.end())
        EXPECT_LT(golden::gap(p.tensor.grad(), full->second), 1e-4) << p.name;
    }
  }
}

}  // namespace golden_encoder_test
}  // namespace attune

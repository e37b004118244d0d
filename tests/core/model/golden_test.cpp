#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "core/method/method.h"
#include "core/model/catalog.h"
#include "core/model/label_scores.h"
#include "core/run/forward.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

// Against transformers, from the folders as they lie there. Tolerances as the fixtures state: 1e-4 on logits,
// 1e-5 on losses, 1e-4 relative on gradient norms.
namespace attune {
namespace golden_test {

class Golden : public testing::TestWithParam<const char*> {
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

  std::unique_ptr<TunedModel> attach(const char* method) const {
    return makeMethod(method)->attach({base_, ParamSet(methodInfo(method).parameters), Seed{1}, {}});
  }

  std::filesystem::path folder_;
  std::shared_ptr<const BaseModel> base_;
  Json cases_;
  TensorMap expected_;
};

TEST_P(Golden, CountsTheParameters) { EXPECT_EQ(base_->parameterCount(), cases_.at("parameters").asInt()); }

TEST_P(Golden, GivesTheLogitsAndLossOfEveryPadding) {
  const c10::NoGradGuard noGrad;
  const auto model = attach("untuned");
  int compared = 0;
  for (const Json& c : cases_.at("cases").items()) {
    const std::string name = c.at("name").asString();
    const ModelInput input = golden::input(c);
    const at::Tensor logits = model->logits(model->hidden(input));
    const at::Tensor masked = logits * input.mask.unsqueeze(-1);
    EXPECT_LT((masked - expected_.at(name + ".logits")).abs().max().item<double>(), 1e-4) << name;
    // With padding on the left the library also scores each row's first token, which nothing real stands
    // before.
    if (name != "left_pad")
      EXPECT_NEAR(golden::nextTokenLoss(logits, golden::matrix(c.at("labels"))).item<double>(),
                  c.at("loss").asDouble(), 1e-5)
          << name;
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST_P(Golden, GivesTheGradientsOfEveryParameter) {
  const auto model = attach("full");
  const Json& gradients = cases_.at("gradients");
  const Json* plain = nullptr;
  for (const Json& c : cases_.at("cases").items())
    if (c.at("name").asString() == gradients.at("case").asString()) plain = &c;
  ASSERT_NE(plain, nullptr);
  golden::nextTokenLoss(model->logits(model->hidden(golden::input(*plain))),
                        golden::matrix(plain->at("labels")))
      .backward();
  std::size_t compared = 0;
  for (const auto& p : model->parameters()) {
    const double want = gradients.at("parameter_norms").at(p.name).asDouble();
    EXPECT_NEAR(p.tensor.grad().norm().item<double>(), want, 1e-4 * want + 1e-7) << p.name;
    if (const auto full = expected_.find("grad." + p.name); full != expected_.end()) {
      EXPECT_LT((p.tensor.grad() - full->second).abs().max().item<double>(), 1e-4) << p.name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, gradients.at("full").items().size());
}

TEST_P(Golden, GivesTheLikelihoodOfEveryCandidate) {
  const c10::NoGradGuard noGrad;
  const auto model = attach("untuned");
  for (const Json& item : cases_.at("scoring").items()) {
    for (const Json& candidate : item.at("candidates").items()) {
      if (candidate.at("label_ids").items().empty()) continue;  // melted into the context: nothing to score
      const auto sequence = golden::ids(candidate.at("sequence_ids"));
      const auto label = golden::ids(candidate.at("label_ids"));
      const std::vector<std::int64_t> prompt(sequence.begin(),
                                             sequence.end() - static_cast<std::ptrdiff_t>(label.size()));
      // Twice the same word makes the first tokens equal, so that whole words are scored.
      const at::Tensor scores = labelScores(*model, {prompt}, {{label, label}});
      EXPECT_NEAR(scores[0][0].item<double>(), candidate.at("sum").asDouble(), 1e-3);
      // First tokens only: equal to the log-likelihood up to the normaliser of the row.
      ModelInput input = padRight({prompt});
      const at::Tensor all = at::log_softmax(model->logits(model->hidden(input)), -1);
      EXPECT_NEAR(all[0][-1][label.front()].item<double>(), candidate.at("first_token").asDouble(), 1e-4);
    }
  }
}

TEST_P(Golden, ContinuesGreedilyTokenByToken) {
  const c10::NoGradGuard noGrad;
  const auto model = attach("untuned");
  const Json& generation = cases_.at("generation");
  for (std::size_t row = 0; row < generation.at("prompts").items().size(); ++row) {
    auto ids = golden::ids(generation.at("prompts").items()[row]);
    std::vector<std::int64_t> made;
    for (std::int64_t k = 0; k < generation.at("new_tokens").asInt(); ++k) {
      ModelInput input = padRight({ids});
      input.select = at::full({1, 1}, static_cast<std::int64_t>(ids.size()) - 1, at::kLong);
      made.push_back(model->logits(model->hidden(input)).argmax(-1).item<std::int64_t>());
      ids.push_back(made.back());
    }
    EXPECT_EQ(made, golden::ids(generation.at("new_ids").items()[row]));
  }
}

INSTANTIATE_TEST_SUITE_P(Llama, Golden,
                         testing::Values("llama_tied", "llama_gqa", "llama_rope3", "llama_sharded",
                                         "llama_fp16", "llama_bf16"),
                         [](const auto& tested) { return std::string(tested.param); });

// A classifier answers from the last token that is not padding, on either side.
TEST(GoldenClassifier, GivesTheLogitsOfEveryPadding) {
  const auto folder = fixture("models/llama_cls");
  ATTUNE_NEEDS_FIXTURE(folder);
  const TensorMap expected = readSafetensors((folder / "expected.safetensors").string());
  const Json cases = readJson(folder / "cases.json");
  const TemporaryFolder out;
  int compared = 0;
  for (const Json& c : cases.at("cases").items()) {
    writeFileAtomically(out.path("ids.json"), c.dump());
    forwardToFile({(folder / "model").string(), "", out.path("ids.json"), out.path("logits.safetensors")});
    const at::Tensor logits = readSafetensors(out.path("logits.safetensors")).at("logits");
    const std::string name = c.at("name").asString();
    ASSERT_EQ(logits.sizes(), expected.at(name + ".logits").sizes()) << name;
    EXPECT_LT((logits - expected.at(name + ".logits")).abs().max().item<double>(), 1e-4) << name;
    ++compared;
  }
  EXPECT_GT(compared, 1);
}

}  // namespace golden_test
}  // namespace attune

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "core/method/method.h"
#include "core/model/catalog.h"
#include "core/model/generate.h"
#include "core/model/label_scores.h"
#include "core/run/forward.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

// Against transformers, from the folders as they lie there. Tolerances as the fixtures state: 1e-4 on logits,
// 1e-5 on losses, 1e-4 relative on gradient norms.
namespace attune {
namespace golden_test {

using Ids = std::vector<std::int64_t>;

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
    return makeMethod(method)->attach({base_, ParamSet(methodInfo(method).parameters), Seed{1}});
  }
  bool decodes() const { return base_->config().layout == Layout::kEncoderDecoder; }
  at::Tensor loss(const at::Tensor& logits, const Json& c) const {
    const at::Tensor labels = golden::matrix(c.at("labels"));
    return decodes() ? golden::decoderLoss(logits, labels) : golden::nextTokenLoss(logits, labels);
  }
  double noted(const std::string& what, double difference) const {
    return golden::noted(GetParam(), what, difference);
  }
  const Json& named(const std::string& name) const {
    for (const Json& c : cases_.at("cases").items())
      if (c.at("name").asString() == name) return c;
    throw std::runtime_error("no case " + name);
  }

  std::filesystem::path folder_;
  std::shared_ptr<const BaseModel> base_;
  Json cases_;
  TensorMap expected_;
};

TEST_P(Golden, CountsTheParameters) {
  EXPECT_EQ(base_->parameterCount(), cases_.at("parameters").asInt());
  EXPECT_EQ(describeModel((folder_ / "model").string()).parameters, cases_.at("parameters").asInt());
}

TEST_P(Golden, GivesTheLogitsAndLossOfEveryPadding) {
  const c10::NoGradGuard noGrad;
  const auto model = attach("untuned");
  int compared = 0;
  for (const Json& c : cases_.at("cases").items()) {
    const std::string name = c.at("name").asString();
    const ModelInput input = golden::input(c);
    const at::Tensor logits = model->logits(model->hidden(input));
    const at::Tensor masked = decodes() ? logits : logits * input.mask.unsqueeze(-1);
    EXPECT_LT(noted("logits." + name, golden::gap(masked, expected_.at(name + ".logits"))), 1e-4) << name;
    // With padding on the left the library also scores each row's first token, which nothing real stands
    // before.
    if (name != "left_pad" || decodes())
      EXPECT_LT(noted("loss", std::abs(loss(logits, c).item<double>() - c.at("loss").asDouble())), 1e-5)
          << name;
    ++compared;
  }
  EXPECT_EQ(compared, 3);
  // Half-precision models computed in their own type by the library: the same up to that type's rounding.
  if (const auto native = expected_.find("plain.logits_native"); native != expected_.end()) {
    const double tolerance = std::string(GetParam()).find("bf16") != std::string::npos ? 0.2 : 0.1;
    const at::Tensor logits = model->logits(model->hidden(golden::input(named("plain"))));
    EXPECT_LT(noted("native", golden::gap(logits, native->second.to(at::kFloat))), tolerance);
  }
}

TEST_P(Golden, GivesTheGradientsOfEveryParameter) {
  const auto model = attach("full");
  const Json& gradients = cases_.at("gradients");
  const Json& plain = named(gradients.at("case").asString());
  loss(model->logits(model->hidden(golden::input(plain))), plain).backward();
  std::size_t compared = 0;
  for (const auto& p : model->parameters()) {
    const double want = gradients.at("parameter_norms").at(p.name).asDouble();
    const double found = p.tensor.grad().to_dense().norm().item<double>();
    EXPECT_NEAR(found, want, 1e-4 * want + 1e-7) << p.name;
    if (want > 1e-4) noted("gradient", std::abs(found - want) / want);
    if (const auto full = expected_.find("grad." + p.name); full != expected_.end()) {
      EXPECT_LT(golden::gap(p.tensor.grad().to_dense(), full->second), 1e-4) << p.name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, gradients.at("full").items().size());
}

TEST_P(Golden, GivesTheLikelihoodOfEveryCandidate) {
  const c10::NoGradGuard noGrad;
  const auto model = attach("untuned");
  int compared = 0;
  const auto check = [&](const Ids& prompt, const Json& want) {
    const auto label = idsOf(want.at("label_ids"));
    // Twice the same word makes the first tokens equal, so that whole words are scored.
    const at::Tensor scores = labelScores(*model, {prompt}, {{label, label}});
    EXPECT_LT(noted("likelihood", std::abs(scores[0][0].item<double>() - want.at("sum").asDouble())), 1e-3);
    const at::Tensor first = answerLogLikelihoods(*model, {prompt}, {{label.front()}});
    EXPECT_NEAR(first[0].item<double>(), want.at("first_token").asDouble(), 1e-4);
    ++compared;
  };
  for (const Json& item : cases_.at("scoring").items())
    for (const Json& candidate : item.at("candidates").items()) {
      if (decodes()) {
        check(idsOf(item.at("encoder_ids")), candidate.at("with_eos"));
        check(idsOf(item.at("encoder_ids")), candidate.at("without_eos"));
      } else if (!candidate.at("label_ids").items().empty()) {  // else melted into the context
        const Ids sequence = idsOf(candidate.at("sequence_ids"));
        const auto size = static_cast<std::ptrdiff_t>(candidate.at("label_ids").items().size());
        check(Ids(sequence.begin(), sequence.end() - size), candidate);
      }
    }
  EXPECT_GT(compared, 3);
}

// Each prompt alone and all as one batch, with the cache and without: the same ids, token by token.
TEST_P(Golden, ContinuesGreedilyTokenByToken) {
  const auto model = attach("untuned");
  const Json& generation = cases_.at("generation");
  std::vector<Ids> prompts, wanted;
  for (const Json& row : generation.at("prompts").items()) prompts.push_back(idsOf(row));
  for (const Json& row : generation.at("new_ids").items()) wanted.push_back(idsOf(row));
  GenerateOptions options;
  options.maxNewTokens = generation.at("new_tokens").asInt();
  for (const bool useCache : {true, false}) {
    options.useCache = useCache;
    EXPECT_EQ(generateGreedy(*model, prompts, options, StopToken{}), wanted) << "cache " << useCache;
    for (std::size_t i = 0; i < prompts.size(); ++i)
      EXPECT_EQ(generateGreedy(*model, {prompts[i]}, options, StopToken{}).front(), wanted[i]);
  }
  if (const Json* stop = generation.find("stop_example")) {
    options.endIds = idsOf(stop->at("stop_ids"));
    const auto row = static_cast<std::size_t>(stop->at("row").asInt());
    EXPECT_EQ(generateGreedy(*model, prompts, options, StopToken{})[row], idsOf(stop->at("kept_ids")));
  }
}

// What a row gives does not depend on its neighbours, on padding, or on whether it was read in two parts.
TEST_P(Golden, ABatchAgreesWithItsRowsAndPartsWithTheWhole) {
  const c10::NoGradGuard noGrad;
  const auto model = attach("untuned");
  const ModelInput input = golden::input(named("right_pad"));
  const at::Tensor together = model->logits(model->hidden(input));
  for (std::int64_t b = 0; b < input.ids.size(0); ++b) {
    ModelInput row;
    const std::int64_t length = input.mask[b].sum().item<std::int64_t>();
    row.ids = input.ids.slice(0, b, b + 1).slice(1, 0, length);
    at::Tensor mine = together.slice(0, b, b + 1);
    if (decodes())
      row.decoderIds = input.decoderIds.slice(0, b, b + 1);
    else
      mine = mine.slice(1, 0, length);
    const at::Tensor whole = model->logits(model->hidden(row));
    EXPECT_LT(noted("batch", golden::gap(whole, mine)), 1e-4);

    DecoderCache cache;
    ModelInput first = row, second = row;
    at::Tensor& ids = decodes() ? row.decoderIds : row.ids;
    const std::int64_t half = ids.size(1) / 2;
    (decodes() ? first.decoderIds : first.ids) = ids.slice(1, 0, half);
    (decodes() ? second.decoderIds : second.ids) = ids.slice(1, half);
    const at::Tensor a = model->logits(model->hidden(first, &cache));
    const at::Tensor z = model->logits(model->hidden(second, &cache));
    EXPECT_LT(noted("cache", golden::gap(at::cat({a, z}, 1), whole)), 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Golden,
                         testing::Values("llama_tied", "llama_gqa", "llama_rope3", "llama_sharded",
                                         "llama_fp16", "llama_bf16", "mistral", "qwen2", "qwen2_window",
                                         "qwen3", "gpt2", "t5_v10", "t5_v11", "t5_v11_config5"),
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
    EXPECT_LT(
        golden::noted("llama_cls", "logits." + name, golden::gap(logits, expected.at(name + ".logits"))),
        1e-4)
        << name;
    ++compared;
  }
  EXPECT_GT(compared, 1);
}

}  // namespace golden_test
}  // namespace attune

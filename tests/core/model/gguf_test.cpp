#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/gguf.h"
#include "core/base/hash.h"
#include "core/method/tuned_model.h"
#include "core/model/catalog.h"
#include "core/model/gguf_blocks.h"
#include "core/model/gguf_weights.h"
#include "tests/support/golden.h"

// GGUF files against the gguf package's dequantiser and transformers: values to one unit in the last place
// (their sums to 1e-6 relative), logits to 1e-4.
namespace attune {
namespace gguf_test {

class GgufGolden : public testing::Test {
 protected:
  void SetUp() override {
    ATTUNE_NEEDS_FIXTURE(fixture("gguf/cases.json"));
    cases_ = readJson(fixture("gguf/cases.json"));
    expected_ = readSafetensors(fixture("gguf/expected.safetensors").string());
  }
  static std::string path(const Json& c) { return fixture("gguf/" + c.at("file").asString()).string(); }

  Json cases_;
  TensorMap expected_;
};

TEST_F(GgufGolden, MetadataYieldTheConfig) {
  for (const Json& c : cases_.at("files").items()) {
    const std::string file = c.at("file").asString();
    const ModelConfig config = readModelConfig(path(c));
    const Json& want = c.at("config");
    EXPECT_EQ(config.vocabulary, want.at("vocab_size").asInt()) << file;
    EXPECT_EQ(config.hidden, want.at("hidden_size").asInt()) << file;
    EXPECT_EQ(config.feedForward, want.at("intermediate_size").asInt()) << file;
    EXPECT_EQ(config.layers, want.at("num_hidden_layers").asInt()) << file;
    EXPECT_EQ(config.heads, want.at("num_attention_heads").asInt()) << file;
    EXPECT_EQ(config.keyValueHeads, want.at("num_key_value_heads").asInt()) << file;
    EXPECT_NEAR(config.normEpsilon, want.at("rms_norm_eps").asDouble(), 1e-12) << file;
    EXPECT_EQ(config.tied, want.at("tie_word_embeddings").asBool()) << file;
    if (want.has("head_dim")) EXPECT_EQ(config.headDim, want.at("head_dim").asInt()) << file;
  }
}

TEST_F(GgufGolden, EveryTensorHasItsValues) {
  int compared = 0, exact = 0;
  for (const Json& c : cases_.at("files").items()) {
    const auto file = std::make_shared<const GgufFile>(path(c));
    const auto weights = openGgufWeights(file);
    for (const Json& t : c.at("tensors").items()) {
      const std::string name = t.at("name").asString();
      if (name.empty() || !weights->find(name)) {
        EXPECT_EQ(t.at("gguf").asString(), "rope_freqs.weight");
        continue;
      }
      EXPECT_EQ(weights->find(name)->type, t.at("type").asString()) << name;
      std::vector<std::int64_t> shape = idsOf(t.at("shape"));
      std::vector<Diagnostic> warnings;
      const at::Tensor values = weights->load({{name, shape}}, warnings).at(name);
      const double total = t.at("abs_sum").asDouble();
      EXPECT_NEAR(values.to(at::kDouble).abs().sum().item<double>(), total, 1e-6 * total) << name;
      EXPECT_NEAR(values.to(at::kDouble).sum().item<double>(), t.at("sum").asDouble(), 1e-6 * total) << name;
      const at::Tensor plain = values.contiguous();
      const std::string bytes(static_cast<const char*>(plain.data_ptr()),
                              static_cast<std::size_t>(plain.numel()) * sizeof(float));
      if (sha256(bytes) == t.at("sha256_fp32").asString()) ++exact;
      if (const auto full = expected_.find(c.at("file").asString() + ":" + name); full != expected_.end())
        EXPECT_LT(golden::gap(values, full->second), 1e-6) << name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 200);
  EXPECT_EQ(exact, compared);  // to the last bit
}

TEST_F(GgufGolden, GivesTheLogits) {
  const c10::NoGradGuard noGrad;
  for (const Json& c : cases_.at("files").items()) {
    const std::string file = c.at("file").asString();
    std::vector<Diagnostic> warnings;
    const TunedModel model(openModel(path(c), warnings));
    EXPECT_TRUE(warnings.empty());
    ModelInput input;
    input.ids = golden::matrix(c.at("input_ids"));
    const at::Tensor logits = model.logits(model.hidden(input));
    EXPECT_LT(golden::noted("gguf " + file, "logits", golden::gap(logits, expected_.at(file + ":logits"))),
              1e-4);
  }
}

TEST(GgufBlocks, EveryTypeGivesTheValuesOfItsBlocks) {
  ATTUNE_NEEDS_FIXTURE(fixture("gguf/blocks.safetensors"));
  const TensorMap blocks = readSafetensors(fixture("gguf/blocks.safetensors").string());
  int compared = 0;
  for (const auto& [name, raw] : blocks) {
    const auto dot = name.rfind('.');
    const std::string type = name.substr(0, dot), kind = name.substr(dot + 1);
    if (kind != "raw" && kind != "bits") continue;
    const at::Tensor want = blocks.at(type + ".values").to(at::kFloat).flatten();
    std::uint32_t id = 999;
    for (std::uint32_t i = 0; i < 50; ++i)
      if (const GgufType* t = ggufType(i); t && t->name == type) id = i;
    ASSERT_NE(id, 999u) << type;
    if (!ggufType(id)->readable) continue;
    at::Tensor bytes = raw.contiguous();
    if (kind == "bits") bytes = bytes.to(at::kShort);  // two bytes a number
    at::Tensor found = at::empty({want.numel()}, at::kFloat);
    dequantise(id, bytes.data_ptr(), want.numel(), found.data_ptr<float>());
    EXPECT_TRUE(at::allclose(found, want, 1e-6, 1e-7, /*equal_nan=*/true)) << type;
    ++compared;
  }
  EXPECT_GE(compared, 12);
}

// The golden vectors of the format's description: bytes by a formula, sums worked out by another program.
TEST(GgufBlocks, GiveTheSumsOfTheDescription) {
  struct Vector {
    const char* type;
    int scaleAt, minimumAt;  // -1: none
    double sum, weighted;
  };
  for (const Vector& v : {Vector{"Q4_0", 0, -1, -16.5, -399.5},
                          {"Q4_1", 0, 2, 120.5, 1865},
                          {"Q5_0", 0, -1, -22.5, -592.5},
                          {"Q5_1", 0, 2, 258.5, 4156},
                          {"Q8_0", 0, -1, -24, -344},
                          {"Q2_K", 80, 82, 1021.5, 125495},
                          {"Q3_K", 108, -1, 117, 17373},
                          {"Q4_K", 0, 2, 26676, 3684684},
                          {"Q5_K", 0, 2, 55036, 7452252},
                          {"Q6_K", 208, -1, -7422, -814064}}) {
    const GgufType* type = nullptr;
    for (std::uint32_t i = 0; i < 50; ++i)
      if (const GgufType* t = ggufType(i); t && std::string(t->name) == v.type) type = t;
    ASSERT_NE(type, nullptr);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(type->bytes));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(73 * i + 41);
    const auto set = [&](int at, std::uint8_t high) {
      if (at < 0) return;
      bytes[static_cast<std::size_t>(at)] = 0;
      bytes[static_cast<std::size_t>(at) + 1] = high;
    };
    set(v.scaleAt, 0x38);    // 0.5
    set(v.minimumAt, 0x34);  // 0.25
    std::vector<float> y(static_cast<std::size_t>(type->block));
    dequantise(type->id, bytes.data(), type->block, y.data());
    double sum = 0, weighted = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      sum += y[i];
      weighted += static_cast<double>(i + 1) * y[i];
    }
    EXPECT_DOUBLE_EQ(sum, v.sum) << v.type;
    EXPECT_DOUBLE_EQ(weighted, v.weighted) << v.type;
  }
}

TEST(BadGguf, EndsAsTheIndexSays) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Json index = readJson(fixture("bad/index.json"));
  int seen = 0;
  for (const Json& entry : index.items()) {
    const std::string path = entry.at("path").asString();
    if (!path.starts_with("gguf/")) continue;
    ++seen;
    std::string said;
    try {
      std::vector<Diagnostic> warnings;
      openModel(fixture("bad/" + path).string(), warnings);
      EXPECT_NE(entry.at("action").asString(), "refuse") << path;
    } catch (const Error& e) {
      said = e.what();
      EXPECT_EQ(entry.at("action").asString(), "refuse") << path << ": " << said;
      EXPECT_FALSE(e.hint().empty()) << path;
      EXPECT_EQ(e.file(), fixture("bad/" + path).string()) << path << ": " << said;
      EXPECT_TRUE(e.kind() == ErrorKind::kInvalidInput || e.kind() == ErrorKind::kUnsupported) << path;
    }
    if (const Json* names = entry.find("names"))
      for (const Json& name : names->items())
        EXPECT_NE(said.find(name.asString()), std::string::npos) << path << ": " << said;
  }
  EXPECT_GT(seen, 20);
}

}  // namespace gguf_test
}  // namespace attune

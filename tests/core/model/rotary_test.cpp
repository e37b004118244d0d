#include "core/model/rotary.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/model/config_reader.h"
#include "core/model/relative_bias.h"
#include "tests/support/shared.h"

namespace attune {
namespace rotary_test {

// Every kind of scaling through the config as a file has it; frequencies to 1e-6 relative.
TEST(Rotary, GivesTheFrequenciesOfEveryKind) {
  ATTUNE_NEEDS_FIXTURE(fixture("models/rope.json"));
  int compared = 0;
  const Json cases = readJson(fixture("models/rope.json"));
  for (const Json& c : cases.items()) {
    ModelConfig config;
    config.headDim = c.at("head_dim").asInt();
    config.context = c.at("max_position_embeddings").asInt();
    const Json file = Json().set("rope_theta", c.at("rope_theta")).set("rope_scaling", c.at("rope"));
    ConfigReader(file, "rope.json").rope(config);
    const at::Tensor found = rotaryFrequencies(config, c.at("length").asInt());
    const auto& wanted = c.at("inv_freq").items();
    ASSERT_EQ(found.numel(), static_cast<std::int64_t>(wanted.size()));
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(found[static_cast<std::int64_t>(i)].item<double>(), wanted[i].asDouble(),
                  1e-6 * wanted[i].asDouble())
          << c.at("rope").dump() << " frequency " << i;
    EXPECT_NEAR(config.rope.attentionFactor, c.at("attention_factor").asDouble(), 1e-6)
        << c.at("rope").dump();
    ++compared;
  }
  EXPECT_GE(compared, 5);
}

TEST(RelativeBias, PutsEveryDistanceIntoItsBucket) {
  ATTUNE_NEEDS_FIXTURE(fixture("models/t5_buckets.json"));
  int compared = 0;
  const Json cases = readJson(fixture("models/t5_buckets.json"));
  for (const Json& c : cases.items()) {
    const at::Tensor distance = at::arange(c.at("first").asInt(), c.at("last").asInt() + 1, at::kLong);
    const at::Tensor found = relativeBuckets(distance, c.at("bidirectional").asBool(),
                                             c.at("num_buckets").asInt(), c.at("max_distance").asInt());
    const auto& wanted = c.at("buckets").items();
    ASSERT_EQ(found.numel(), static_cast<std::int64_t>(wanted.size()));
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_EQ(found[static_cast<std::int64_t>(i)].item<std::int64_t>(), wanted[i].asInt());
    ++compared;
  }
  EXPECT_GT(compared, 1);
}

}  // namespace rotary_test
}  // namespace attune

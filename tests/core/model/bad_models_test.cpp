#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/base/error.h"
#include "core/base/seed.h"
#include "core/model/safetensors.h"
#include "core/run/open_base.h"
#include "tests/support/shared.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace bad_models_test {

TEST(BadModels, EndAsTheIndexSays) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Json index = readJson(fixture("bad/index.json"));
  int seen = 0;
  for (const Json& entry : index.items()) {
    const std::string path = entry.at("path").asString();
    if (!path.starts_with("models/")) continue;
    ++seen;
    const std::string action = entry.at("action").asString();
    std::string said;
    try {
      const OpenedBase base = openBase(fixture("bad/" + path).string());
      for (const Diagnostic& d : base.warnings) said += d.message;
      EXPECT_NE(action, "refuse") << path;
      EXPECT_EQ(action == "warn", !base.warnings.empty()) << path;
    } catch (const Error& e) {
      said = e.what();
      EXPECT_EQ(action, "refuse") << path << ": " << said;
      EXPECT_FALSE(e.hint().empty()) << path;
      EXPECT_NE(said.find(fixture("bad").string()), std::string::npos)
          << path << ": the file is not named: " << said;
      EXPECT_TRUE(e.kind() == ErrorKind::kInvalidInput || e.kind() == ErrorKind::kUnsupported ||
                  e.kind() == ErrorKind::kNotFound)
          << path;
    }
    if (const Json* tensor = entry.find("tensor"))
      EXPECT_NE(said.find(tensor->asString()), std::string::npos) << path << ": " << said;
    // A tokenizer.json is refused as a whole so far; its parts cannot be named.
    if (const Json* names = entry.find("names"); names && path != "models/tokenizer_json_unknown_part")
      for (const Json& name : names->items())
        EXPECT_NE(said.find(name.asString()), std::string::npos) << path << ": " << said;
  }
  EXPECT_GT(seen, 30);
}

TEST(Safetensors, WritesEqualMapsToEqualBytesAndReadsThemBack) {
  const TemporaryFolder folder;
  const TensorMap tensors{{"b", at::arange(6, at::kFloat).view({2, 3})},
                          {"a", at::ones({3}, at::kHalf)},
                          {"c", at::ones({2, 2}, at::kLong)},
                          {"scalar", at::full({}, 7.0, at::kDouble)},
                          {"empty", at::zeros({0, 4}, at::kFloat)}};
  writeSafetensors(folder.path("x"), tensors);
  writeSafetensors(folder.path("y"), tensors);
  EXPECT_EQ(readFile(folder.path("x")), readFile(folder.path("y")));
  const TensorMap back = readSafetensors(folder.path("x"));
  ASSERT_EQ(back.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(at::equal(back.at(name), tensor)) << name;
  const SafetensorsHeader header = readSafetensorsHeader(folder.path("x"));
  EXPECT_EQ(header.dataStart % 8, 0);
}

// The low byte of this header's length is 0x80, with which pickles begin too.
TEST(Safetensors, OpensAFileThatBeginsLikeAPickle) {
  const TemporaryFolder folder;
  for (int length = 1; length < 400; ++length) {
    writeSafetensors(folder.path("x"), {{std::string(static_cast<std::size_t>(length), 'n'), at::ones({1})}});
    const std::string content = readFile(folder.path("x"));
    EXPECT_EQ(readSafetensors(folder.path("x")).size(), 1u);
    if (static_cast<unsigned char>(content[0]) == 0x80) return;
  }
  FAIL() << "no header had that length";
}

// Bytes flipped, inserted, cut off and lengths enlarged: an error that names the file, or a right answer.
TEST(Safetensors, SurvivesEveryMutation) {
  const TemporaryFolder folder;
  const std::string file = folder.path("m.safetensors");
  writeSafetensors(file, {{"weight", at::ones({4, 4})}, {"bias", at::zeros({4})}});
  const std::string good = readFile(file);
  Random random(Seed{11});
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bad = good;
    switch (random.below(4)) {
      case 0:
        bad[random.below(bad.size())] = static_cast<char>(random.below(256));
        break;
      case 1:
        bad.resize(random.below(bad.size()));
        break;
      case 2:
        bad.insert(random.below(bad.size()), 1, static_cast<char>(random.below(256)));
        break;
      default:
        for (int i = 0; i < 8; ++i) bad[static_cast<std::size_t>(i)] = static_cast<char>(random.below(256));
    }
    std::ofstream(file, std::ios::binary).write(bad.data(), static_cast<std::streamsize>(bad.size()));
    try {
      const TensorMap tensors = readSafetensors(file);
      EXPECT_LE(tensors.size(), 2u);
    } catch (const Error& e) {
      EXPECT_EQ(e.file(), file) << e.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 1500);
}

}  // namespace bad_models_test
}  // namespace attune

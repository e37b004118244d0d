// Logits of whole models and of adapters against the golden numbers, through the program's files alone.

#include <cmath>
#include <filesystem>

#include "tests/support/cli_safetensors.h"
#include "tests/support/cli_test.h"

namespace attune::cli {
namespace {

constexpr double kTolerance = 1e-4;  // absolute; the logits are of order 1 to 20

// The cases carry no name in the adapters' files: they are "plain" and "right_pad" in this order.
std::string caseName(const Json& item, std::size_t i) {
  return item.stringOr("name", i == 0 ? "plain" : i == 1 ? "right_pad" : "left_pad");
}

void expectGoldenLogits(const std::string& folder, const std::string& model, const std::string& adapter) {
  SCOPED_TRACE(folder);
  const Place place;
  const Json cases = readJson(fixture(folder + "/cases.json")).at("cases");
  const auto expected = readFloatTensors(fixture(folder + "/expected.safetensors").string());
  std::vector<std::vector<std::string>> commands;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < cases.items().size(); ++i) {
    const Json& item = cases.items()[i];
    const std::string name = caseName(item, i);
    if (!expected.contains(name + ".logits")) continue;
    names.push_back(name);
    place.write(name + ".json", item.dump());
    std::vector<std::string> words{
        "forward", "--base", model, "--ids", name + ".json", "--out", name + ".safetensors", "--json"};
    if (!adapter.empty()) words.insert(words.end(), {"--adapter", adapter});
    commands.push_back(words);
  }
  ASSERT_GE(commands.size(), 2u);
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    ASSERT_EQ(results[i].exitCode, 0) << results[i].err;
    const Json json = document(results[i], "forward");
    EXPECT_EQ(json.stringOr("file", ""), names[i] + ".safetensors");
    const auto found = readFloatTensors(place.path(names[i] + ".safetensors"));
    ASSERT_TRUE(found.contains("logits"));
    const FloatTensor& logits = found.at("logits");
    const FloatTensor& golden = expected.at(names[i] + ".logits");
    ASSERT_EQ(logits.shape, golden.shape);
    double worst = 0;
    for (std::size_t k = 0; k < golden.values.size(); ++k) {
      ASSERT_TRUE(std::isfinite(logits.values[k]));
      worst = std::max(
          worst, std::abs(static_cast<double>(logits.values[k]) - static_cast<double>(golden.values[k])));
    }
    EXPECT_LE(worst, kTolerance);
  }
}

TEST(Forward, EqualsTheGoldenLogitsOfEveryModel) {
  ATTUNE_NEEDS_FIXTURE(fixture("models"));
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixture("models"))) {
    const std::string name = entry.path().filename().string();
    if (!std::filesystem::is_directory(entry.path() / "model")) continue;
    if (name == "bert_plain" || name == "bert_old_names")
      continue;  // no logits: states, tested in the engine
    ++seen;
    expectGoldenLogits("models/" + name, (entry.path() / "model").string(), "");
  }
  EXPECT_GE(seen, 15);
}

TEST(Forward, ReadsGgufFiles) {
  ATTUNE_NEEDS_FIXTURE(fixture("gguf/cases.json"));
  const Place place;
  const Json files = readJson(fixture("gguf/cases.json")).at("files");
  const auto expected = readFloatTensors(fixture("gguf/expected.safetensors").string());
  for (const Json& c : files.items()) {
    const std::string name = c.at("file").asString();
    if (name != "llama-q4_k_m.gguf" && name != "qwen2-q8_0.gguf" && name != "llama-llama3-rope.gguf")
      continue;
    place.write("ids.json", Json().set("input_ids", c.at("input_ids")).dump());
    const Result result = place.run({"forward", "--base", fixture("gguf/" + name).string(), "--ids",
                                     "ids.json", "--out", "out.safetensors"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const FloatTensor found = readFloatTensors(place.path("out.safetensors")).at("logits");
    const FloatTensor& golden = expected.at(name + ":logits");
    ASSERT_EQ(found.shape, golden.shape);
    for (std::size_t k = 0; k < golden.values.size(); ++k)
      ASSERT_NEAR(found.values[k], golden.values[k], kTolerance) << name;
  }
}

TEST(Forward, EqualsTheGoldenLogitsWithAnAdapter) {
  ATTUNE_NEEDS_FIXTURE(fixture("adapters"));
  for (const char* name : {"llama_gqa-lora", "llama_gqa-prompt"})
    expectGoldenLogits(std::string("adapters/") + name, fixture("models/llama_gqa/model").string(),
                       fixture(std::string("adapters/") + name + "/adapter").string());
}

TEST(Forward, RefusesIdsThatItCannotUse) {
  ATTUNE_NEEDS_FIXTURE(fixture("models"));
  const Place place;
  const std::string base = fixture("models/llama_tied/model").string();
  const std::vector<std::string> bad{
      "",                                                      // nothing
      "{\"input_ids\": [[1, 2], [3]]}",                        // ragged
      "{\"input_ids\": []}",                                   // no rows
      "{\"input_ids\": [[1.5]]}",                              // no whole number
      "{\"input_ids\": [[99999999]]}",                         // beyond the vocabulary
      "{\"input_ids\": [[-1]]}",                               // below it
      "{\"input_ids\": [[1, 2]], \"attention_mask\": [[1]]}",  // sizes differ
      "[[1, 2]]",                                              // no object
      "{\"ids\": [[1, 2]]}",                                   // no input_ids
  };
  std::vector<std::vector<std::string>> commands;
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const std::string file = place.write("bad" + std::to_string(i) + ".json", bad[i]);
    commands.push_back({"forward", "--base", base, "--ids", file, "--out", "out.safetensors", "--json"});
  }
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    SCOPED_TRACE(bad[i]);
    const Json error = expectError(results[i], 3, "invalid_input");
    EXPECT_NE(error.stringOr("message", "").find("bad" + std::to_string(i) + ".json"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(place.path("out.safetensors")));
  expectError(
      place.run({"forward", "--base", base, "--ids", "absent.json", "--out", "out.safetensors", "--json"}), 3,
      "not_found");
}

}  // namespace
}  // namespace attune::cli

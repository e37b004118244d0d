// Models converted to a folder, and models tuned from a GGUF file opened again.

#include <filesystem>

#include "tests/support/cli_project.h"
#include "tests/support/shared.h"

namespace attune::cli {
namespace {

TEST(Convert, WritesAFolderThatTokenizesAndIsListed) {
  const auto gguf = fixture("gguf/llama-f32.gguf");
  ATTUNE_NEEDS_FIXTURE(gguf);
  const Place place;
  const std::string out = place.path("model");
  const Result result = place.run({"convert", gguf.string(), "--out", out, "--json"});
  ASSERT_EQ(result.exitCode, 0) << result.err;
  std::size_t listed = 0;
  const Json answer = document(result, "convert");
  for (const Json& file : answer.at("files").items()) {
    EXPECT_TRUE(std::filesystem::exists(file.at("path").asString())) << file.dump();
    ++listed;
  }
  EXPECT_GE(listed, 4u);
  const auto idsOf = [&](const std::string& base) {
    return place.run({"tokenize", "--base", base, "--text", "Hello there", "--json"});
  };
  const auto itemsOf = [](const Result& ids) { return document(ids, "tokenize").at("items").dump(); };
  const Result before = idsOf(gguf.string()), after = idsOf(out);
  EXPECT_EQ(after.exitCode, 0) << after.err;
  EXPECT_EQ(itemsOf(after), itemsOf(before));

  expectError(place.run({"convert", gguf.string(), "--out", out, "--json"}), 2);  // not empty any more
}

TEST(Convert, AModelTunedFromAGgufFileAnswersFromItsRun) {
  const auto gguf = fixture("gguf/llama-f32.gguf");
  ATTUNE_NEEDS_FIXTURE(gguf);
  const Place place;
  const std::string data = place.write("messages.csv", fewMessages(90));
  Options options;
  options.seconds = 150;
  const Result compared =
      place.run({"compare", "--project", "p.attune", "--data", data, "--methods", "full", "--max-steps", "2",
                 "--train-rows", "16", "--seeds", "1", "--base", gguf.string(), "--json"},
                options);
  ASSERT_EQ(compared.exitCode, 0) << compared.err;
  const Json run = runOf(document(compared, "compare"), "full", 1);
  const std::string texts = place.write("new.csv", "text\nwhere is my parcel\n");
  const Result predicted = place.run({"predict", "--project", "p.attune", "--run",
                                      std::to_string(run.at("id").asInt()), "--data", texts, "--json"});
  EXPECT_EQ(predicted.exitCode, 0) << predicted.err;
}

}  // namespace
}  // namespace attune::cli

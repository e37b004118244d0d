#include "core/run/convert.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/run/open_base.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

// Converted models give the logits that the model gave before; against transformers to 1e-4.
namespace attune {
namespace convert_test {

at::Tensor logitsOf(const LanguageModel& model, const ModelInput& input) {
  const c10::NoGradGuard noGrad;
  return model.logits(model.hidden(input));
}

OpenedModel plain(const std::string& path) {
  return openTuned("", [&] { return openBase(path); });
}

std::size_t entries(const std::string& folder) {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++n;
  return n;
}

TEST(Convert, EveryGgufFixtureBecomesAFolderThatAnswersTheSame) {
  ATTUNE_NEEDS_FIXTURE(fixture("gguf/cases.json"));
  const Json cases = readJson(fixture("gguf/cases.json"));
  const TensorMap expected = readSafetensors(fixture("gguf/expected.safetensors").string());
  for (const Json& c : cases.at("files").items()) {
    const std::string file = c.at("file").asString(), from = fixture("gguf/" + file).string();
    const TemporaryFolder out;
    const std::vector<std::string> names = convertModel({from, "", out.path("model/")});
    EXPECT_EQ(entries(out.path()), 1u) << file;  // nothing beside it
    EXPECT_EQ(entries(out.path("model")), names.size()) << file;
    ModelInput input;
    input.ids = golden::matrix(c.at("input_ids"));
    const at::Tensor logits = logitsOf(*plain(out.path("model")).model, input);
    EXPECT_TRUE(at::equal(logits, logitsOf(*plain(from).model, input))) << file;
    EXPECT_LT(golden::gap(logits, expected.at(file + ":logits")), 1e-4) << file;
    const Json config = readJson(out.path("model/config.json"));
    if (file == "llama-llama3-rope.gguf")  // said in the words that other programs know
      EXPECT_EQ(config.at("rope_parameters").at("rope_type").asString(), "llama3");
  }
}

TEST(Convert, MergesAnAdapterThatPeftWrote) {
  const auto adapter = fixture("adapters/llama_gqa-lora");
  ATTUNE_NEEDS_FIXTURE(adapter);
  const TemporaryFolder out;
  convertModel({fixture("models/llama_gqa/model").string(), (adapter / "adapter").string(), out.path("m")});
  const OpenedModel merged = plain(out.path("m"));
  const TensorMap expected = readSafetensors((adapter / "expected.safetensors").string());
  int compared = 0;
  const Json cases = readJson(adapter / "cases.json");
  for (const Json& c : cases.at("cases").items()) {
    const ModelInput input = golden::input(c);
    const at::Tensor logits = logitsOf(*merged.model, input) * input.mask.unsqueeze(-1);
    EXPECT_LT(golden::gap(logits, expected.at(c.at("name").asString() + ".logits")), 1e-4);
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

TEST(Convert, RefusesWhatCannotBeDoneAndLeavesNothing) {
  ATTUNE_NEEDS_FIXTURE(fixture("adapters/llama_gqa-prompt"));
  const std::string base = fixture("models/llama_gqa/model").string();
  const TemporaryFolder out;
  try {
    convertModel({base, fixture("adapters/llama_gqa-prompt/adapter").string(), out.path("m")});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kUnsupported);
    EXPECT_NE(std::string(e.what()).find("no place in the model's own weights"), std::string::npos);
  }
  EXPECT_EQ(entries(out.path()), 0u);
  writeFileAtomically(out.path("full/mine.txt"), "mine");
  EXPECT_THROW(convertModel({base, "", out.path("full")}), Error);
  EXPECT_EQ(readFile(out.path("full/mine.txt")), "mine");
  EXPECT_EQ(entries(out.path("full")), 1u);
}

}  // namespace convert_test
}  // namespace attune

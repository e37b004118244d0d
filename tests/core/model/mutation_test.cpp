// Parsers of models on damaged input: an error that says what is wrong, or a right answer.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/method/peft_folder.h"
#include "core/model/catalog.h"
#include "tests/support/mutate.h"
#include "tests/support/shared.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace model_mutation_test {

class ModelMutations : public testing::Test {
 protected:
  // Opens copies of a model folder in which one file is damaged.
  void model(const std::string& name, const std::string& damaged, std::uint64_t seed) {
    const auto from = fixture("models/" + name + "/model");
    ATTUNE_NEEDS_FIXTURE(from);
    std::filesystem::copy(from, folder_.path("m"), std::filesystem::copy_options::recursive);
    std::filesystem::permissions(folder_.path("m"), std::filesystem::perms::owner_all);
    const std::string file = folder_.path("m/" + damaged);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    const std::string good = readFile(file);
    const int refused = survivesMutations(good, file, seed, [&] {
      std::vector<Diagnostic> warnings;
      openModel(folder_.path("m"), warnings);
    });
    EXPECT_GT(refused, 0);
  }

  TemporaryFolder folder_;
};

TEST_F(ModelMutations, Safetensors) { model("llama_bf16", "model.safetensors", 21); }
TEST_F(ModelMutations, ShardIndex) { model("llama_sharded", "model.safetensors.index.json", 22); }
TEST_F(ModelMutations, LlamaConfig) { model("llama_rope3", "config.json", 23); }
TEST_F(ModelMutations, BertConfig) { model("bert_cls", "config.json", 24); }
TEST_F(ModelMutations, T5Config) { model("t5_v11", "config.json", 25); }

TEST_F(ModelMutations, GgufModel) {
  const auto from = fixture("gguf/llama-q4_0.gguf");
  ATTUNE_NEEDS_FIXTURE(from);
  survivesMutations(readFile(from.string()), folder_.path("m.gguf"), 26, [&] {
    std::vector<Diagnostic> warnings;
    openModel(folder_.path("m.gguf"), warnings);
  });
}

// Every kind of adapter has a parser of its own.
class AdapterMutations : public testing::TestWithParam<const char*> {};

TEST_P(AdapterMutations, Config) {
  const auto from = fixture(std::string("adapters/llama_gqa-") + GetParam() + "/adapter");
  ATTUNE_NEEDS_FIXTURE(from);
  const TemporaryFolder folder;
  std::vector<Diagnostic> warnings;
  const auto base = openModel(fixture("models/llama_gqa/model").string(), warnings);
  std::filesystem::copy(from / "adapter_model.safetensors", folder.path("adapter_model.safetensors"));
  survivesMutations(readFile((from / "adapter_config.json").string()), folder.path("adapter_config.json"), 27,
                    [&] { openAdapter(folder.path(), base); });
}

INSTANTIATE_TEST_SUITE_P(Kinds, AdapterMutations,
                         testing::Values("lora", "lora_rs_patterns", "lora_regex_exclude", "lora_embedding",
                                         "lora_lm_head", "dora", "adalora", "ia3", "layernorm", "beft",
                                         "vera", "oft", "oft_exact", "prompt", "ptuning_mlp", "prefix"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace model_mutation_test
}  // namespace attune

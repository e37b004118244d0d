// Parsers without torch on damaged input: an error that says what is wrong, or a right answer; never a crash,
// a hang or an allocation from an unchecked number.

#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/gguf.h"
#include "core/data/import.h"
#include "core/token/tokenizer.h"
#include "tests/support/mutate.h"
#include "tests/support/shared.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace {

class Mutations : public testing::Test {
 protected:
  // Copies the other files that a tokenizer needs, then damages one.
  void tokenizer(const std::string& folder, const std::string& damaged, std::uint64_t seed,
                 const std::vector<std::string>& others = {}) {
    const auto from = fixture(folder);
    if (!std::filesystem::exists(from / damaged)) GTEST_SKIP() << "golden numbers not found at " << from;
    for (const std::string& name : others) std::filesystem::copy(from / name, folder_.path(name));
    const int refused =
        survivesMutations(readFile((from / damaged).string()), folder_.path(damaged), seed, [&] {
          const auto opened = openTokenizer(folder_.path());
          opened->decode(
              opened->encode("The 12 cafés, naïve: <|im_end|> \xE4\xBD\xA0", SpecialTokens::kRecognise),
              true);
        });
    EXPECT_GT(refused, 0);
  }

  TemporaryFolder folder_;
};

TEST_F(Mutations, GgufHeader) {
  ATTUNE_NEEDS_FIXTURE(fixture("gguf/llama-q4_k_m.gguf"));
  const std::string whole = readFile(fixture("gguf/llama-q4_k_m.gguf").string());
  const int refused =
      survivesMutations(whole, folder_.path("m.gguf"), 1, [&] { GgufFile(folder_.path("m.gguf")); });
  EXPECT_GT(refused, mutationCount() / 10);
}

TEST_F(Mutations, GgufVocabulary) {
  ATTUNE_NEEDS_FIXTURE(fixture("gguf/qwen2-f16.gguf"));
  // The header alone, so that damage meets it more often than the weights.
  const std::string good = readFile(fixture("gguf/qwen2-f16.gguf").string());
  survivesMutations(good, folder_.path("v.gguf"), 2,
                    [&] { openTokenizer(folder_.path("v.gguf"))->encode("Hello 12"); });
}

TEST_F(Mutations, TokenizerJson) { tokenizer("tokenizers/byte_llama3", "tokenizer.json", 3); }
TEST_F(Mutations, Merges) { tokenizer("tokenizers/byte_gpt2", "merges.txt", 4, {"vocab.json"}); }
TEST_F(Mutations, VocabJson) { tokenizer("tokenizers/byte_gpt2", "vocab.json", 5, {"merges.txt"}); }
TEST_F(Mutations, SentencePieceModel) { tokenizer("models/llama_tied/model", "tokenizer.model", 6); }
TEST_F(Mutations, TokenizerConfig) {
  std::filesystem::create_directories(folder_.path());
  const auto model = fixture("tokenizers/sp_bpe/tokenizer.model");
  ATTUNE_NEEDS_FIXTURE(model);
  std::filesystem::copy(model, folder_.path("tokenizer.model"));
  tokenizer("tokenizers/sp_bpe_added", "tokenizer_config.json", 7);
}

TEST_F(Mutations, VocabText) {
  const auto vocab = fixture("models/bert_plain/model/vocab.txt");
  ATTUNE_NEEDS_FIXTURE(vocab);
  survivesMutations(readFile(vocab.string()), folder_.path("vocab.txt"), 8,
                    [&] { openTokenizer(folder_.path())->encode("It is a dull, thin film."); });
}

TEST_F(Mutations, CsvAndJsonLines) {
  const std::string csv = "text,label\n\"one, two\",a\n\"three \"\"x\"\"\nfour\",b\nfive,a\nsix,b\n";
  survivesMutations(csv, folder_.path("m.csv"), 9, [&] { importDataset(folder_.path("m.csv")); });
  const std::string lines =
      "{\"text\": \"one \\u00e9\", \"label\": \"a\"}\n{\"text\": \"two\", \"label\": \"b\"}\n";
  survivesMutations(lines, folder_.path("m.jsonl"), 10, [&] { importDataset(folder_.path("m.jsonl")); });
}

}  // namespace
}  // namespace attune

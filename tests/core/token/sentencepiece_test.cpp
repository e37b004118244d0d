#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/token/sentencepiece.h"
#include "tests/support/shared.h"
#include "tests/support/temporary_folder.h"

namespace attune {

TEST(SentencePiece, GivesTheIdsAndTextsOfTheLibraryForEveryString) {
  const auto folder = fixture("tokenizers/sp_bpe");
  ATTUNE_NEEDS_FIXTURE(folder);
  const auto tokenizer = openSentencePiece((folder / "tokenizer.model").string(), true);
  int compared = 0;
  const Json json = readJson(folder / "cases.json");
  for (const Json& c : json.at("cases").items()) {
    std::string text;
    const std::string& hex = c.at("utf8").asString();
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
      text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    std::vector<std::int64_t> want;
    for (const Json& id : c.at("ids").items()) want.push_back(id.asInt());
    EXPECT_EQ(tokenizer->encode(text), want) << c.at("text").dump();
    EXPECT_EQ(tokenizer->decode(want), c.at("decoded").asString()) << c.at("text").dump();
    ++compared;
  }
  EXPECT_EQ(compared, json.at("count").asInt());
}

TEST(SentencePiece, PutsBosInFrontOnlyWhereTheModelExpectsIt) {
  const std::string file = std::string(ATTUNE_SOURCE_DIR) + "/resources/base/tokenizer.model";
  EXPECT_EQ(openSentencePiece(file, true)->encodeInput("hello").front(), 1);
  EXPECT_EQ(openSentencePiece(file, false)->encodeInput("hello"),
            openSentencePiece(file, true)->encode("hello"));
}

TEST(SentencePiece, NamesADamagedFile) {
  const TemporaryFolder folder;
  const std::string file = folder.path("tokenizer.model");
  for (const std::string& content : {std::string(), std::string("not a model"), std::string(100, '\xff')}) {
    writeFileAtomically(file, content);
    try {
      openTokenizer(folder.path());
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::kInvalidInput);
      EXPECT_EQ(e.file(), file);
      EXPECT_FALSE(e.hint().empty());
    }
  }
}

TEST(SentencePiece, RefusesIdsOutsideTheVocabulary) {
  const auto tokenizer = openTokenizer(std::string(ATTUNE_SOURCE_DIR) + "/resources/base");
  EXPECT_THROW(tokenizer->decode({8000}), Error);
  EXPECT_THROW(tokenizer->piece(-1), Error);
}

}  // namespace attune

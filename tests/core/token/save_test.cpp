// Tokenizers of GGUF files, and the same saved as files of a Hugging Face folder: equal ids, equal frames,
// equal ends, and both those of the golden strings.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/token/tokenizer.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/shared.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace save_test {

using Ids = std::vector<std::int64_t>;

// The pieces of a SentencePiece model: fields 1 (text), 2 (score), 3 (type) of its messages 1.
struct Pieces {
  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<std::int32_t> types;
};

std::uint64_t varint(const std::string& in, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(in.at(at++));
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

Pieces piecesOf(const std::string& proto) {
  Pieces pieces;
  for (std::size_t at = 0; at < proto.size();) {
    const std::uint64_t tag = varint(proto, at);
    const std::uint64_t size = varint(proto, at);
    if (tag == ((1U << 3) | 2U)) {
      const std::string piece = proto.substr(at, size);
      pieces.texts.emplace_back();
      pieces.scores.push_back(0);
      pieces.types.push_back(1);
      for (std::size_t i = 0; i < piece.size();) {
        const std::uint64_t field = varint(piece, i);
        if (field == 10) {
          const std::uint64_t length = varint(piece, i);
          pieces.texts.back() = piece.substr(i, length);
          i += length;
        } else if (field == 21) {
          std::memcpy(&pieces.scores.back(), piece.data() + i, sizeof(float));
          i += sizeof(float);
        } else {
          pieces.types.back() = static_cast<std::int32_t>(varint(piece, i));
        }
      }
    }
    at += size;
  }
  return pieces;
}

class SavedTokenizer : public testing::Test {
 protected:
  // Opens the file, saves it, opens what was saved.
  void both(const std::string& gguf) {
    inFile_ = openTokenizer(gguf);
    out_ = std::make_unique<TemporaryFolder>();
    names_ = saveTokenizer(gguf, out_->path());
    saved_ = openTokenizer(out_->path());
    EXPECT_EQ(saved_->kind(), inFile_->kind());
    EXPECT_EQ(saved_->size(), inFile_->size());
    EXPECT_EQ(saved_->bosId(), inFile_->bosId());
    EXPECT_EQ(saved_->eosId(), inFile_->eosId());
    EXPECT_EQ(saved_->endIds(), inFile_->endIds());
    EXPECT_EQ(saved_->frame().before, inFile_->frame().before);
    EXPECT_EQ(saved_->frame().after, inFile_->frame().after);
  }
  void agreeOn(const std::string& text, const Ids& wanted) {
    ++strings_;
    EXPECT_EQ(inFile_->encodeInput(text, SpecialTokens::kRecognise), wanted) << text;
    EXPECT_EQ(saved_->encodeInput(text, SpecialTokens::kRecognise), wanted) << text;
    EXPECT_EQ(saved_->encodeInput(text), inFile_->encodeInput(text)) << text;
    EXPECT_EQ(saved_->decode(wanted, true), inFile_->decode(wanted, true)) << text;
  }
  std::string writeGguf(const GgufWriter& writer) {
    const std::string path = in_.path("m.gguf");
    writeFileAtomically(path, writer.bytes());
    return path;
  }

  TemporaryFolder in_;
  std::unique_ptr<TemporaryFolder> out_;
  std::shared_ptr<const Tokenizer> inFile_, saved_;
  std::vector<std::string> names_;
  int strings_ = 0;
};

TEST_F(SavedTokenizer, OfEveryGgufFixture) {
  ATTUNE_NEEDS_FIXTURE(fixture("gguf/cases.json"));
  const Json cases = readJson(fixture("gguf/cases.json"));
  for (const Json& c : cases.at("files").items()) {
    SCOPED_TRACE(c.at("file").asString());
    both(fixture("gguf/" + c.at("file").asString()).string());
    for (const Json& t : c.at("texts").items())
      agreeOn(t.at("text").asString(), idsOf(t.at("ids_with_special")));
  }
  EXPECT_GT(strings_, 300);
}

// BERT's vocabulary as llama.cpp spells it.
TEST_F(SavedTokenizer, OfAGgufWordPiece) {
  const auto folder = fixture("tokenizers/wordpiece");
  ATTUNE_NEEDS_FIXTURE(folder);
  std::vector<std::string> words = splitText(readFile((folder / "vocab.txt").string()), '\n');
  while (words.back().empty()) words.pop_back();
  GgufWriter writer;
  const auto id = [&](const char* key, const char* word) {
    const auto found = std::find(words.begin(), words.end(), word);
    ASSERT_NE(found, words.end());
    writer.number(std::string("tokenizer.ggml.") + key + "_token_id",
                  static_cast<std::uint32_t>(found - words.begin()));
  };
  writer.text("general.architecture", "bert").text("tokenizer.ggml.model", "bert");
  id("cls", "[CLS]");
  id("seperator", "[SEP]");  // so spelled in the files
  id("unknown", "[UNK]");
  id("padding", "[PAD]");
  id("mask", "[MASK]");
  for (std::string& word : words) {
    if (word.starts_with('[') && word.ends_with(']')) continue;
    word = word.starts_with("##") ? word.substr(2) : "\xE2\x96\x81" + word;
  }
  writer.texts("tokenizer.ggml.tokens", words);
  both(writeGguf(writer));
  EXPECT_EQ(names_.front(), "vocab.txt");
  const Json cases = readJson(folder / "cases.json");
  for (const Json& c : cases.at("cases").items())
    agreeOn(c.at("text").asString(), idsOf(c.at("ids_with_special")));
  EXPECT_GT(strings_, 200);
}

// T5's pieces, with sentinels and filling above them.
TEST_F(SavedTokenizer, OfAGgufUnigram) {
  const auto folder = fixture("tokenizers/sp_unigram");
  ATTUNE_NEEDS_FIXTURE(folder);
  Pieces pieces = piecesOf(readFile((folder / "spiece.model").string()));
  const std::size_t count = pieces.texts.size();
  for (int i = 99; i >= 0; --i) {
    pieces.texts.push_back("<extra_id_" + std::to_string(i) + ">");
    pieces.scores.push_back(-1000);
    pieces.types.push_back(4);
  }
  for (int i = 0; i < 28; ++i) {
    pieces.texts.push_back("[PAD" + std::to_string(i) + "]");
    pieces.scores.push_back(-1000);
    pieces.types.push_back(5);
  }
  const auto id = [&](const char* piece) {
    return static_cast<std::uint32_t>(std::find(pieces.texts.begin(), pieces.texts.end(), piece) -
                                      pieces.texts.begin());
  };
  GgufWriter writer;
  writer.text("general.architecture", "t5")
      .text("tokenizer.ggml.model", "t5")
      .number("tokenizer.ggml.eos_token_id", id("</s>"))
      .number("tokenizer.ggml.unknown_token_id", id("<unk>"))
      .number("tokenizer.ggml.padding_token_id", id("<pad>"))
      .flag("tokenizer.ggml.add_eos_token", true)
      .texts("tokenizer.ggml.tokens", pieces.texts)
      .reals("tokenizer.ggml.scores", pieces.scores)
      .numbers("tokenizer.ggml.token_type", pieces.types);
  both(writeGguf(writer));
  EXPECT_EQ(names_.front(), "spiece.model");
  EXPECT_EQ(static_cast<std::size_t>(saved_->size()), count + 128);
  const auto original = openTokenizer(folder.string());
  const Json cases = readJson(folder / "cases.json");
  for (const Json& c : cases.at("cases").items()) {
    // Without the original's normaliser only texts that it leaves alone can agree; the original's config
    // marks no special tokens, the file does.
    const std::string text = c.at("text").asString();
    const bool plain = std::all_of(text.begin(), text.end(), [](char x) { return x >= ' ' && x <= '~'; });
    if (plain && text.find('<') == std::string::npos) agreeOn(text, original->encodeInput(text));
  }
  EXPECT_GT(strings_, 30);
}

TEST_F(SavedTokenizer, OfAFolderIsACopy) {
  const auto folder = fixture("tokenizers/sp_unigram");
  ATTUNE_NEEDS_FIXTURE(folder);
  const TemporaryFolder out;
  EXPECT_EQ(saveTokenizer(folder.string(), out.path()),
            (std::vector<std::string>{"spiece.model", "tokenizer_config.json"}));
  EXPECT_EQ(readFile(out.path("spiece.model")), readFile((folder / "spiece.model").string()));
}

}  // namespace save_test
}  // namespace attune

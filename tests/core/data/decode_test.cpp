#include "core/data/decode.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/support/data_file.h"

namespace attune {
namespace {

std::string utf16(std::u16string_view text, bool bigEndian) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += bigEndian ? high : low;
    bytes += bigEndian ? low : high;
  }
  return bytes;
}

std::optional<DecodedText> decoded(std::string bytes, const std::string& encoding = "") {
  Findings findings("file");
  return decodeText(std::move(bytes), encoding, findings);
}

TEST(Decode, ReadsUtf16WithPairsInBothByteOrders) {
  for (const bool bigEndian : {false, true}) {
    const auto text = decoded(utf16(u"\uFEFFaé漢😀", bigEndian));
    ASSERT_TRUE(text);
    EXPECT_EQ(text->text, "aé漢😀");
    EXPECT_EQ(text->encoding, bigEndian ? "utf-16be" : "utf-16le");
  }
}

TEST(Decode, ReplacesHalfPairsOfUtf16AndSaysSo) {
  Findings findings("file");
  const char16_t units[] = {0xFEFF, u'a', 0xD800, u'b', 0xDC00};
  const auto text = decodeText(utf16({units, 5}, false) + "x", "", findings);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->text, "a\uFFFDb\uFFFD");
  ASSERT_NE(findRule(findings.list(), "broken_utf16"), nullptr);
  EXPECT_EQ(findRule(findings.list(), "broken_utf16")->message.find("3 characters"), 0u);
}

TEST(Decode, RecognisesUtf16WithoutAMark) {
  const auto text = decoded(utf16(u"text,label\nsome words,x\n", false));
  ASSERT_TRUE(text);
  EXPECT_EQ(text->text, "text,label\nsome words,x\n");
}

TEST(Decode, ReadsTheLettersOfWindows1252) {
  const auto text = decoded("\x80 \x93quoted\x94 \xE9\xFC\xDF", "windows-1252");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->text, "€ “quoted” éüß");
}

TEST(Decode, ObeysTheEncodingAskedFor) {
  // Valid UTF-8, but the user says what it is.
  const auto text = decoded("\xC3\xA9", "latin1");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->text, "Ã©");
  const auto broken = decoded("a\xE9", "UTF-8");
  ASSERT_TRUE(broken);
  EXPECT_TRUE(broken->hasInvalidBytes);
  EXPECT_THROW(decoded("a", "klingon"), Error);
}

TEST(Decode, GuessesWindows1252OnlyWithoutAnyUtf8Letter) {
  EXPECT_EQ(decoded("caf\xE9")->encoding, "windows-1252");
  const auto mixed = decoded("caf\xC3\xA9 caf\xE9");
  EXPECT_EQ(mixed->encoding, "utf-8");
  EXPECT_TRUE(mixed->hasInvalidBytes);
}

TEST(Decode, RefusesOtherKindsOfFilesByName) {
  for (const auto& [bytes, word] : {std::pair<std::string, const char*>{"PK\x03\x04 workbook", "Excel"},
                                    {"%PDF-1.7 text", "PDF"},
                                    {"PAR1 data", "Parquet"},
                                    {std::string("\xFF\xFE\0\0a\0\0\0", 8), "UTF-32"},
                                    {"a\x01\x02\x03\x04\x05", "control bytes"}}) {
    Findings findings("file");
    EXPECT_FALSE(decodeText(bytes, "", findings));
    ASSERT_NE(findRule(findings.list(), "not_text"), nullptr) << word;
    EXPECT_NE(findRule(findings.list(), "not_text")->message.find(word), std::string::npos);
  }
}

TEST(Decode, ReplacesWhatIsNoText) {
  EXPECT_EQ(replaceInvalidUtf8(std::string("a\xFF"
                                           "b\0c\xE9",
                                           6)),
            "a\uFFFDb\uFFFDc\uFFFD");
}

}  // namespace
}  // namespace attune

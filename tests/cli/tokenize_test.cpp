#include "tests/support/cli_test.h"

namespace attune::cli {
namespace {

std::vector<std::int64_t> numbers(const Json& json) {
  std::vector<std::int64_t> values;
  for (const Json& v : json.items()) values.push_back(v.asInt());
  return values;
}

// One text a line can hold neither line ends nor, at the very end of the file, nothing.
TEST(Tokenize, EqualsTheGoldenIdsOfTheBundledTokenizer) {
  ATTUNE_NEEDS_FIXTURE(fixture("tokenizers/sp_bpe/cases.json"));
  const Place place;
  const Json cases = readJson(fixture("tokenizers/sp_bpe/cases.json")).at("cases");
  std::vector<Json> wanted;
  std::string file;
  for (const Json& item : cases.items()) {
    const std::string& text = item.at("text").asString();
    if (text.find('\n') != std::string::npos) continue;
    wanted.push_back(item);
    file += text + "\n";
  }
  ASSERT_GT(wanted.size(), 150u);
  place.write("texts.txt", file);
  const Result result = place.run({"tokenize", "--base", "bundled", "--file", "texts.txt", "--json"});
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const Json json = document(result, "tokenize");
  ASSERT_EQ(json.at("items").items().size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Json& item = json.at("items").items()[i];
    EXPECT_EQ(item.at("text").asString(), wanted[i].at("text").asString());
    EXPECT_EQ(numbers(item.at("ids")), numbers(wanted[i].at("ids"))) << wanted[i].at("text").dump();
    std::vector<std::string> pieces, golden;
    for (const Json& piece : item.at("pieces").items()) pieces.push_back(piece.asString());
    for (const Json& piece : wanted[i].at("pieces").items()) golden.push_back(piece.asString());
    EXPECT_EQ(pieces, golden) << wanted[i].at("text").dump();
  }
}

TEST(Tokenize, ReadsFileAndStandardInputAlike) {
  const Place place;
  const std::string text =
      "Where is my parcel?\n\nIch m\xC3\xB6"
      "chte mein Geld zur\xC3\xBC"
      "ck\n";
  place.write("texts.txt", text);
  const Result fromFile = place.run({"tokenize", "--file", "texts.txt", "--json"});
  Options options;
  options.input = text;
  const Result fromInput = place.run({"tokenize", "--file", "-", "--json"}, options);
  EXPECT_EQ(fromFile.exitCode, 0) << fromFile.err;
  EXPECT_EQ(fromFile.out, fromInput.out);
  EXPECT_EQ(document(fromFile, "tokenize").at("items").items().size(), 3u);
}

TEST(Tokenize, FindsSpecialTokensUnlessAskedNotTo) {
  ATTUNE_NEEDS_FIXTURE(fixture("tokenizers/byte_smollm"));
  const Place place;
  const std::string base = fixture("tokenizers/byte_smollm").string();
  const auto ids = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"tokenize", "--base", base, "--text", "Hi<|im_end|>", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return numbers(document(place.run(words), "tokenize").at("items").items().at(0).at("ids"));
  };
  EXPECT_EQ(ids({}).back(), 1202);
  EXPECT_GT(ids({"--plain"}).size(), ids({}).size() + 3);
}

TEST(Tokenize, IsUndoneByDetokenize) {
  const Place place;
  const std::string text =
      "Where is my parcel? \xE2\x82\xAC"
      "12.50";
  const Json tokens = document(place.run({"tokenize", "--text", text, "--json"}), "tokenize");
  const Json& item = tokens.at("items").items().at(0);
  expectKeys(item, {"text", "ids", "pieces"}, "an item");
  std::string ids;
  for (const std::int64_t id : numbers(item.at("ids"))) ids += std::to_string(id) + " ";
  const Json back = document(place.run({"detokenize", "--ids", ids, "--json"}), "detokenize");
  EXPECT_EQ(back.at("items").items().at(0).at("text").asString(), text);
  EXPECT_EQ(place.run({"detokenize", "--ids", ids}).out, text + "\n");
}

TEST(Tokenize, RefusesWhatIsNoId) {
  const Place place;
  expectError(place.run({"detokenize", "--ids", "12 twelve", "--json"}), 2, "usage");
  for (const char* id : {"8000", "-1", "9223372036854775807"}) {
    const Result result = place.run({"detokenize", "--ids", id, "--json"});
    EXPECT_TRUE(result.exitCode == 2 || result.exitCode == 3) << id << " gave " << result.exitCode;
    EXPECT_NE(document(result, "error").stringOr("message", "").find(id), std::string::npos) << result.out;
  }
  expectError(place.run({"tokenize", "--json"}), 2, "usage");
}

}  // namespace
}  // namespace attune::cli

#include <gtest/gtest.h>

#include <set>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/param.h"
#include "core/base/seed.h"
#include "core/base/text.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace {

// FIPS 180-2, appendix B.1.
TEST(Sha256, EqualsTheStandardsExample) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(Sha256().addField("ab").addField("c").hex(), Sha256().addField("a").addField("bc").hex());
}

TEST(Json, KeepsTheOrderOfMembersAndReadsBackWhatItWrote) {
  const Json json = Json().set("z", 1).set("a", Json().push(true).push(nullptr).push(0.1).push("ü\n"));
  EXPECT_EQ(json.dump(), R"({"z":1,"a":[true,null,0.1,"ü\n"]})");
  EXPECT_EQ(parseJson(json.dump(), "t").dump(), json.dump());
}

TEST(Json, SaysWhereItWentWrong) {
  try {
    parseJson("{\n  \"a\": 1,\n  \"b\" 2\n}", "file.json");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.file(), "file.json");
    EXPECT_EQ(e.row(), 3);
    EXPECT_NE(std::string(e.what()).find("line 3"), std::string::npos);
  }
}

TEST(Json, RefusesDepthAndDuplicateNamesWithoutSpendingMemory) {
  EXPECT_THROW(parseJson(std::string(100000, '['), "deep"), Error);
  EXPECT_THROW(parseJson(R"({"a":1,"a":2})", "twice", {.refuseDuplicateKeys = true}), Error);
  EXPECT_EQ(parseJson(R"({"a":1,"a":2})", "twice").at("a").asInt(), 2);
}

TEST(Json, NamesAMemberThatIsMissing) {
  try {
    Json::object().at("spec");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "'spec' is missing");
  }
}

TEST(Text, NumbersDoNotDependOnTheLocale) {
  EXPECT_EQ(parseDouble("1.5"), 1.5);
  EXPECT_FALSE(parseDouble("1,5"));
  EXPECT_FALSE(parseDouble("1.5x"));
  EXPECT_EQ(formatFixed(1234.567, 1), "1234.6");
  EXPECT_EQ(formatFixed(-0.04, 1), "0.0");
  EXPECT_EQ(formatShortest(0.1), "0.1");
}

TEST(Text, FindsTheFirstByteThatIsNotUtf8) {
  EXPECT_FALSE(firstInvalidUtf8("grüße 😀"));
  EXPECT_EQ(firstInvalidUtf8("caf\xE9!"), 3u);
  EXPECT_EQ(firstInvalidUtf8("\xC0\x80"), 0u);        // overlong
  EXPECT_EQ(firstInvalidUtf8("\xED\xA0\x80"), 0u);    // surrogate
  EXPECT_EQ(firstInvalidUtf8("ab\xF0\x9F\x98"), 2u);  // cut off
}

TEST(Text, ComparesTextsByWhatTheySay) {
  EXPECT_EQ(foldForComparison("  Where's   MY parcel?!"), foldForComparison("where s my Parcel"));
  EXPECT_EQ(foldForComparison("ﬁne Straße"), foldForComparison("fine strasse"));
  EXPECT_NE(foldForComparison("order 12"), foldForComparison("order 21"));
  EXPECT_NE(foldForComparison("का"), foldForComparison("की"));
  EXPECT_NE(foldForComparison("-5"), foldForComparison("+5"));
  EXPECT_NE(foldForComparison("-5"), foldForComparison("5"));
  EXPECT_EQ(foldForComparison("a - b"), foldForComparison("a b"));
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(elide("über", 4), "über");
  EXPECT_EQ(elide("über uns", 4), "über…");
}

TEST(Text, FindsTheNearestName) {
  EXPECT_EQ(nearestName("--projekt", {"--project", "--json"}), "--project");
  EXPECT_EQ(nearestName("zzzzzz", {"lora", "full"}), "");
}

TEST(Params, RefuseWhatIsOutOfRangeAndSayWhatIsAllowed) {
  ParamSpec spec;
  spec.name = "r";
  spec.type = ParamType::kInt;
  spec.defaultValue = std::int64_t{8};
  spec.min = 1;
  spec.max = 64;
  EXPECT_EQ(std::get<std::int64_t>(parseParamValue(spec, " 16 ")), 16);
  for (const char* bad : {"0", "65", "1.5", "many", ""})
    EXPECT_THROW(parseParamValue(spec, bad), Error) << bad;
  try {
    parseParamValue(spec, "0");
  } catch (const Error& e) {
    EXPECT_EQ(e.hint(), "Give a whole number from 1 to 64.");
  }
}

TEST(Params, SurviveJson) {
  ParamSet set;
  set.set("a", true);
  set.set("b", std::int64_t{3});
  set.set("c", 0.25);
  set.set("d", std::string("x y"));
  EXPECT_EQ(ParamSet::fromJson(set.toJson()), set);
}

TEST(Seeds, AreIndependentByNameAndEqualEverywhere) {
  EXPECT_NE(Seed{1}.sub("a").value, Seed{1}.sub("b").value);
  EXPECT_NE(Seed{1}.sub("a").value, Seed{2}.sub("a").value);
  // xoshiro256** seeded by SplitMix64(1): frozen, so that results never change between releases.
  Random random(Seed{1});
  const std::uint64_t first = random.next();
  EXPECT_EQ(Random(Seed{1}).next(), first);
  EXPECT_EQ(first, 12966619160104079557ULL);
}

TEST(Random, IsUniformBelowABound) {
  Random random(Seed{3});
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  double chi2 = 0;
  for (const int c : counts) chi2 += (c - 10000.0) * (c - 10000.0) / 10000.0;
  EXPECT_LT(chi2, 22.46);  // 0.1 % quantile of chi-square with 6 degrees of freedom
}

TEST(File, IsReplacedWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const std::string path = folder.path("sub/file.txt");
  writeFileAtomically(path, "one");
  writeFileAtomically(path, "two");
  EXPECT_EQ(readFile(path), "two");
  std::set<std::string> names;
  for (const auto& f : std::filesystem::directory_iterator(folder.path("sub")))
    names.insert(f.path().filename());
  EXPECT_EQ(names, std::set<std::string>{"file.txt"});
  EXPECT_THROW(readFile(path, 2), Error);
  EXPECT_THROW(readFile(folder.path("none")), Error);
  EXPECT_THROW(readFile(folder.path()), Error);
}

}  // namespace
}  // namespace attune

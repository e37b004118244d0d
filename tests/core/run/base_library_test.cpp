#include "core/run/base_library.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/file.h"
#include "tests/support/shared.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace base_library_test {

std::string bundled() { return std::string(ATTUNE_SOURCE_DIR) + "/resources/base"; }

class Library : public testing::Test {
 protected:
  BaseLibrary library() const { return {folder_.path("bases.json"), bundled()}; }
  std::string copyOfBase(const std::string& name) const {
    std::filesystem::copy(bundled(), folder_.path(name), std::filesystem::copy_options::recursive);
    return folder_.path(name);
  }

  TemporaryFolder folder_;
  std::vector<Diagnostic> warnings_;
};

TEST_F(Library, BeginsWithTheBundledBaseAndWritesNothing) {
  ASSERT_EQ(library().list().size(), 1u);
  EXPECT_EQ(library().list().front().name, "bundled");
  EXPECT_EQ(library().resolve("bundled"), bundled());
  EXPECT_FALSE(std::filesystem::exists(folder_.path("bases.json")));
}

TEST_F(Library, RemembersAModelUnderANameOfItsOwn) {
  const std::string path = copyOfBase("mine");
  EXPECT_EQ(library().add(path, warnings_).name, "mine");
  EXPECT_EQ(library().add(path + "/", warnings_).name, "mine");  // the same place keeps its entry
  std::filesystem::create_directories(folder_.path("other"));
  const std::string second = copyOfBase("other/mine");
  EXPECT_EQ(library().add(second, warnings_).name, "mine 2");
  ASSERT_EQ(library().list().size(), 3u);
  EXPECT_EQ(library().resolve("mine 2"), second);
  library().remove("mine");
  EXPECT_EQ(library().list().size(), 2u);
  EXPECT_TRUE(std::filesystem::exists(path + "/config.json"));  // files are never touched
}

TEST_F(Library, RefusesWhatIsNoModelAndNamesTheNearest) {
  EXPECT_THROW(library().add(folder_.path(), warnings_), Error);
  EXPECT_THROW(library().remove("bundled"), Error);
  try {
    library().resolve("bundeld");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.hint(), "Did you mean 'bundled'?");
  }
  EXPECT_EQ(library().resolve("./some/path"), "./some/path");
}

TEST_F(Library, KeepsADamagedListAsItIs) {
  writeFileAtomically(folder_.path("bases.json"), "{\"schema\": \"attune.bases/1\", \"bases\": [{}]");
  const std::string path = copyOfBase("mine");
  EXPECT_THROW(library().list(), Error);
  EXPECT_THROW(library().add(path, warnings_), Error);
  EXPECT_EQ(readFile(folder_.path("bases.json")), "{\"schema\": \"attune.bases/1\", \"bases\": [{}]");
}

TEST_F(Library, SaysWhatIsKnownOfABaseAndWhatIsWrongWithIt) {
  const BaseDetails good = describeBase(library().list().front());
  EXPECT_EQ(good.problem, "");
  EXPECT_EQ(good.info.family, "llama");
  EXPECT_GT(good.bytes, 1'000'000);
  const MemoryNeeds needs = memoryNeeds(good.info);
  EXPECT_GT(needs.at("full"), needs.at("lora"));
  EXPECT_GT(needs.at("lora"), needs.at("untuned"));
  const BaseDetails gone = describeBase({"gone", folder_.path("gone"), "folder", 0});
  EXPECT_NE(gone.problem.find("there is no such folder"), std::string::npos);
}

TEST_F(Library, LeavesOutMethodsThatAnEncoderDoesNotAllow) {
  const auto encoder = fixture("models/bert_plain/model");
  ATTUNE_NEEDS_FIXTURE(encoder);
  const MemoryNeeds needs = memoryNeeds(describeModel(encoder.string()));
  EXPECT_TRUE(needs.contains("lora"));
  EXPECT_FALSE(needs.contains("untuned"));
}

}  // namespace base_library_test
}  // namespace attune

#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "tests/support/cli_child.h"
#include "tests/support/shared.h"
#include "tests/support/temporary_folder.h"

// Tests that see the command line as its users do.
namespace attune::cli {

// A folder of its own, which is working folder and home of the commands that are run in it.
class Place {
 public:
  Result run(const std::vector<std::string>& arguments, Options options = {}) const {
    options.folder = folder_.path();
    if (options.folder.ends_with('/')) options.folder.pop_back();
    return cli::run(arguments, options);
  }
  std::vector<Result> runAll(const std::vector<std::vector<std::string>>& commands) const {
    return cli::runAll(commands, options());
  }
  Options options() const {
    Options options;
    options.folder = folder_.path();
    return options;
  }
  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string write(const std::string& name, const std::string& content) const {
    writeFileAtomically(path(name), content);
    return path(name);
  }

 private:
  TemporaryFolder folder_;
};

// Standard output as the one JSON document it must be, of the schema attune.<thing>/1.
inline Json document(const Result& result, const std::string& thing) {
  Json json;
  try {
    json = parseJson(result.out, "standard output", {64, /*refuseDuplicateKeys=*/true});
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what() << "\nstandard output: " << result.out.substr(0, 2000)
                  << "\nstandard error: " << result.err.substr(0, 2000);
    return json;
  }
  EXPECT_EQ(json.stringOr("schema", "(none)"), "attune." + thing + "/1");
  if (json.isObject() && !json.members().empty()) EXPECT_EQ(json.members().front().first, "schema");
  EXPECT_TRUE(result.out.ends_with("\n"));
  return json;
}

inline void expectKeys(const Json& json, const std::vector<std::string>& keys, const std::string& what) {
  for (const std::string& key : keys) EXPECT_TRUE(json.has(key)) << what << " has no '" << key << "'";
}

// The contract of an error: exit code, one document with these keys, and the same on standard error in words.
inline Json expectError(const Result& result, int exitCode, const std::string& kind = {}) {
  EXPECT_FALSE(result.timedOut);
  EXPECT_EQ(result.exitCode, exitCode) << result.err;
  if (result.exitCode != exitCode) return {};  // the rest would only repeat that
  const Json json = document(result, "error");
  expectKeys(json, {"kind", "message", "hint", "file", "row", "offset"}, "the error");
  EXPECT_FALSE(json.stringOr("message", "").empty());
  EXPECT_FALSE(json.stringOr("hint", "").empty())
      << json.stringOr("message", "") << ": nothing says what to do";
  if (!kind.empty()) EXPECT_EQ(json.stringOr("kind", ""), kind);
  EXPECT_NE(result.err.find(json.stringOr("message", "?")), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("terminate called"), std::string::npos);
  return json;
}

inline std::string bundledFolder() { return ATTUNE_SOURCE_DIR "/resources/base"; }
inline std::string sampleMessages() { return ATTUNE_SOURCE_DIR "/resources/sample/messages.csv"; }

// The first rows of the sample: enough for every command, little enough for a test.
inline std::string fewMessages(std::size_t rows) {
  std::string text;
  std::size_t lines = 0;
  for (const std::string& line : splitText(readFile(sampleMessages()), '\n')) {
    text += line + "\n";
    if (++lines > rows) break;
  }
  return text;
}

}  // namespace attune::cli

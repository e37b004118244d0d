// What is typed wrongly, help, and the version.

#include <regex>

#include "tests/support/cli_test.h"

namespace attune::cli {
namespace {

const std::vector<std::string>& commandNames() {
  static const std::vector<std::string> names{"demo",     "import",     "check",   "bases",   "methods",
                                              "metrics",  "families",   "compare", "run",     "resume",
                                              "cancel",   "list",       "show",    "predict", "forward",
                                              "tokenize", "detokenize", "report",  "doctor"};
  return names;
}

TEST(Usage, HelpOfEveryCommandBeginsWithAnExample) {
  const Place place;
  std::vector<std::vector<std::string>> commands{{"--help"}};
  for (const std::string& name : commandNames()) commands.push_back({name, "--help"});
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    SCOPED_TRACE(joinText(commands[i], " "));
    EXPECT_EQ(results[i].exitCode, 0);
    EXPECT_EQ(results[i].err, "");
    const std::string beginning = "Example: attune-cli " + (i == 0 ? std::string() : commandNames()[i - 1]);
    EXPECT_TRUE(results[i].out.starts_with(beginning)) << results[i].out.substr(0, 100);
  }
  for (const std::string& name : commandNames())
    EXPECT_NE(results[0].out.find("  " + name + " "), std::string::npos) << name;
}

TEST(Usage, TheVersionIsOneLine) {
  const Place place;
  const Result result = place.run({"--version"});
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(std::regex_match(result.out, std::regex("attune [0-9]+\\.[0-9]+\\.[0-9]+( .*)?\n")))
      << result.out;
}

struct Slip {
  std::vector<std::string> typed;
  std::string suggestion;
};

TEST(Usage, SlipsGetASuggestion) {
  const Place place;
  const std::vector<Slip> slips{
      {{"compar", "--project", "p"}, "compare"},
      {{"lst"}, "list"},
      {{"methds"}, "methods"},
      {{"compare", "--projct", "p.attune", "--data", "d"}, "--project"},
      {{"compare", "--project", "p.attune", "--data", "d", "--sedes", "3"}, "--seeds"},
      {{"compare", "--project", "p.attune", "--data", "d", "--max-step=3"}, "--max-steps"},
      {{"import", "f.csv", "--project", "p.attune", "--lable", "x"}, "--label"},
      {{"methods", "--jsn"}, "--json"},
      {{"report", "--project", "p.attune", "--out", "o", "--fromat", "html"}, "--format"},
  };
  std::vector<std::vector<std::string>> commands;
  for (const Slip& slip : slips) {
    commands.push_back(slip.typed);
    commands.back().emplace_back("--json");
  }
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < slips.size(); ++i) {
    SCOPED_TRACE(joinText(slips[i].typed, " "));
    const Json error = expectError(results[i], 2, "usage");
    const std::string hint = error.stringOr("hint", "");
    EXPECT_NE(hint.find("Did you mean"), std::string::npos) << hint;
    EXPECT_NE(hint.find(slips[i].suggestion), std::string::npos) << hint;
    // What was typed is named, not what is missing because of it.
    EXPECT_EQ(error.stringOr("message", "").find("required"), std::string::npos)
        << error.stringOr("message", "");
  }
}

TEST(Usage, WhatIsMissingOrNoNumberIsNamed) {
  const Place place;
  const auto message = [&](const std::vector<std::string>& words) {
    return expectError(place.run(words), 2, "usage").stringOr("message", "");
  };
  EXPECT_NE(message({"list", "--json"}).find("--project"), std::string::npos);
  EXPECT_NE(message({"import", "--project", "p", "--json"}).find("file"), std::string::npos);
  EXPECT_NE(
      message({"compare", "--project", "p", "--data", "d", "--seeds", "many", "--json"}).find("--seeds"),
      std::string::npos);
  EXPECT_NE(message({"show", "first", "--project", "p", "--json"}).find("run"), std::string::npos);
  EXPECT_NE(message({"import", "f", "--project", "p", "--delimiter", "ab", "--json"}).find("ab"),
            std::string::npos);
}

TEST(Usage, WithoutJsonNothingGoesToStandardOutput) {
  const Place place;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"compar"},
                                                {"list", "--project", "absent.attune"},
                                                {"check", "absent.csv"}}) {
    const Result result = place.run(words);
    EXPECT_NE(result.exitCode, 0);
    EXPECT_EQ(result.out, "");
    // One line of what happened, one of what to do.
    EXPECT_EQ(splitText(result.err, '\n').size(), 3u) << result.err;
    EXPECT_TRUE(result.err.starts_with("error: ")) << result.err;
  }
}

// Neither a display nor a language of the user's changes what is printed.
TEST(Usage, TheEnvironmentChangesNothing) {
  const Place place;
  const Result plain = place.run({"methods", "--json"});
  Options options;
  options.environment = {
      {"DISPLAY", ":99"}, {"LC_ALL", "de_DE.UTF-8"}, {"LANG", "de_DE.UTF-8"}, {"QT_QPA_PLATFORM", "xcb"}};
  const Result other = place.run({"methods", "--json"}, options);
  EXPECT_EQ(plain.exitCode, 0);
  EXPECT_EQ(plain.out, other.out);
  EXPECT_EQ(other.err, "");
}

}  // namespace
}  // namespace attune::cli

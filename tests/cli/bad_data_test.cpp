// Every data file of the corpus of broken and unusual input, seen through check and import.

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/store/store.h"
#include "tests/support/cli_test.h"

namespace attune::cli {
namespace {

struct Case {
  std::string path;  // in the corpus
  std::string action;
  Json entry;
  std::string file;
  std::vector<std::string> more;  // options
};

std::vector<Case> dataCases() {
  std::vector<Case> cases;
  const Json index = readJson(fixture("bad/index.json"));
  for (const Json& entry : index.items()) {
    const std::string path = entry.at("path").asString();
    if (!path.starts_with("data/")) continue;
    Case c{path, entry.at("action").asString(), entry, fixture("bad/" + path).string(), {}};
    if (entry.has("with_")) {  // a training and a test file, whichever of them the entry is about
      c.file = fixture("bad/data/duplicates_train.csv").string();
      c.more = {"--test", fixture("bad/data/duplicates_test.csv").string()};
    }
    cases.push_back(c);
  }
  return cases;
}

std::vector<std::int64_t> linesOf(const Json& entry) {
  std::vector<std::int64_t> lines;
  if (const Json* line = entry.find("line")) lines.push_back(line->asInt());
  if (const Json* all = entry.find("lines"))
    for (const Json& line : all->items()) lines.push_back(line.asInt());
  return lines;
}

void expectWarnings(const Json& diagnostics, const Case& c) {
  std::set<std::int64_t> named;
  int warnings = 0;
  for (const Json& d : diagnostics.items()) {
    expectKeys(d, {"severity", "rule", "message", "file", "row"}, "a diagnostic");
    EXPECT_NE(d.at("severity").asString(), "error");
    if (d.at("severity").asString() != "warning") continue;
    ++warnings;
    for (const Json& row : d.at("rows").items()) named.insert(row.asInt());
  }
  if (c.action == "warn") EXPECT_GT(warnings, 0);
  for (const std::int64_t line : linesOf(c.entry)) EXPECT_TRUE(named.contains(line)) << "line " << line;
}

void expectRefusal(const Result& result, const Case& c) {
  const Json error = expectError(result, 3);
  const std::string name = std::filesystem::path(c.file).filename().string();
  if (error.isNull()) return;
  EXPECT_NE(error.stringOr("message", "").find(name), std::string::npos)
      << "the file is not named: " << error.stringOr("message", "");
  EXPECT_TRUE(error.stringOr("file", "").ends_with(name));
}

std::vector<std::string> command(std::vector<std::string> words, const Case& c) {
  words.insert(words.end(), c.more.begin(), c.more.end());
  words.emplace_back("--json");
  return words;
}

TEST(BadDataOnTheCommandLine, IsCheckedAsTheIndexSays) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Place place;
  const auto cases = dataCases();
  ASSERT_GT(cases.size(), 40u);
  std::vector<std::vector<std::string>> commands;
  for (const Case& c : cases) commands.push_back(command({"check", c.file}, c));
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& c = cases[i];
    SCOPED_TRACE(c.path + " (" + c.action + "): " + c.entry.at("tell").asString());
    if (c.action == "refuse") {
      expectRefusal(results[i], c);
      continue;
    }
    EXPECT_EQ(results[i].exitCode, 0) << results[i].err;
    const Json json = document(results[i], "check");
    expectKeys(json, {"diagnostics", "counts"}, "check");
    if (!json.has("diagnostics")) continue;
    expectWarnings(json.at("diagnostics"), c);
    if (const Json* rows = c.entry.find("rows"))
      EXPECT_EQ(json.at("counts").intOr("rows", -1), rows->asInt());
    if (const Json* usable = c.entry.find("usable_rows"))
      EXPECT_EQ(json.at("counts").intOr("usable_rows", -1), usable->asInt());
  }
}

TEST(BadDataOnTheCommandLine, IsImportedOrRefusedAsAWhole) {
  ATTUNE_NEEDS_FIXTURE(fixture("bad/index.json"));
  const Place place;
  const auto cases = dataCases();
  std::vector<std::vector<std::string>> commands;
  std::vector<std::string> projects;
  for (const Case& c : cases) {
    projects.push_back(place.path("p" + std::to_string(projects.size()) + ".attune"));
    commands.push_back(command({"import", c.file, "--project", projects.back()}, c));
  }
  const auto results = place.runAll(commands);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& c = cases[i];
    SCOPED_TRACE(c.path + " (" + c.action + "): " + c.entry.at("tell").asString());
    // many_columns.csv can be read, but which column is the text must be said.
    if (c.action == "refuse" || c.path == "data/many_columns.csv") {
      expectRefusal(results[i], c);
      if (std::filesystem::exists(projects[i]))
        EXPECT_TRUE(Store(projects[i], OpenMode::kReadOnly).datasets().empty()) << "half an import";
      continue;
    }
    EXPECT_EQ(results[i].exitCode, 0) << results[i].err;
    const Json json = document(results[i], "import");
    if (!json.has("dataset") || !json.has("diagnostics")) {
      ADD_FAILURE() << results[i].out;
      continue;
    }
    expectWarnings(json.at("diagnostics"), c);
    const Json& dataset = json.at("dataset");
    expectKeys(dataset, {"id", "name", "hash", "rows", "labels", "splits"}, "dataset");
    Store store(projects[i], OpenMode::kReadOnly);
    ASSERT_EQ(store.datasets().size(), 1u);
    const DatasetRecord record = store.datasets().front();
    EXPECT_EQ(record.hash, dataset.at("hash").asString());
    EXPECT_EQ(static_cast<std::int64_t>(store.examples(record.id).size()), dataset.at("rows").asInt());
    std::int64_t rows = 0;
    for (const auto& [split, count] : dataset.at("splits").members()) rows += count.asInt();
    EXPECT_EQ(rows, dataset.at("rows").asInt());
    if (const Json* usable = c.entry.find("usable_rows"))
      EXPECT_EQ(dataset.at("rows").asInt(), usable->asInt());
    if (const Json* classes = c.entry.find("classes"))
      EXPECT_EQ(static_cast<std::int64_t>(dataset.at("labels").items().size()), classes->asInt());
  }
}

TEST(BadDataOnTheCommandLine, LeavesAProjectAsItWas) {
  const Place place;
  const std::string project = place.path("p.attune");
  const std::string good = place.write("good.csv", fewMessages(60));
  const std::string bad = place.write("bad.csv", "text,label\n\"never closed,a\n");
  ASSERT_EQ(place.run({"import", good, "--project", project}).exitCode, 0);
  const std::string before = readFile(project);
  expectError(place.run({"import", bad, "--project", project, "--json"}), 3, "invalid_input");
  expectError(place.run({"import", good, "--test", bad, "--project", project, "--json"}), 3, "invalid_input");
  EXPECT_EQ(Store(project, OpenMode::kReadOnly).datasets().size(), 1u);
  EXPECT_EQ(readFile(project), before);
}

TEST(BadDataOnTheCommandLine, AnErrorInOneOfSeveralFilesNamesThatFile) {
  const Place place;
  const std::string good = place.write("good.csv", fewMessages(60));
  place.write("bad.csv", "text,label\n\"never closed,a\n");
  const Result result = place.run({"import", good, "--test", "bad.csv", "--project", "p.attune"});
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("bad.csv"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace attune::cli

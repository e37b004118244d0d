// A small comparison from outside: what it prints, what it leaves, and that it can be repeated.

#include <cmath>
#include <filesystem>
#include <set>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/store/store.h"
#include "tests/support/cli_project.h"

namespace attune::cli {
namespace {

const Json& compared() {
  static const Json json = document(smallProject().compared, "compare");
  return json;
}

Store smallStore() { return Store(smallProject().place.path("small.attune"), OpenMode::kReadOnly); }

std::int64_t idOf(const std::string& method, std::int64_t seed) {
  return runOf(compared(), method, seed).intOr("id", -1);
}

TEST(Compare, PrintsTheDocumentOfTheContract) {
  ASSERT_EQ(smallProject().compared.exitCode, 0) << smallProject().compared.err;
  const Json& json = compared();
  expectKeys(json, {"study", "runs", "configurations", "pairs", "verdict"}, "compare");
  ASSERT_EQ(json.at("runs").items().size(), 6u);  // two unseeded, two methods with two seeds
  for (const Json& run : json.at("runs").items()) {
    expectKeys(run,
               {"id", "method", "seed", "state", "scores", "trainable_parameters", "stored_bytes",
                "train_seconds", "peak_bytes", "tokens_per_second"},
               "a run");
    EXPECT_EQ(run.at("state").asString(), "finished") << run.dump();
    EXPECT_GE(run.at("scores").at("test.accuracy").asDouble(), 0);
    EXPECT_LE(run.at("scores").at("test.accuracy").asDouble(), 1);
    EXPECT_GT(run.at("peak_bytes").asInt(), 1 << 20);
  }
  for (const Json& c : json.at("configurations").items())
    expectKeys(c, {"method", "n", "mean", "low", "high"}, "a configuration");
  for (const Json& p : json.at("pairs").items())
    expectKeys(p, {"a", "b", "difference", "low", "high", "p", "word"}, "a pair");
  expectKeys(json.at("verdict"), {"text", "best", "recommended", "confidence", "flags"}, "the verdict");
  EXPECT_FALSE(json.at("verdict").at("text").asString().empty());
  EXPECT_TRUE(json.at("verdict").at("flags").isArray());
}

TEST(Compare, IntervalsContainTheirMeans) {
  std::set<std::string> methods;
  for (const Json& c : compared().at("configurations").items()) {
    SCOPED_TRACE(c.at("method").asString());
    methods.insert(c.at("method").asString());
    const double mean = c.at("mean").asDouble();
    EXPECT_LE(0, c.at("low").asDouble());
    EXPECT_LE(c.at("low").asDouble(), mean);
    EXPECT_LE(mean, c.at("high").asDouble());
    EXPECT_LE(c.at("high").asDouble(), 1);
  }
  for (const char* method : {"bag_of_words", "untuned", "lora", "prompt_tuning"})
    EXPECT_TRUE(methods.contains(method)) << method;
  const std::set<std::string> words{"better", "worse", "no_clear_difference", "not_enough_data"};
  for (const Json& p : compared().at("pairs").items()) {
    SCOPED_TRACE(p.at("a").asString() + " and " + p.at("b").asString());
    EXPECT_LE(p.at("low").asDouble(), p.at("difference").asDouble());
    EXPECT_LE(p.at("difference").asDouble(), p.at("high").asDouble());
    EXPECT_GE(p.at("p").asDouble(), 0);
    EXPECT_LE(p.at("p").asDouble(), 1);
    EXPECT_TRUE(words.contains(p.at("word").asString())) << p.at("word").asString();
  }
}

// The means are those of the runs, and those are the shares of right answers among the stored predictions.
TEST(Compare, MeansFollowFromTheStoredAnswers) {
  Store store = smallStore();
  std::map<std::string, std::vector<double>> accuracies;
  for (const auto& run : store.allRuns()) {
    const auto predictions = store.predictions(run.id, kTestSplit);
    ASSERT_FALSE(predictions.empty()) << run.spec.method;
    double right = 0;
    for (const Prediction& p : predictions) right += p.label == p.predicted ? 1 : 0;
    const double accuracy = right / static_cast<double>(predictions.size());
    EXPECT_NEAR(run.scores.at("test.accuracy"), accuracy, 1e-12) << run.spec.method;
    accuracies[run.spec.method].push_back(accuracy);
  }
  for (const Json& c : compared().at("configurations").items()) {
    const auto found = accuracies.find(c.at("method").asString());
    if (found == accuracies.end()) continue;  // the majority class, which no run gives
    double sum = 0;
    for (const double a : found->second) sum += a;
    EXPECT_EQ(c.at("n").asInt(), static_cast<std::int64_t>(found->second.size()));
    EXPECT_NEAR(c.at("mean").asDouble(), sum / static_cast<double>(found->second.size()), 1e-12)
        << found->first;
  }
}

TEST(Compare, ReportsWrittenTwiceAreEqual) {
  const Place& place = smallProject().place;
  std::vector<std::vector<std::string>> commands;
  for (const char* out : {"one", "two"})
    commands.push_back(
        {"report", "--project", "small.attune", "--out", out, "--format", "html,md,csv,json", "--json"});
  const auto results = place.runAll(commands);
  for (const Result& result : results) ASSERT_EQ(result.exitCode, 0) << result.err;
  // Not `report/1`: that is the schema of the report's own JSON format.
  const Json files = document(results[0], "report_files").at("files");
  ASSERT_GE(files.items().size(), 4u);
  std::set<std::string> extensions;
  for (const Json& file : files.items()) {
    expectKeys(file, {"path", "bytes", "sha256"}, "a file");
    const std::string first = place.path(file.at("path").asString());
    const std::string second = place.path("two" + file.at("path").asString().substr(3));
    EXPECT_EQ(fileSize(first), file.at("bytes").asInt());
    EXPECT_EQ(sha256File(first), file.at("sha256").asString());
    EXPECT_EQ(readFile(first), readFile(second)) << file.at("path").asString();
    extensions.insert(std::filesystem::path(first).extension().string());
  }
  for (const char* extension : {".html", ".md", ".csv", ".json"})
    EXPECT_TRUE(extensions.contains(extension)) << extension;
}

TEST(Compare, PredictAgreesWithTheStoredAnswersOfARun) {
  const Place& place = smallProject().place;
  Store store = smallStore();
  const DatasetRecord record = store.datasets().front();
  const auto rows = store.examples(record.id, kTestSplit);
  ASSERT_GT(rows.size(), 10u);
  std::string csv = "text\n";
  for (const StoredExample& row : rows) csv += "\"" + replaceAll(row.text, "\"", "\"\"") + "\"\n";
  place.write("test_rows.csv", csv);
  for (const char* method : {"untuned", "prompt_tuning", "lora"}) {
    SCOPED_TRACE(method);
    const std::int64_t run = idOf(method, 1);
    const Result result = place.run({"predict", "--project", "small.attune", "--run", std::to_string(run),
                                     "--data", "test_rows.csv", "--text", "text", "--json"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const Json predictions = document(result, "predict").at("predictions");
    const auto stored = store.predictions(RunId{run}, kTestSplit);
    ASSERT_EQ(predictions.items().size(), stored.size());
    for (std::size_t i = 0; i < stored.size(); ++i) {
      const Json& p = predictions.items()[i];
      expectKeys(p, {"row", "label", "scores"}, "a prediction");
      ASSERT_EQ(stored[i].row, rows[i].row);
      EXPECT_EQ(p.at("row").asInt(), static_cast<std::int64_t>(i) + 2);  // the line of the file
      EXPECT_EQ(p.at("label").asString(), record.labels[static_cast<std::size_t>(stored[i].predicted)])
          << rows[i].text;
      for (std::size_t k = 0; k < record.labels.size(); ++k)  // stored as floats, and batched otherwise
        EXPECT_NEAR(p.at("scores").at(record.labels[k]).asDouble(),
                    static_cast<double>(stored[i].probabilities[k]), 1e-4);
    }
  }
}

TEST(Compare, AnExportedAdapterAnswersLikeItsRunAndSaysWhatItIs) {
  const Place& place = smallProject().place;
  Store store = smallStore();
  const DatasetRecord record = store.datasets().front();
  const std::string run = std::to_string(idOf("lora", 1));
  const Result exported =
      place.run({"export-adapter", run, "--project", "small.attune", "--out", "exported/lora", "--json"});
  ASSERT_EQ(exported.exitCode, 0) << exported.err;
  std::set<std::string> names;
  const Json files = document(exported, "adapter_files").at("files");
  for (const Json& file : files.items()) {
    const std::string path = place.path(file.at("path").asString());
    EXPECT_EQ(sha256File(path), file.at("sha256").asString());
    names.insert(std::filesystem::path(path).filename().string());
  }
  EXPECT_EQ(names, (std::set<std::string>{"README.md", "adapter_config.json", "adapter_model.safetensors",
                                          "prompt.json"}));
  const std::string card = readFile(place.path("exported/lora/README.md"));
  for (const std::string& said : {std::string("base_model: \"bundled\""), std::string("library_name: peft"),
                                  std::string("Over 2 seeds"), record.hash, std::string("| seed | 1 |"),
                                  std::string("attune-cli compare "), std::string("| r | 8 |")})
    EXPECT_NE(card.find(said), std::string::npos) << said << "\n" << card;

  place.write("two.csv", "text\nwhere is my parcel\nI want my money back\n");
  const std::string labels = joinText(record.labels, ",");
  const Result of =
      place.run({"predict", "--project", "small.attune", "--run", run, "--data", "two.csv", "--json"});
  const Result alone = place.run({"predict", "--base", "bundled", "--adapter", "exported/lora", "--labels",
                                  labels, "--data", "two.csv", "--json"});
  ASSERT_EQ(alone.exitCode, 0) << alone.err;
  EXPECT_EQ(document(of, "predict").at("predictions").dump(),
            document(alone, "predict").at("predictions").dump());

  EXPECT_EQ(
      place.run({"export-adapter", run, "--project", "small.attune", "--out", "exported/lora"}).exitCode, 2);
}

TEST(Compare, AnAdapterFromElsewhereJoinsTheComparison) {
  const Place& place = smallProject().place;
  // A project of its own: the other tests know what is in theirs.
  std::filesystem::copy_file(place.path("small.attune"), place.path("joined.attune"));
  std::filesystem::copy(place.path("small.files"), place.path("joined.files"),
                        std::filesystem::copy_options::recursive);
  const auto joined = [&] { return Store(place.path("joined.attune"), OpenMode::kReadOnly); };
  const std::string run = std::to_string(idOf("lora", 1));
  ASSERT_EQ(place.run({"export-adapter", run, "--project", "joined.attune", "--out", "elsewhere"}).exitCode,
            0);
  const std::size_t before = joined().allRuns().size();
  const Result imported = place.run({"import-adapter", "elsewhere", "--project", "joined.attune", "--json"});
  ASSERT_EQ(imported.exitCode, 0) << imported.err;
  const Json told = document(imported, "adapter_files");
  EXPECT_EQ(told.at("files").items().size(), 3u);
  const Json& scores = told.at("run").at("scores");
  Store store = joined();
  EXPECT_EQ(store.allRuns().size(), before + 1);  // the others were known
  EXPECT_EQ(scores.at("test.accuracy").asDouble(),
            store.run(RunId{std::stol(run)}).scores.at("test.accuracy"));
  EXPECT_EQ(store.study(StudyId{told.at("study").asInt()}).methods.back().title, "elsewhere");
  // Into the first comparison once more: the answers are known.
  const Result again =
      place.run({"import-adapter", "elsewhere", "--project", "joined.attune", "--study", "1"});
  ASSERT_EQ(again.exitCode, 0) << again.err;
  EXPECT_EQ(joined().allRuns().size(), before + 1);
  EXPECT_NE(again.out.find("elsewhere was not trained here"), std::string::npos) << again.out;

  EXPECT_EQ(place.run({"import-adapter", "elsewhere", "--project", "joined.attune"}).exitCode, 2);
  const Result absent = place.run({"import-adapter", "nowhere", "--project", "joined.attune"});
  EXPECT_EQ(absent.exitCode, 3);
  EXPECT_NE(absent.err.find("nowhere"), std::string::npos);
}

TEST(Compare, ADryRunTellsWhatTheRunsWillTake) {
  const Place& place = smallProject().place;
  const std::size_t before = smallStore().allRuns().size();
  const Result result =
      place.run({"compare", "--project", "small.attune", "--data", smallStore().datasets().front().name,
                 "--methods", "majority,lora", "--seeds", "2", "--dry-run", "--json"});
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const Json plan = document(result, "compare_plan");
  ASSERT_EQ(plan.at("runs").items().size(), 3u);
  for (const Json& run : plan.at("runs").items()) {
    EXPECT_GT(run.at("seconds").asDouble(), 0);
    EXPECT_GT(run.at("peak_bytes").asInt(), 50 << 20);
  }
  EXPECT_LT(plan.at("seconds_low").asDouble(), plan.at("seconds_high").asDouble());
  EXPECT_EQ(smallStore().allRuns().size(), before);
}

TEST(Compare, PredictNeedsNoPromptForALabelOfItsOwn) {
  const Place& place = smallProject().place;
  place.write("texts.csv", "text\nwhere is my parcel\nI want my money back\n");
  const Result result = place.run(
      {"predict", "--base", "bundled", "--data", "texts.csv", "--labels", "delivery,refund", "--json"});
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const Json predictions = document(result, "predict").at("predictions");
  ASSERT_EQ(predictions.items().size(), 2u);
  for (const Json& p : predictions.items()) {
    double sum = 0;
    for (const auto& [label, score] : p.at("scores").members()) sum += score.asDouble();
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

TEST(Compare, ASpecThatHasBeenDoneIsNotDoneAgain) {
  const Place& place = smallProject().place;
  const std::int64_t id = idOf("lora", 2);
  const Result shown = place.run({"show", std::to_string(id), "--project", "small.attune", "--json"});
  ASSERT_EQ(shown.exitCode, 0) << shown.err;
  const Json run = document(shown, "run").at("run");
  place.write("spec.json", run.at("spec").dump());
  const std::size_t before = smallStore().allRuns().size();
  const Result again = place.run({"run", "spec.json", "--project", "small.attune", "--json"});
  ASSERT_EQ(again.exitCode, 0) << again.err;
  const Json answer = document(again, "runs").at("run");
  EXPECT_EQ(answer.at("id").asInt(), id);
  EXPECT_EQ(answer.at("state").asString(), "finished");
  EXPECT_EQ(answer.at("scores").dump(), run.at("scores").dump());
  EXPECT_EQ(answer.at("train_seconds").dump(), run.at("train_seconds").dump());
  EXPECT_EQ(smallStore().allRuns().size(), before);
}

// The study says how to repeat it; repeated, everything is found done and says the same.
TEST(Compare, TheCommandThatRepeatsItFindsEverythingDone) {
  std::vector<std::string> words = splitText(compared().at("study").at("repeat_command").asString(), ' ');
  ASSERT_EQ(words.front(), "attune-cli");
  words.erase(words.begin());
  words.emplace_back("--json");
  const Result again = smallProject().place.run(words);
  ASSERT_EQ(again.exitCode, 0) << again.err;
  const Json json = document(again, "compare");
  EXPECT_EQ(json.at("runs").dump(), compared().at("runs").dump());
  EXPECT_EQ(json.at("configurations").dump(), compared().at("configurations").dump());
  EXPECT_EQ(json.at("pairs").dump(), compared().at("pairs").dump());
  EXPECT_NE(json.at("study").at("id").asInt(), compared().at("study").at("id").asInt());
}

// Everything that was learned is the same file in a project of another name, folder, order and number of
// workers.
TEST(Compare, TwoProjectsLearnTheSame) {
  const Place place;
  place.write("other name.csv", fewMessages(150));
  Options options;
  options.seconds = 150;
  const Result result = place.run(
      SmallProject::command("other.attune", "other name.csv", "lora,prompt_tuning,bag_of_words", "1", "1"),
      options);
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const Json other = document(result, "compare");
  for (const char* method : {"lora", "prompt_tuning", "bag_of_words"}) {
    SCOPED_TRACE(method);
    const Json first = runOf(compared(), method, 1), second = runOf(other, method, 1);
    ASSERT_FALSE(first.isNull() || second.isNull());
    EXPECT_EQ(first.at("scores").dump(), second.at("scores").dump());
    std::map<std::string, std::string> hashes;
    for (const Json& a : first.at("artifacts").items())
      hashes[std::filesystem::path(a.at("path").asString()).filename().string()] = a.at("sha256").asString();
    ASSERT_FALSE(hashes.empty());
    EXPECT_EQ(hashes.size(), second.at("artifacts").items().size());
    for (const Json& a : second.at("artifacts").items()) {
      const std::string file = place.path("other.files/" + a.at("path").asString());
      EXPECT_EQ(sha256File(file), a.at("sha256").asString());
      EXPECT_EQ(fileSize(file), a.at("bytes").asInt());
      EXPECT_EQ(hashes[std::filesystem::path(file).filename().string()], a.at("sha256").asString()) << file;
    }
  }
  EXPECT_NE(runOf(compared(), "lora", 1).at("artifacts").dump(),
            runOf(compared(), "lora", 2).at("artifacts").dump());
}

TEST(Compare, FailsOnWorseOnlyWhenAsked) {
  const Place place;
  std::string csv = "text,label\n";
  for (int i = 0; i < 240; ++i) {
    const std::string n = std::to_string(i);
    csv += i % 2 ? "apple " + n + " pie,fruit\n" : "hammer " + n + " nail,tool\n";
  }
  place.write("easy.csv", csv);
  std::vector<std::string> command{
      "compare", "--project", "p.attune",   "--data",       "easy.csv", "--methods", "bag_of_words,untuned",
      "--split", "20/10/70",  "--baseline", "bag_of_words", "--json"};
  const Result plain = place.run(command);
  EXPECT_EQ(plain.exitCode, 0) << plain.err;
  command.emplace_back("--fail-on-worse");
  const Result strict = place.run(command);
  EXPECT_EQ(strict.exitCode, 5) << strict.err;
  const Json json = document(strict, "compare");
  for (const Json& c : json.at("configurations").items())
    if (c.at("method").asString() == "bag_of_words") EXPECT_GT(c.at("mean").asDouble(), 0.95);
  // The second time nothing was run again.
  EXPECT_EQ(runOf(document(plain, "compare"), "untuned", 1).dump(), runOf(json, "untuned", 1).dump());
}

TEST(Compare, RefusesWhatItCannotDoBeforeItWritesAProject) {
  const Place place;
  place.write("data.csv", fewMessages(40));
  const auto refused = [&](const std::vector<std::string>& more, int exitCode, const std::string& words) {
    SCOPED_TRACE(joinText(more, " "));
    std::vector<std::string> command{"compare", "--project", "new.attune", "--json"};
    command.insert(command.end(), more.begin(), more.end());
    const Result result = place.run(command);
    const Json error = expectError(result, exitCode);
    EXPECT_NE((error.stringOr("message", "") + error.stringOr("hint", "")).find(words), std::string::npos)
        << result.err;
    EXPECT_FALSE(std::filesystem::exists(place.path("new.attune"))) << "a project was left behind";
    std::filesystem::remove(place.path("new.attune"));
  };
  refused({"--data", "data.csv", "--methods", "lra"}, 2, "lora");
  refused({"--data", "data.csv", "--methods", "lora", "--set", "lora.lerning_rate=1"}, 2, "learning_rate");
  refused({"--data", "data.csv", "--methods", "lora", "--set", "lora.r=0"}, 2, "lora.r");
  refused({"--data", "data.csv", "--methods", "lora", "--set", "full.epochs=2"}, 2, "full.epochs");
  refused({"--data", "data.csv", "--methods", "lora", "--preset", "fast"}, 2, "fast");
  refused({"--data", "absent.csv", "--methods", "lora"}, 3, "absent.csv");
  refused({"--data", "data.csv", "--methods", "lora", "--base", "absent"}, 3, "absent");
  refused({"--data", "data.csv", "--methods", "lora", "--split", "90/20/10"}, 2, "90/20/10");
  refused({"--data", "data.csv", "--methods", "lora", "--device", "tpu"}, 3, "tpu");
}

}  // namespace
}  // namespace attune::cli

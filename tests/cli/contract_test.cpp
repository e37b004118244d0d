// The keys and manners that every command promises.

#include <algorithm>
#include <filesystem>

#include "core/store/store.h"
#include "tests/support/cli_project.h"

namespace attune::cli {
namespace {

TEST(Contract, BenchTellsStepsAsRates) {
  const Place place;
  for (const char* what : {"ladder", "methods"}) {
    SCOPED_TRACE(what);
    const Result result = place.run({"bench", what, "--methods", "lora", "--seconds", "0.1", "--json"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const Json steps = document(result, "bench").at("steps");
    ASSERT_FALSE(steps.items().empty());
    EXPECT_EQ(steps.items().front().at("ratio").asDouble(), 1);
    for (const Json& step : steps.items()) {
      EXPECT_FALSE(step.at("name").asString().empty());
      EXPECT_GT(step.at("examples_per_second").asDouble(), 0);
    }
  }
  EXPECT_EQ(place.run({"bench"}).exitCode, 2);
}

TEST(Contract, BenchComparesMethodsWithTheFirstThatTrainsThroughTheBase) {
  const Result result =
      Place().run({"bench", "methods", "--methods", "linear_probe,lora", "--seconds", "0.1", "--json"});
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const Json steps = document(result, "bench").at("steps");
  for (const Json& step : steps.items())
    if (step.at("name").asString() == "lora")
      EXPECT_EQ(step.at("ratio").asDouble(), 1);
    else
      EXPECT_GT(step.at("ratio").asDouble(), 1);
  EXPECT_EQ(steps.items().size(), 2u);
}

TEST(Contract, CatalogsHaveTheirKeys) {
  const Place place;
  const std::vector<std::string> names{"methods", "metrics", "families"};
  const auto results = place.runAll({{"methods", "--json"}, {"metrics", "--json"}, {"families", "--json"}});
  for (std::size_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    EXPECT_EQ(results[i].exitCode, 0);
    EXPECT_EQ(results[i].err, "");
    const Json json = document(results[i], names[i]);
    ASSERT_FALSE(json.at(names[i]).items().empty());
    for (const Json& item : json.at(names[i]).items()) {
      expectKeys(item, {"name", "title", "summary", "source"}, "an entry");
      for (const auto& [key, value] : item.members())
        if (value.isString()) EXPECT_FALSE(value.asString().empty()) << key;
      if (names[i] != "methods") continue;
      for (const Json& p : item.at("parameters").items()) {
        expectKeys(p, {"name", "type", "default", "min", "max", "help"}, item.at("name").asString());
        EXPECT_FALSE(p.at("help").asString().empty())
            << item.at("name").asString() << "." << p.at("name").asString();
        if (p.at("min").isNumber() && p.at("default").isNumber()) {
          EXPECT_LE(p.at("min").asDouble(), p.at("default").asDouble());
          EXPECT_LE(p.at("default").asDouble(), p.at("max").asDouble());
        }
      }
    }
  }
}

TEST(Contract, MethodsHaveTheNamesThatAreFixed) {
  const Place place;
  const Json json = document(place.run({"methods", "--json"}), "methods");
  std::vector<std::string> names;
  for (const Json& m : json.at("methods").items()) names.push_back(m.at("name").asString());
  for (const char* name :
       {"majority", "bag_of_words", "untuned", "hand_prompt", "prompt_tuning", "lora", "full"})
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  for (const Json& m : json.at("methods").items()) {
    if (m.at("name").asString() != "lora") continue;
    std::string all;
    for (const Json& p : m.at("parameters").items()) all += " " + p.at("name").asString() + " ";
    for (const char* name : {"r", "lora_alpha", "learning_rate", "epochs", "batch_size", "warmup_ratio",
                             "weight_decay", "max_steps"})
      EXPECT_NE(all.find(" " + std::string(name) + " "), std::string::npos) << name;
  }
}

TEST(Contract, BasesListTheBundledOne) {
  const Place place;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"bases", "--json"},
                                                {"bases", "list", "--json"},
                                                {"bases", "add", bundledFolder(), "--json"}}) {
    const Result result = place.run(words);
    EXPECT_EQ(result.exitCode, 0) << result.err;
    const Json list = document(result, "bases").at("bases");
    ASSERT_EQ(list.items().size(), 1u);
    const Json& base = list.items().front();
    expectKeys(base, {"name", "path", "family", "parameters", "tokenizer", "dtype"}, "a base");
    EXPECT_EQ(base.at("name").asString(), "bundled");
    EXPECT_GT(base.at("parameters").asInt(), 1000000);
  }
  expectError(place.run({"bases", "get", "no such/name", "--json"}), 2, "usage");
  expectError(place.run({"bases", "lsit", "--json"}), 2, "usage");
}

TEST(Contract, DoctorSaysWhatItLookedAt) {
  const SmallProject& small = smallProject();
  const Result result = small.place.run({"doctor", "--project", small.project, "--json"});
  const Json checks = document(result, "doctor").at("checks");
  bool allOk = true;
  std::string names;
  for (const Json& check : checks.items()) {
    expectKeys(check, {"name", "ok", "value", "cure"}, "a check");
    allOk = allOk && check.at("ok").asBool();
    names += check.at("name").asString() + "\n";
    EXPECT_EQ(check.at("ok").asBool(), check.at("cure").asString().empty()) << check.dump();
  }
  EXPECT_EQ(result.exitCode, allOk ? 0 : 1);
  for (const char* name : {"libtorch", "cpu", "gemm", "blas", "project"})
    EXPECT_NE(names.find(name), std::string::npos) << name;
}

TEST(Contract, DoctorFindsADamagedProject) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  ASSERT_EQ(place.run({"import", "data.csv", "--project", "p.attune"}).exitCode, 0);
  std::string bytes = readFile(place.path("p.attune"));
  ASSERT_GT(bytes.size(), 16384u);
  for (std::size_t i = 8192; i < 12288; ++i) bytes[i] = static_cast<char>(0xA5);
  place.write("p.attune", bytes);
  const Result result = place.run({"doctor", "--project", "p.attune", "--json"});
  EXPECT_TRUE(result.exitCode == 1 || result.exitCode == 3) << result.exitCode << result.out;
  EXPECT_EQ(result.err.find("terminate"), std::string::npos);
}

TEST(Contract, ListAndShowTellOfEveryRun) {
  const SmallProject& small = smallProject();
  const Result listed = small.place.run({"list", "--project", small.project, "--json"});
  EXPECT_EQ(listed.exitCode, 0) << listed.err;
  EXPECT_EQ(listed.err, "");
  const Json list = document(listed, "list");
  expectKeys(list, {"runs", "studies", "datasets"}, "list");
  EXPECT_EQ(list.at("runs").items().size(), 6u);
  const Json run = runOf(list, "lora", 1);
  const Result shown =
      small.place.run({"show", std::to_string(run.at("id").asInt()), "--project", small.project, "--json"});
  EXPECT_EQ(shown.exitCode, 0) << shown.err;
  const Json all = document(shown, "run").at("run");
  expectKeys(all,
             {"id", "method", "seed", "state", "scores", "trainable_parameters", "stored_bytes",
              "train_seconds", "peak_bytes", "tokens_per_second", "spec"},
             "the run");
  expectKeys(all.at("spec"), {"method", "params", "seed", "dataset_hash", "split_hash", "base", "budget"},
             "the spec");
  expectError(small.place.run({"show", "4711", "--project", small.project, "--json"}), 3, "not_found");
}

TEST(Contract, CancelTakesOnlyAWaitingRun) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  ASSERT_EQ(place.run({"import", "data.csv", "--project", "p.attune"}).exitCode, 0);
  RunId waiting;
  {
    Store store(place.path("p.attune"), OpenMode::kOpen);
    const DatasetRecord record = store.datasets().front();
    Study study;
    study.name = "waits";
    study.dataset = record.id;
    study.datasetHash = record.hash;
    study.splitHash = record.splitHash;
    RunSpec spec;
    spec.method = "majority";
    spec.datasetHash = record.hash;
    spec.splitHash = record.splitHash;
    waiting = store.addRuns(store.addStudy(study), {spec}).front();
  }
  const std::string id = std::to_string(waiting.value);
  const Result cancelled = place.run({"cancel", id, "--project", "p.attune", "--json"});
  EXPECT_EQ(cancelled.exitCode, 0) << cancelled.err;
  EXPECT_EQ(document(cancelled, "runs").at("run").at("state").asString(), "cancelled");
  expectError(place.run({"cancel", id, "--project", "p.attune", "--json"}), 2, "usage");
  expectError(place.run({"cancel", "99", "--project", "p.attune", "--json"}), 3, "not_found");
  // What was cancelled can be taken up again by name.
  const Result resumed = place.run({"resume", id, "--project", "p.attune", "--json"});
  EXPECT_EQ(resumed.exitCode, 0) << resumed.err;
  EXPECT_EQ(document(resumed, "runs").at("run").at("state").asString(), "finished");
  // With nothing to do, resume is done at once.
  const Result nothing = place.run({"resume", "--project", "p.attune", "--json"});
  EXPECT_EQ(nothing.exitCode, 0) << nothing.err;
  EXPECT_TRUE(document(nothing, "runs").at("runs").items().empty());
}

TEST(Contract, QuietIsSilent) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"import", "data.csv", "--project", "p.attune", "--json", "--quiet"},
        {"check", "data.csv", "--json", "-q"},
        {"compare", "--project", "p.attune", "--data", "data", "--methods", "majority", "--json",
         "--quiet"}}) {
    SCOPED_TRACE(words.front());
    const Result result = place.run(words);
    EXPECT_EQ(result.exitCode, 0);
    EXPECT_EQ(result.err, "");
    document(result, words.front());
  }
}

TEST(Contract, DataGoesToOneStreamAndTalkToTheOther) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  const Result result = place.run(
      {"compare", "--project", "p.attune", "--data", "data.csv", "--methods", "majority,bag_of_words"});
  EXPECT_EQ(result.exitCode, 0) << result.err;
  EXPECT_NE(result.out.find("Bag of words"), std::string::npos) << result.out;
  EXPECT_NE(result.err.find("finished"), std::string::npos) << result.err;
  EXPECT_EQ(result.out.find("finished"), std::string::npos) << "talk among the data";
  EXPECT_EQ(result.err.find('\r'), std::string::npos) << "progress although nobody looks";
  EXPECT_EQ(result.err.find('\033'), std::string::npos);
}

TEST(Contract, NothingIsWrittenButWhatWasAskedFor) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  ASSERT_EQ(place.run({"check", "data.csv", "--json"}).exitCode, 0);
  ASSERT_EQ(place.run({"import", "data.csv", "--project", "p.attune", "--json"}).exitCode, 0);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(place.path("")))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(joinText(names, " "), "data.csv p.attune");
}

}  // namespace
}  // namespace attune::cli

// Ctrl+C, and a command line that is killed in the middle of its work.

#include <filesystem>

#include "core/base/clock.h"
#include "core/store/store.h"
#include "tests/support/cli_project.h"

namespace attune::cli {
namespace {

std::vector<std::string> longComparison(const std::string& steps) {
  return {"compare",
          "--project",
          "p.attune",
          "--data",
          "data.csv",
          "--methods",
          "full",
          "--seeds",
          "3",
          "--workers",
          "1",
          "--set",
          "full.epochs=" + steps,
          "--set",
          "full.patience=0",
          "--json"};
}

std::vector<std::string> twelveSteps() {
  std::vector<std::string> command = longComparison("500");
  command.insert(command.end(), {"--max-steps", "12"});
  return command;
}

// Steps of a run that are in the project by now; a project that is just being made has none.
std::int64_t stepsDone(const std::string& project) {
  try {
    Store store(project, OpenMode::kReadOnly);
    std::int64_t steps = 0;
    for (const auto& run : store.allRuns()) steps += static_cast<std::int64_t>(store.steps(run.id).size());
    return steps;
  } catch (const std::exception&) {
    return 0;
  }
}

std::map<std::string, int> states(const Json& document) {
  std::map<std::string, int> count;
  if (const Json* runs = document.find("runs"))
    for (const Json& run : runs->items()) ++count[run.at("state").asString()];
  return count;
}

TEST(Interrupt, OnceStopsAndKeeps) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  Options options = place.options();
  options.seconds = 90;
  Child child(longComparison("500"), options);
  ASSERT_TRUE(child.waitUntil([&] { return stepsDone(place.path("p.attune")) > 0; })) << child.soFar().err;
  child.signal(SIGINT);
  const Result result = child.finish();
  EXPECT_EQ(result.exitCode, 130) << result.err;
  EXPECT_NE(result.err.find("kept"), std::string::npos) << result.err;
  const Json json = document(result, "compare");
  EXPECT_EQ(states(json), (std::map<std::string, int>{{"stopped", 1}, {"cancelled", 2}}));
  for (const Json& run : json.at("runs").items()) {
    const bool stopped = run.at("state").asString() == "stopped";
    EXPECT_EQ(run.at("scores").has("test.accuracy"), stopped);
    EXPECT_EQ(!run.at("artifacts").items().empty(), stopped);
    if (!stopped) continue;
    EXPECT_NE(run.at("reason").asString().find("stopped at step"), std::string::npos)
        << run.at("reason").asString();
    EXPECT_TRUE(std::filesystem::exists(
        place.path("p.files/" + run.at("artifacts").items().front().at("path").asString())));
  }
}

TEST(Interrupt, TwiceThrowsTheWorkAway) {
  const Place place;
  // Many rows, so that the answers after the first Ctrl+C take longer than the second one.
  place.write("data.csv", fewMessages(5000));
  Options options = place.options();
  options.seconds = 90;
  Child child(longComparison("500"), options);
  ASSERT_TRUE(child.waitUntil([&] { return stepsDone(place.path("p.attune")) > 0; })) << child.soFar().err;
  child.signal(SIGINT);
  ASSERT_TRUE(child.waitUntil([&] { return child.soFar().err.find("again") != std::string::npos; }));
  child.signal(SIGINT);
  const Result result = child.finish();
  EXPECT_EQ(result.exitCode, 130) << result.err;
  const Json json = document(result, "compare");
  EXPECT_EQ(states(json), (std::map<std::string, int>{{"cancelled", 3}}));
  for (const Json& run : json.at("runs").items()) EXPECT_FALSE(run.at("scores").has("test.accuracy"));
}

// The system ends the program: it is gone within 5 s, and the run goes on from where it was.
TEST(Interrupt, TerminationPutsRunsAside) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  Options options = place.options();
  options.seconds = 90;
  Child child(twelveSteps(), options);
  ASSERT_TRUE(child.waitUntil([&] { return stepsDone(place.path("p.attune")) > 2; })) << child.soFar().err;
  child.signal(SIGTERM);
  const double begin = monotonicSeconds();
  const Result result = child.finish();
  EXPECT_LT(monotonicSeconds() - begin, 5.5);
  EXPECT_EQ(result.exitCode, 130) << result.err;
  EXPECT_NE(result.err.find("attune-cli resume"), std::string::npos) << result.err;
  EXPECT_EQ(states(document(result, "compare")),
            (std::map<std::string, int>{{"interrupted", 1}, {"queued", 2}}));

  const Json json = document(place.run({"resume", "--project", "p.attune", "--json"}, options), "runs");
  int resumed = 0;
  for (const Json& run : json.at("runs").items()) {
    EXPECT_EQ(run.at("state").asString(), "finished") << run.dump();
    const Json shown = document(
        place.run({"show", std::to_string(run.at("id").asInt()), "--project", "p.attune", "--json"}), "run");
    resumed += shown.at("run").at("environment").has("resumed");
  }
  EXPECT_EQ(json.at("runs").items().size(), 3u);
  EXPECT_EQ(resumed, 1);
}

TEST(Interrupt, WhatWasKilledIsResumed) {
  const Place place;
  place.write("data.csv", fewMessages(60));
  Options options = place.options();
  options.seconds = 90;
  {
    Child child(twelveSteps(), options);
    ASSERT_TRUE(child.waitUntil([&] { return stepsDone(place.path("p.attune")) > 0; })) << child.soFar().err;
    child.signal(SIGKILL);
    EXPECT_EQ(child.finish().signal, SIGKILL);
  }
  const Result result = place.run({"resume", "--project", "p.attune", "--workers", "2", "--json"}, options);
  EXPECT_EQ(result.exitCode, 0) << result.err;
  const Json json = document(result, "runs");
  for (const Json& run : json.at("runs").items())
    EXPECT_EQ(run.at("state").asString(), "finished") << run.dump();
  const Json list = document(place.run({"list", "--project", "p.attune", "--json"}), "list");
  EXPECT_EQ(states(list), (std::map<std::string, int>{{"finished", 3}}));
  EXPECT_TRUE(Store(place.path("p.attune"), OpenMode::kReadOnly).checkIntegrity().empty());
}

}  // namespace
}  // namespace attune::cli

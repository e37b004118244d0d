// The named experiments from outside, each on a few rows and steps.

#include "tests/support/cli_project.h"

namespace attune::cli {
namespace {

TEST(Experiments, AreListedWithTheirClaims) {
  const Place place;
  const Json json = document(place.run({"experiments", "--json"}), "experiments");
  ASSERT_EQ(json.at("experiments").items().size(), 11U);
  for (const Json& info : json.at("experiments").items())
    expectKeys(info, {"name", "title", "claim", "summary", "methods"}, "an experiment");
}

// All that have runs of their own, after each other on one project: the second needs no --data.
TEST(Experiments, EachEndsAsACardAndOnTheBoard) {
  const Place place;
  place.write("messages.csv", fewMessages(120));
  const std::vector<std::pair<std::string, std::vector<std::string>>> experiments{
      {"data_efficiency", {"--sizes", "8,32", "--methods", "prompt_tuning,full"}},
      {"overfitting", {"--methods", "prompt_tuning,full"}},
      {"fragility", {"--methods", "hand_prompt,few_shot,lora"}},
      {"nonsense_labels", {"--methods", "prompt_tuning,full"}},
      {"forgetting", {"--methods", "prompt_tuning,lora,full"}},
      {"shots", {"--sizes", "8,32", "--methods", "lora"}},
      {"storage", {"--methods", "prompt_tuning,full"}}};
  Options options = place.options();
  options.seconds = 240;
  for (const auto& [name, more] : experiments) {
    SCOPED_TRACE(name);
    std::vector<std::string> command{"experiment", name,          "--project", "e.attune",     "--seeds",
                                     "2",          "--max-steps", "4",         "--train-rows", "32",
                                     "--workers",  "2",           "--picture", name + ".svg",  "--json"};
    if (name == "data_efficiency") command.insert(command.end(), {"--data", "messages.csv"});
    command.insert(command.end(), more.begin(), more.end());
    const Result result = place.run(command, options);
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const Json card = document(result, "experiment").at("experiment");
    expectKeys(card, {"claim", "verdict", "effect", "low", "high", "points", "studies", "text", "why"},
               "a card");
    EXPECT_NE(card.at("verdict").asString(), "not_measured") << card.dump();
    EXPECT_GE(card.at("points").items().size(), 2U);
    EXPECT_NE(readFile(place.path(name + ".svg")).find("</svg>"), std::string::npos);
  }
  const Json board = document(place.run({"claims", "--project", "e.attune", "--json"}), "claims");
  std::size_t measured = 0;
  for (const Json& claim : board.at("claims").items())
    measured += claim.at("word").asString() != "not_measured";
  EXPECT_EQ(board.at("claims").items().size(), 11U);
  EXPECT_EQ(measured, 11U) << board.dump(1);
  // A report of any of the studies has them, with pictures.
  const Result report = place.run({"report", "--project", "e.attune", "--out", "r", "--format", "html,svg"});
  ASSERT_EQ(report.exitCode, 0) << report.err;
  EXPECT_NE(readFile(place.path("r/report.html")).find("Lost on a general text"), std::string::npos);
  EXPECT_NE(readFile(place.path("r/plots/claim_forgetting.csv")).find("LoRA"), std::string::npos);
}

TEST(Experiments, PlanWithoutRunningAndRefuseWithTheCure) {
  const Place place;
  place.write("messages.csv", fewMessages(120));
  const std::vector<std::string> begin{"experiment", "--project", "e.attune", "--data", "messages.csv"};
  auto command = begin;
  command.insert(command.end(), {"shots", "--dry-run", "--json"});
  const Json plan = document(place.run(command), "experiment_plan");
  EXPECT_GT(plan.at("arms").asInt(), 2);
  EXPECT_GT(plan.at("runs").asInt(), plan.at("arms").asInt());
  command = begin;
  command.insert(command.end(), {"data_eficiency"});
  const Result misspelt = place.run(command);
  EXPECT_EQ(misspelt.exitCode, 2);
  EXPECT_NE(misspelt.err.find("Did you mean 'data_efficiency'?"), std::string::npos) << misspelt.err;
  command = begin;
  command.insert(command.end(), {"data_efficiency", "--sizes", "8,100000"});
  const Result tooMany = place.run(command);
  EXPECT_EQ(tooMany.exitCode, 2);
  EXPECT_NE(tooMany.err.find("training rows, so 100000 of them cannot be used"), std::string::npos)
      << tooMany.err;
}

}  // namespace
}  // namespace attune::cli

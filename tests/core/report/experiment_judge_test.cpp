#include "core/report/experiment_judge.h"

#include <gtest/gtest.h>

#include "tests/support/report_support.h"

namespace attune {
namespace {

using test::InventedStudy;
using test::ReportFolder;

// 40 training, 20 validation and 100 test rows of two labels; full fine-tuning and prompt tuning, three
// seeds.
class Experiment : public testing::Test {
 protected:
  Experiment() : store_(folder_.file("p.attune"), OpenMode::kCreateOrOpen) {
    InventedStudy invented;
    invented.testRows = 100;
    examples_ = test::inventExamples(invented);
    record_.name = "messages";
    record_.hash = sha256("messages");
    record_.splitHash = sha256("split");
    record_.labels = invented.labels;
    record_.splitSizes = {{kTrainSplit, 40}, {kValidationSplit, 20}, {kTestSplit, 100}};
    record_.id = store_.addDataset(record_, examples_);
  }

  // An arm whose runs answer `right(title, seed, position)` of the test rows; `more` tells what else a run
  // does.
  using Right = std::function<bool(const std::string&, std::uint64_t, std::int64_t)>;
  using More = std::function<void(const attune::Run&, const std::string&)>;
  Study arm(const std::string& experiment, double value, const Right& right, const More& more = {},
            const Conditions& conditions = {}, std::vector<std::string> titles = {"Prompt", "Full"}) {
    Study study;
    study.name = experiment;
    study.dataset = record_.id;
    study.datasetHash = record_.hash;
    study.splitHash = record_.splitHash;
    study.base = {"bundled", "base", sha256("base")};
    study.seeds = seeds_;
    study.conditions = conditions;
    study.arm = {experiment, experiment + "-1", "arm", value, value == 1};
    for (const std::string& title : titles) {
      MethodChoice choice{title == "Full"     ? "full"
                          : title == "Prompt" ? "prompt_tuning"
                          : title == "Hand"   ? "hand_prompt"
                                              : "few_shot",
                          title,
                          {},
                          title != "Hand"};
      choice.params.set("arm", value);
      choice.params.set("title", title);
      if (title == "Prompt") choice.params.set("num_virtual_tokens", std::int64_t{20});
      if (choice.method == "few_shot")
        choice.params.set("shots", static_cast<std::int64_t>(title.size()));
      else if (title != "Hand")
        choice.params.set("epochs", std::int64_t{3});
      study.methods.push_back(choice);
    }
    study.id = store_.addStudy(study);
    for (const RunId id : store_.addRuns(study.id, expand(study))) {
      const attune::Run run = store_.run(id);
      const std::string title = study.titleOf(run.spec);
      store_.claim(id, RunOwner::thisProcess());
      store_.apply(id, RunStarted{10, title == "Hand" ? 0 : 1000, 100000, Json()});
      store_.apply(id,
                   RunScored{kValidationSplit,
                             10,
                             {{"accuracy", title == "Full" ? 0.9 : 0.1 * static_cast<double>(title.size())}},
                             true});
      store_.apply(id, RunPredicted{kTestSplit, answers(kTestSplit, [&](std::int64_t i) {
                                      return right(title, run.spec.seed, i);
                                    })});
      if (more) more(run, title);
      RunCost cost;
      cost.trainableParameters = title == "Hand" ? 0 : 1000;
      store_.apply(id, RunFinished{RunState::kFinished, "", cost});
    }
    return study;
  }

  std::vector<Prediction> answers(const char* split, const std::function<bool(std::int64_t)>& right) const {
    std::vector<Prediction> list;
    for (const StoredExample& e : examples_)
      if (e.split == split) {
        const auto position = static_cast<std::int64_t>(list.size());
        list.push_back({e.row, e.label, right(position) ? e.label : 1 - e.label, {0.5F, 0.5F}});
      }
    return list;
  }

  std::int64_t seeds_ = 3;
  ReportFolder folder_;
  Store store_;
  DatasetRecord record_;
  std::vector<StoredExample> examples_;
};

// The first `percent` of a hundred items, each seed one more.
bool first(std::int64_t percent, std::uint64_t seed, std::int64_t i) {
  return i < percent + static_cast<std::int64_t>(seed) - 2;
}

TEST_F(Experiment, DataEfficiencyComparesTheCurvesAndFindsTheCrossover) {
  std::vector<Study> arms;
  // Prompt 60 70 80, full 40 70 + 10 and 90: they meet between 8 and 32 rows.
  const std::map<double, std::pair<int, int>> curve{{8, {60, 40}}, {32, {70, 80}}, {128, {80, 90}}};
  for (const auto& [rows, percents] : curve)
    arms.push_back(
        arm("data_efficiency", rows, [&](const std::string& title, std::uint64_t seed, std::int64_t i) {
          return first(title == "Prompt" ? percents.first : percents.second, seed, i);
        }));
  const Claim claim = judgeExperiment(store_, arms);
  // Mean over the curve: (60/2 + 70 + 80/2)/2 = 70 against (40/2 + 80 + 90/2)/2 = 72.5.
  EXPECT_NEAR(claim.number.value, -0.025, 1e-9);
  EXPECT_NE(claim.effect.find("Full goes past it at about 20 rows"), std::string::npos) << claim.effect;
  EXPECT_EQ(claim.picture.series.size(), 2U);
  EXPECT_EQ(claim.studies.size(), 3U);
  // From 60 to 80 the prompt goes evenly from 8 to 32 and 128 rows (mean 50), full stays between 20 and 32
  // (26).
  EXPECT_NE(claim.effect.find("it needs 24 rows more"), std::string::npos) << claim.effect;
  EXPECT_NE(
      claim.effect.find("Rows that surely give 87.0 % (lower end of the interval): Prompt more than 128"),
      std::string::npos)
      << claim.effect;
  EXPECT_EQ(claim.word, ClaimWord::kNotSettled) << claim.effect;
}

TEST_F(Experiment, OverfittingComparesTheGapsAndCountsWhatWasMemorised) {
  const auto right = [](const std::string&, std::uint64_t seed, std::int64_t i) {
    return first(60, seed, i);
  };
  std::vector<Study> arms;
  for (const double share : {0.0, 0.5}) {
    Conditions conditions;
    conditions.asksTraining = true;
    conditions.flippedLabels = share;
    arms.push_back(arm(
        "overfitting", share, right,
        [&](const attune::Run& run, const std::string& title) {
          // Full answers every training row as it was taught, the prompt six of ten rightly.
          std::vector<Prediction> lesson =
              answers(kTrainSplit, [&](std::int64_t i) { return title == "Full" || i % 10 < 6; });
          if (title == "Full")
            for (Prediction& p : lesson) p.predicted = taughtLabel(p.row, p.label, 2, share, run.spec.seed);
          store_.apply(run.id, RunPredicted{kTrainSplit, lesson});
          for (const int step : {5, 10})
            store_.apply(run.id,
                         RunScored{kValidationSplit, step, {{"accuracy", step == 5 ? 0.7 : 0.6}}, false});
        },
        conditions));
  }
  const Claim claim = judgeExperiment(store_, arms);
  EXPECT_NEAR(claim.number.value, 0.4, 1e-9);  // 100 - 60 against 60 - 60
  EXPECT_EQ(claim.word, ClaimWord::kSupported) << claim.effect;
  EXPECT_NE(claim.effect.find("Full: gap +40.0 points"), std::string::npos) << claim.effect;
  EXPECT_NE(claim.effect.find("answers 100.0 % of them as taught"), std::string::npos) << claim.effect;
  EXPECT_NE(claim.effect.find("from the best to the last look −10.0 points"), std::string::npos)
      << claim.effect;
}

TEST_F(Experiment, FragilityCountsWhatFlips) {
  Conditions conditions;
  conditions.asksWordings = true;
  const auto measure = [&](double value) {
    return arm(
        "fragility", value, [](const std::string&, std::uint64_t, std::int64_t i) { return i < 60; },
        [&](const attune::Run& run, const std::string& title) {
          // The hand-written prompt answers half of the items otherwise under one of two wordings.
          for (const char* wording : {"format/upper_case", "lead_in/please"}) {
            const bool turns = title == "Hand" && std::string(wording).starts_with("lead_in");
            store_.apply(run.id, RunPredicted{kWordingPrefix + std::string(wording),
                                              answers(kTestSplit, [&](std::int64_t i) {
                                                return (i < 60) != (turns && i % 2 == 0);
                                              })});
          }
        },
        conditions, {"Hand", "Prompt", "Full"});
  };
  const Study study = measure(0);
  const Claim claim = judgeExperiment(store_, {study});
  EXPECT_EQ(claim.word, ClaimWord::kSupported) << claim.effect;
  // Two of three pairs of wordings differ on half of the items.
  EXPECT_NEAR(claim.number.value, 1.0 / 3, 1e-9);
  EXPECT_NE(claim.effect.find("right under all 30.0 %"), std::string::npos) << claim.effect;
  EXPECT_EQ(claim.picture.rows.size(), 3U);
  EXPECT_EQ(claim.effect.find("One seed"), std::string::npos);
  // The same with one seed settles nothing.
  seeds_ = 1;
  const Claim alone = judgeExperiment(store_, {measure(1)});
  EXPECT_EQ(alone.word, ClaimWord::kNotSettled) << alone.effect;
  EXPECT_NE(alone.effect.find("One seed"), std::string::npos);
}

// Without its first token the prompt misses ten items more of a hundred, in another order it answers none
// rightly; full fine-tuning has no tokens.
TEST_F(Experiment, FragilityTellsWhatVirtualTokensBear) {
  Conditions conditions;
  conditions.asksWordings = conditions.disturbsPrompt = true;
  const Study study = arm(
      "fragility", 0, [](const std::string&, std::uint64_t, std::int64_t i) { return i < 60; },
      [&](const attune::Run& run, const std::string& title) {
        const auto answer = [&](const std::string& name, std::int64_t right) {
          store_.apply(run.id,
                       RunPredicted{name, answers(kTestSplit, [&](std::int64_t i) { return i < right; })});
        };
        answer(kWordingPrefix + std::string("lead_in/please"), 50);
        if (title != "Prompt") return;
        answer("virtual:drop/1", 50);
        answer("virtual:drop/2", 60);
        answer("virtual:order/1", 0);
        answer("virtual:noise_5/1", 60);
      },
      conditions, {"Hand", "Prompt", "Full"});
  const std::string effect = judgeExperiment(store_, {study}).effect;
  EXPECT_NE(effect.find("Its virtual tokens: one left out −5.0 points"), std::string::npos) << effect;
  EXPECT_NE(effect.find("at worst −10.0 points"), std::string::npos) << effect;
  EXPECT_NE(effect.find("in another order −60.0 points"), std::string::npos) << effect;
  EXPECT_NE(effect.find("the first wording +10.0 points above"), std::string::npos) << effect;
}

TEST_F(Experiment, NonsenseLabelsComparesWhatIsOwedToTheWords) {
  std::vector<Study> arms;
  for (const double value : {0.0, 1.0})
    arms.push_back(
        arm("nonsense_labels", value, [&](const std::string& title, std::uint64_t seed, std::int64_t i) {
          return first(title == "Full" ? 90 : value == 0 ? 80 : 50, seed, i);
        }));
  const Claim claim = judgeExperiment(store_, arms);
  EXPECT_NEAR(claim.number.value, 0.3, 1e-9);
  EXPECT_EQ(claim.word, ClaimWord::kSupported) << claim.effect;
}

TEST_F(Experiment, ForgettingReadsOnAndOff) {
  Conditions conditions;
  conditions.readsGeneral = true;
  const auto tell = [&](const attune::Run& run, const char* name, double lossPerToken) {
    std::vector<Prediction> list;
    for (std::int64_t i = 0; i < 40; ++i) {
      Prediction p;
      p.row = i;
      p.answerTokens = 20;
      p.logLikelihood =
          -60 - 20 * (lossPerToken + (lossPerToken > 0 ? 0.001 * static_cast<double>(i % 3) : 0));
      list.push_back(p);
    }
    store_.apply(run.id, RunPredicted{name, list});
  };
  const Study study = arm(
      "forgetting", 0,
      [](const std::string&, std::uint64_t seed, std::int64_t i) { return first(60, seed, i); },
      [&](const attune::Run& run, const std::string& title) {
        tell(run, kGeneralBefore, 0);
        tell(run, kGeneralOn, title == "Full" ? 0.4 : 0.01);
        tell(run, kGeneralOff, 0);
      },
      conditions);
  const Claim claim = judgeExperiment(store_, {study});
  EXPECT_EQ(claim.word, ClaimWord::kSupported) << claim.effect;
  EXPECT_NEAR(claim.number.value, 0.011, 5e-4);
  EXPECT_NE(claim.effect.find("switched off nothing is lost"), std::string::npos) << claim.effect;
  EXPECT_NE(claim.effect.find("Full: +0.401 nats"), std::string::npos) << claim.effect;
}

// Of 120 items of the side tasks the base knew 90; a prompt that keeps its hold on the general text but
// forgets half of them is no proof that nothing is forgotten.
TEST_F(Experiment, ForgettingAsksWhatIsLeftOfOtherTasks) {
  Conditions conditions;
  conditions.readsGeneral = conditions.asksSideTasks = true;
  std::int64_t knew = 90;
  const auto measure = [&](double value) {
    return arm(
        "forgetting", value,
        [](const std::string&, std::uint64_t seed, std::int64_t i) { return first(60, seed, i); },
        [&](const attune::Run& run, const std::string& title) {
          for (const char* name : {kGeneralBefore, kGeneralOn, kGeneralOff}) {
            std::vector<Prediction> list(40);
            for (std::size_t i = 0; i < list.size(); ++i) {
              list[i].row = static_cast<std::int64_t>(i);
              list[i].answerTokens = 20;
              list[i].logLikelihood = -60;
            }
            store_.apply(run.id, RunPredicted{name, list});
          }
          const auto side = [&](const char* name, std::int64_t right) {
            std::vector<Prediction> list;
            for (std::int64_t i = 0; i < 120; ++i) list.push_back({i, 1, i < right ? 1 : 0});
            store_.apply(run.id, RunPredicted{name, list});
          };
          side(kSideBefore, knew);
          side(kSideOn, title == "Prompt" ? knew / 2 : knew);
        },
        conditions);
  };
  const Claim lost = judgeExperiment(store_, {measure(0)});
  EXPECT_EQ(lost.word, ClaimWord::kRefuted) << lost.effect;
  EXPECT_NE(lost.effect.find("it answers 37.5 % instead of 75.0 %"), std::string::npos) << lost.effect;
  EXPECT_NE(lost.effect.find("50.0 % kept"), std::string::npos) << lost.effect;
  knew = 40;  // a third: no more than guessing
  const Claim guessed = judgeExperiment(store_, {measure(1)});
  EXPECT_NE(guessed.effect.find("no more than guessing"), std::string::npos) << guessed.effect;
  EXPECT_EQ(guessed.word, ClaimWord::kDepends);  // full fine-tuning forgets nothing either
}

TEST_F(Experiment, ShotsAreChosenOnValidationAndWorthRows) {
  std::vector<Study> arms;
  // By validation "eight__" (seven letters) is the best, on test it is right for 70.
  arms.push_back(arm("shots", 0,
                     [](const std::string& title, std::uint64_t seed, std::int64_t i) {
                       return first(title == "one" ? 75 : 70, seed, i);
                     },
                     {}, {}, {"one", "eight__"}));
  for (const double rows : {8.0, 32.0, 128.0})
    arms.push_back(arm("shots", rows,
                       [&](const std::string&, std::uint64_t seed, std::int64_t i) {
                         return first(rows == 8 ? 60 : rows == 32 ? 80 : 95, seed, i);
                       },
                       {}, {}, {"Full"}));
  const Claim claim = judgeExperiment(store_, arms);
  EXPECT_NEAR(claim.number.value, -0.25, 1e-9);
  EXPECT_EQ(claim.word, ClaimWord::kRefuted) << claim.effect;
  EXPECT_NE(claim.effect.find("eight__"), std::string::npos) << claim.effect;
  EXPECT_NE(claim.effect.find("worth about 16 training rows"), std::string::npos) << claim.effect;
}

// Sets of examples (seeds) are right for 60, 70 and 80 items with either order: they spread by 10 points,
// the orders not at all.
TEST_F(Experiment, ShotsTellSetsAndOrdersApart) {
  Conditions conditions;
  conditions.orders = 1;
  const auto right = [](std::uint64_t seed, std::int64_t i) {
    return i < 50 + 10 * static_cast<std::int64_t>(seed);
  };
  std::vector<Study> arms{arm(
      "shots", 0, [&](const std::string&, std::uint64_t seed, std::int64_t i) { return right(seed, i); },
      [&](const attune::Run& run, const std::string&) {
        store_.apply(run.id,
                     RunPredicted{"wording:example_order/order_1", answers(kTestSplit, [&](std::int64_t i) {
                                    return right(run.spec.seed, i);
                                  })});
      },
      conditions, {"four"})};
  for (const double rows : {8.0, 32.0})
    arms.push_back(
        arm("shots", rows,
            [](const std::string&, std::uint64_t seed, std::int64_t i) { return first(60, seed, i); }, {}, {},
            {"Full"}));
  const std::string effect = judgeExperiment(store_, arms).effect;
  EXPECT_NE(effect.find("(3 sets, 2 orders) it moves by: four 10.0 and 0.0 points."), std::string::npos)
      << effect;
}

// Full fine-tuning stands first in the experiment and third in the comparison: one colour in all pictures.
TEST_F(Experiment, TheBoardHasOneColourAMethod) {
  const auto right = [](const std::string&, std::uint64_t seed, std::int64_t i) {
    return first(60, seed, i);
  };
  for (const double rows : {8.0, 32.0}) arm("data_efficiency", rows, right, {}, {}, {"Full", "Prompt"});
  const Study compared = arm("", 2, right, {}, {}, {"Hand", "Prompt", "Full"});
  const Comparison comparison = Comparison::load(store_, compared.id);
  int found = 0;
  for (const Claim& claim : claimBoard(store_, comparison, store_.runs(compared.id)))
    for (const PictureSeries& series : claim.picture.series)
      if (series.title == "Full") {
        EXPECT_EQ(series.slot, 3) << claim.name;
        ++found;
      }
  EXPECT_GE(found, 3);  // accuracy, data efficiency and others
}

TEST_F(Experiment, TheBoardHasACardForEachAndTakesTheNewestExperiment) {
  const auto right = [](const std::string&, std::uint64_t seed, std::int64_t i) {
    return first(60, seed, i);
  };
  std::vector<Study> arms;
  for (const double value : {0.0, 1.0}) arms.push_back(arm("nonsense_labels", value, right));
  const Comparison comparison = Comparison::load(store_, arms.front().id);
  const std::vector<Claim> board = claimBoard(store_, comparison, store_.runs(arms.front().id));
  ASSERT_EQ(board.size(), experimentCatalog().size());
  std::map<std::string, ClaimWord> words;
  for (const Claim& claim : board) words[claim.name] = claim.word;
  EXPECT_NE(words.at("accuracy"), ClaimWord::kNotMeasured);  // the study itself
  EXPECT_NE(words.at("nonsense_labels"), ClaimWord::kNotMeasured);
  EXPECT_EQ(words.at("forgetting"), ClaimWord::kNotMeasured);
  // Seen from the arm with another task the ordinary claims are still those of the task as it is.
  const Comparison altered = Comparison::load(store_, arms.back().id);
  const std::vector<Claim> same = claimBoard(store_, altered, store_.runs(arms.back().id));
  EXPECT_EQ(same.front().studies, std::vector<StudyId>{arms.front().id});
  EXPECT_NE(altered.verdict.flags.front().find("not your task as it is"), std::string::npos);
  for (const Claim& claim : board)
    if (claim.word == ClaimWord::kNotMeasured)
      EXPECT_NE(claim.effect.find("measure it"), std::string::npos) << claim.name;
}

}  // namespace
}  // namespace attune

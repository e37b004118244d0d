#include "core/train/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/method/catalog.h"

namespace attune {
namespace doctor_test {

const ParamSet& params() {
  static const ParamSet kParams = presetParams(methodInfo("lora"), "standard");  // 10 epochs
  return kParams;
}

// A training in which nothing is wrong: the loss falls by half, validation levels off, answers are mixed.
TrainingRecord healthy() {
  TrainingRecord r;
  for (int i = 0; i < 100; ++i) r.losses.push_back(2.0 - 0.01 * i);
  r.looks = {{0, {0.2, 2}}, {25, {0.7, 1}}, {50, {0.8, 0.8}}, {75, {0.84, 0.7}}, {100, {0.84, 0.7}}};
  r.steps = 100;
  r.startNorm = 10;
  r.endNorm = 11;
  r.moved = 2;
  r.commonestAnswer = 0.4;
  r.commonestLabel = 0.3;
  r.commonestAnswerName = "refund";
  r.trainRows = 200;
  return r;
}

RunFinding only(const TrainingRecord& record, double rate = 0.003) {
  const auto found = diagnose(record, params(), rate);
  EXPECT_EQ(found.size(), 1u);
  return found.empty() ? RunFinding() : found.front();
}

TEST(Doctor, FindsNothingInAHealthyTraining) { EXPECT_TRUE(diagnose(healthy(), params(), 0.003).empty()); }

TEST(Doctor, ALossThatIsNoNumberWantsATenthOfTheRate) {
  TrainingRecord r = healthy();
  r.diverged = true;
  r.steps = 12;
  const RunFinding f = only(r);
  EXPECT_EQ(f.rule, "diverged");
  EXPECT_EQ(f.text, "The loss was no longer a number at step 12.");
  EXPECT_EQ(f.setting, "learning_rate");
  EXPECT_EQ(f.value, "0.0003");
}

TEST(Doctor, AFlatLossWantsAHigherRateAndARisingOneALower) {
  TrainingRecord flat = healthy();
  std::fill(flat.losses.begin(), flat.losses.end(), 1.8);
  EXPECT_EQ(only(flat).rule, "flat_loss");
  EXPECT_EQ(only(flat).text, "The training loss hardly fell, from 1.8 to 1.8.");
  EXPECT_EQ(only(flat).value, "0.009");
  TrainingRecord rising = healthy();
  std::reverse(rising.losses.begin(), rising.losses.end());
  EXPECT_EQ(only(rising).rule, "loss_rose");
  EXPECT_EQ(only(rising).value, "0.001");
}

TEST(Doctor, OneAnswerForAllIsACollapseUnlessTheLabelsAreSo) {
  TrainingRecord r = healthy();
  r.commonestAnswer = 0.97;
  EXPECT_EQ(only(r).rule, "collapsed");
  EXPECT_NE(only(r).text.find("97.0 %"), std::string::npos);
  EXPECT_NE(only(r).text.find("‘refund’"), std::string::npos);
  r.commonestLabel = 0.96;
  EXPECT_TRUE(diagnose(r, params(), 0.003).empty());
}

TEST(Doctor, WeightsThatNeverMovedOrExploded) {
  TrainingRecord r = healthy();
  r.moved = 1e-5;
  EXPECT_EQ(only(r).rule, "unmoved");
  EXPECT_EQ(only(r).value, "0.03");
  r = healthy();
  r.endNorm = 150;
  EXPECT_TRUE(diagnose(r, params(), 0.003).empty());  // it answers well
  r.looks.back().score.accuracy = 0.7;
  EXPECT_EQ(only(r).rule, "exploded");
  EXPECT_EQ(only(r).text, "What is trained became 15 times as large as at the start.");
}

TEST(Doctor, VirtualTokensFarFromAllWords) {
  TrainingRecord r = healthy();
  r.wordNorm = 2;
  r.virtualNorm = 20;
  EXPECT_TRUE(diagnose(r, params(), 0.003).empty());
  r.looks.back().score.accuracy = 0.7;
  EXPECT_EQ(only(r).rule, "off_manifold");
}

TEST(Doctor, CutTextsAndLabelsThatBeginAlike) {
  TrainingRecord r = healthy();
  r.truncatedRows = 20;
  EXPECT_TRUE(diagnose(r, params(), 0.003).empty());
  r.truncatedRows = 21;
  EXPECT_EQ(only(r).rule, "truncated");
  EXPECT_EQ(only(r).text, "21 of 200 training texts were cut to fit the model's context.");
  EXPECT_TRUE(only(r).setting.empty());
  r = healthy();
  r.firstTokensDiffer = false;
  EXPECT_EQ(only(r).rule, "same_first_token");
}

TEST(Doctor, ACurveThatStillRisesWantsTwiceTheEpochs) {
  TrainingRecord r = healthy();
  r.looks.back().score.accuracy = 0.86;
  const RunFinding f = only(r);
  EXPECT_EQ(f.rule, "still_rising");
  EXPECT_EQ(f.text,
            "Validation was still rising when training ended: 84.0 % at three quarters, 86.0 % at the end.");
  EXPECT_EQ(f.setting, "epochs");
  EXPECT_EQ(f.value, "20");
  r.stepLimited = true;
  EXPECT_EQ(only(r).cure, "Allow more steps: their limit ended the training.");
  EXPECT_TRUE(only(r).setting.empty());
}

}  // namespace doctor_test
}  // namespace attune

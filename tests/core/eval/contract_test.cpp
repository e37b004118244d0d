#include <gtest/gtest.h>

#include <cmath>

#include "core/eval/evaluator.h"
#include "core/eval/metric.h"

// Every metric on examples worked by hand.
namespace attune {
namespace metrics_test {

// Ten answers, three labels. Confusion (rows: truth): label 0: 3 right, 1 as 1; label 1: 2 right, 2 as 0;
// label 2: 0 right, 2 as 0.
std::vector<Prediction> answers() {
  std::vector<Prediction> list;
  const auto add = [&](std::int64_t truth, std::int64_t predicted, int times) {
    for (int i = 0; i < times; ++i) {
      std::vector<float> p(3, 0.1f);
      p[static_cast<std::size_t>(predicted)] = 0.8f;
      list.push_back({static_cast<std::int64_t>(list.size()), truth, predicted, p, "", 0, 0});
    }
  };
  add(0, 0, 3);
  add(0, 1, 1);
  add(1, 1, 2);
  add(1, 0, 2);
  add(2, 0, 2);
  return list;
}

std::vector<std::string> labels(int count) {
  std::vector<std::string> list;
  for (int i = 0; i < count; ++i) list.push_back("label " + std::to_string(i));
  return list;
}

TEST(Accuracy, IsTheShareOfRightAnswers) {
  EXPECT_DOUBLE_EQ(makeMetric("accuracy")->score(answers(), labels(3)), 0.5);
}

TEST(MacroF1, IsTheMeanOverTheLabels) {
  // F1 of 0: 2·3/(7+4) = 6/11; of 1: 2·2/(3+4) = 4/7; of 2: 0/(0+2) = 0.
  EXPECT_NEAR(makeMetric("macro_f1")->score(answers(), labels(3)), (6.0 / 11 + 4.0 / 7 + 0) / 3, 1e-12);
  // A fourth label that nobody has or gives is left out.
  EXPECT_NEAR(makeMetric("macro_f1")->score(answers(), labels(4)), (6.0 / 11 + 4.0 / 7 + 0) / 3, 1e-12);
}

TEST(LogLoss, IsTheMeanSurpriseAtTheRightAnswer) {
  EXPECT_NEAR(makeMetric("log_loss")->score(answers(), labels(3)),
              -(5 * std::log(0.8) + 5 * std::log(0.1)) / 10, 1e-6);
}

TEST(Metrics, AreDefinedWithoutAnswers) {
  for (const MetricInfo& info : metricCatalog())
    EXPECT_EQ(makeMetric(info.name)->score({}, labels(3)), 0) << info.name;
}

}  // namespace metrics_test
}  // namespace attune

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/file.h"
#include "core/method/text_classifier.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace bag_of_words_test {

std::int64_t answer(const TextClassifier& classifier, const std::string& text) {
  const auto p = classifier.probabilities(text);
  return std::max_element(p.begin(), p.end()) - p.begin();
}

const LabelledTexts kTrain{{"the parcel is late", "where is my parcel", "parcel lost again",
                            "my card was declined", "charged twice on my card", "card payment failed"},
                           {0, 0, 0, 1, 1, 1}};

TEST(BagOfWords, LearnsWordsThatTellTheLabel) {
  const auto classifier = makeTextClassifier("bag_of_words");
  classifier->fit(kTrain, kTrain, 2, ParamSet(methodInfo("bag_of_words").parameters), StopToken{});
  EXPECT_EQ(answer(*classifier, "a PARCEL!"), 0);
  EXPECT_EQ(answer(*classifier, "declined card"), 1);
  const auto p = classifier->probabilities("never seen words only");
  EXPECT_NEAR(p[0] + p[1], 1.0, 1e-6);
}

// One feature, two classes: the optimum is where the penalty's pull w/(C·n) equals the data's. With texts "a"
// (label 0) and "b" (label 1) and unit vectors, by symmetry w = (u, -u; -u, u), and u solves u = C·(1 -
// σ(2u)) since each class weight meets one text: found here by bisection.
TEST(BagOfWords, ReachesTheOptimumOfTheWrittenObjective) {
  for (const double c : {0.5, 1.0, 10.0}) {
    double low = 0, high = 50;
    for (int i = 0; i < 200; ++i) {
      const double u = (low + high) / 2;
      (u < c * (1 - 1 / (1 + std::exp(-2 * u))) ? low : high) = u;
    }
    ParamSet params(methodInfo("bag_of_words").parameters);
    params.set("C", c);
    params.set("ngram_max", std::int64_t{1});
    const auto classifier = makeTextClassifier("bag_of_words");
    classifier->fit({{"a", "b"}, {0, 1}}, {{}, {}}, 2, params, StopToken{});
    EXPECT_NEAR(classifier->probabilities("a")[0], 1 / (1 + std::exp(-2 * low)), 1e-4) << "C = " << c;
  }
}

TEST(BagOfWords, TheSameTextsGiveTheSameBytes) {
  const TemporaryFolder a, b;
  for (const auto* folder : {&a, &b}) {
    const auto classifier = makeTextClassifier("bag_of_words");
    classifier->fit(kTrain, kTrain, 2, ParamSet(methodInfo("bag_of_words").parameters), StopToken{});
    classifier->save(folder->path());
  }
  for (const char* file : {"weights.safetensors", "vocabulary.txt"})
    EXPECT_EQ(readFile(a.path(file)), readFile(b.path(file))) << file;
}

TEST(Majority, GivesTheMostFrequentLabelAndItsShares) {
  const auto classifier = makeTextClassifier("majority");
  classifier->fit({{"x", "y", "z", "w"}, {1, 1, 1, 0}}, {}, 2, {}, StopToken{});
  EXPECT_EQ(answer(*classifier, "anything"), 1);
  EXPECT_FLOAT_EQ(classifier->probabilities("")[1], 0.75f);
}

}  // namespace bag_of_words_test
}  // namespace attune

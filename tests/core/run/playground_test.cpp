#include "core/run/playground.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/support/run_support.h"

namespace attune {
namespace playground_test {

// Three methods, tuned for two steps.
TEST(Playground, AsksEveryVariantOfAStudy) {
  const SmallProject project;
  const auto ids = project.queue({"majority", "untuned", "lora", "full"}, {"all.max_steps=2"});
  Store store = project.open();
  RunQueueOptions options;
  options.inProcess = true;
  RecordingObserver observer;
  RunQueue queue(project.path(), options, observer);
  queue.submit(ids);
  ASSERT_TRUE(queue.waitUntilIdle(std::chrono::minutes(2)));

  Playground playground(store, store.studies().front().id);
  ASSERT_EQ(playground.variants().size(), 3u);  // the majority class has no model
  EXPECT_EQ(playground.variants()[0].title, "Untuned");
  for (std::size_t i = 0; i < playground.variants().size(); ++i) {
    const Playground::Answer answer = playground.ask(i, "Where is my parcel?", StopToken{});
    ASSERT_EQ(answer.probabilities.size(), playground.labels().size());
    double sum = 0;
    for (const double p : answer.probabilities) sum += p;
    EXPECT_NEAR(sum, 1, 1e-5);
    const auto best = std::max_element(answer.probabilities.begin(), answer.probabilities.end());
    EXPECT_EQ(answer.text,
              playground.labels()[static_cast<std::size_t>(best - answer.probabilities.begin())]);
    EXPECT_GT(answer.promptTokens, answer.extraTokens);
    EXPECT_GT(answer.extraTokens, 0);
    EXPECT_GT(answer.seconds, 0);
  }
  EXPECT_THROW(playground.ask(0, "  ", StopToken{}), Error);
}

}  // namespace playground_test
}  // namespace attune

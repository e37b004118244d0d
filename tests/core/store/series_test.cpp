#include "core/store/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/seed.h"
#include "core/store/store.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace {

using namespace store_fixture;

std::vector<RunStep> ramp(std::int64_t count) {
  std::vector<RunStep> steps;
  for (std::int64_t i = 1; i <= count; ++i) steps.push_back({i, static_cast<double>(i), 0, 0, 0, i});
  return steps;
}

bool contains(const std::vector<RunStep>& steps, std::int64_t number) {
  return std::any_of(steps.begin(), steps.end(), [&](const RunStep& s) { return s.step == number; });
}

TEST(ThinSteps, KeepsAllWhenThereAreFewEnough) {
  EXPECT_EQ(thinSteps(ramp(10), 10).size(), 10u);
  EXPECT_TRUE(thinSteps({}, 10).empty());
}

TEST(ThinSteps, EqualsTheExampleOnPaper) {
  // Steps 2…9 in two stretches of four: lowest and highest of each, in their order; the ends stay.
  std::vector<RunStep> steps = ramp(10);
  const double loss[] = {5, 3, 1, 9, 4, 7, 8, 2, 6, 0};
  for (std::size_t i = 0; i < 10; ++i) steps[i].loss = loss[i];
  std::vector<std::int64_t> kept;
  for (const RunStep& s : thinSteps(steps, 6)) kept.push_back(s.step);
  EXPECT_EQ(kept, (std::vector<std::int64_t>{1, 3, 4, 7, 8, 10}));
}

TEST(ThinSteps, NeverLosesASpikeAndNeverKeepsTooMany) {
  Random random({7});
  for (const std::size_t points :
       {std::size_t{0}, std::size_t{4}, std::size_t{5}, std::size_t{100}, std::size_t{999}})
    for (int round = 0; round < 50; ++round) {
      std::vector<RunStep> steps = ramp(1000);
      for (RunStep& s : steps) s.loss = random.uniform();
      const auto up = random.below(1000), down = random.below(1000);
      steps[up].loss = 50;
      if (down != up) steps[down].loss = -50;
      const auto thinned = thinSteps(steps, points);
      EXPECT_LE(thinned.size(), std::max<std::size_t>(points, 4));
      EXPECT_TRUE(contains(thinned, static_cast<std::int64_t>(up) + 1));
      EXPECT_TRUE(contains(thinned, static_cast<std::int64_t>(down) + 1));
      EXPECT_TRUE(contains(thinned, 1) && contains(thinned, 1000));
      EXPECT_TRUE(std::is_sorted(thinned.begin(), thinned.end(),
                                 [](const RunStep& a, const RunStep& b) { return a.step < b.step; }));
    }
}

TEST(ThinSteps, KeepsNotANumber) {
  std::vector<RunStep> steps = ramp(1000);
  steps[500].loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(contains(thinSteps(steps, 20), 501));
}

TEST(ThinSteps, LooksAtTheValueThatIsPlotted) {
  std::vector<RunStep> steps = ramp(1000);
  steps[500].gradientNorm = 9;
  EXPECT_TRUE(contains(thinSteps(steps, 8, &RunStep::gradientNorm), 501));
  EXPECT_FALSE(contains(thinSteps(steps, 8), 501));
}

TEST(Series, AStepWrittenAgainReplacesTheFirst) {
  const Folder folder;
  Store store(folder.file("p.attune"), OpenMode::kCreateOrOpen);
  const RunId id = runningRun(store, store.addStudy(study()), spec(1));
  store.appendSteps(id, ramp(5));
  store.appendSteps(id, {});
  store.appendSteps(id, {{3, 0.5, 0, 0, 0, 9}});
  const auto steps = store.steps(id);
  ASSERT_EQ(steps.size(), 5u);
  EXPECT_EQ(steps[2].loss, 0.5);
  EXPECT_EQ(store.run(id).step, 5);  // the highest so far
}

}  // namespace
}  // namespace attune

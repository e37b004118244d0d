#include "core/run/measure.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/method/catalog.h"
#include "core/run/ladder.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace measure_test {

RunInputs inputsOf(const std::string& method, const std::string& folder) {
  std::vector<Example> examples;
  std::vector<Split> splits;
  for (std::int64_t i = 0; i < 90; ++i) {
    examples.push_back(
        {(i % 2 ? "my parcel number " : "I want the money back for order ") + std::to_string(i), i % 2,
         i + 2});
    splits.push_back(i < 64 ? Split::kTrain : i < 80 ? Split::kValidation : Split::kTest);
  }
  RunInputs inputs;
  inputs.spec.method = method;
  inputs.spec.params = presetParams(methodInfo(method), "quick");
  inputs.spec.params.set("batch_size", std::int64_t{8});
  inputs.spec.seed = 1;
  inputs.spec.base = {"bundled", std::string(ATTUNE_SOURCE_DIR) + "/resources/base", ""};
  inputs.dataset =
      std::make_shared<Dataset>("parcels", std::vector<std::string>{"refund", "delivery"}, examples, splits);
  inputs.filesFolder = folder;
  inputs.runFolder = "1";
  return inputs;
}

TEST(Measure, TellsStepsAndAnswersAndWritesNothing) {
  const TemporaryFolder folder;
  for (const char* method : {"lora", "full", "prompt_tuning"}) {
    SCOPED_TRACE(method);
    const Measured m = measureRun(inputsOf(method, folder.path()), 0.2);
    EXPECT_GE(m.steps, 3);
    EXPECT_GT(m.stepSeconds, 0);
    EXPECT_NEAR(m.examplesPerSecond, 8 / m.stepSeconds, 1e-6);
    EXPECT_GT(m.answerSeconds, 0);
    EXPECT_GT(m.lookSeconds, 0);
    EXPECT_GT(m.startSeconds, 0);
    EXPECT_GT(m.peakBytes, 100 << 20);
    EXPECT_GT(m.trainableParameters, 1000);
    if (m.steps >= 8) {
      EXPECT_GT(m.kernelEfficiency, 0.005);
      EXPECT_GT(m.usefulShare, 0.3);
      EXPECT_LE(m.usefulShare, 1.0);
      EXPECT_NEAR(m.floorRatio, m.kernelEfficiency * m.usefulShare, 1e-9);
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Measure, EveryRungOfTheLadderIsMeasured) {
  const TemporaryFolder folder;
  const RunInputs inputs = inputsOf("lora", folder.path());
  const std::vector<std::string> names = rungNames(inputs);
  ASSERT_GE(names.size(), 4u);
  EXPECT_EQ(names.front(), "plain loop");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Rung rung = measureRung(inputs, i, 0.02);
    EXPECT_EQ(rung.name, names[i]);
    EXPECT_GT(rung.examplesPerSecond, 0);
    // Nothing is faster than what has to be computed.
    EXPECT_LT(rung.examplesPerSecond, floorExamplesPerSecond(inputs));
  }
}

}  // namespace measure_test
}  // namespace attune

#include "core/run/energy.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/file.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace energy_test {

class Energy : public testing::Test {
 protected:
  void set(const std::string& counter, const std::string& microjoules) {
    std::filesystem::create_directories(folder_.path(counter));
    writeFileAtomically(folder_.path(counter + "/energy_uj"), microjoules + "\n");
    writeFileAtomically(folder_.path(counter + "/max_energy_range_uj"), "10000000\n");
  }
  TemporaryFolder folder_;
};

TEST_F(Energy, SumsThePackagesAndLeavesTheirPartsOut) {
  set("intel-rapl:0", "1000000");
  set("intel-rapl:1", "5000000");
  set("intel-rapl:0:0", "1");
  const EnergyMeter meter(folder_.path());
  EXPECT_EQ(meter.joules(), 0);
  set("intel-rapl:0", "3500000");  // 2.5 J
  set("intel-rapl:1", "6000000");  // 1 J
  set("intel-rapl:0:0", "9000000");
  EXPECT_DOUBLE_EQ(meter.joules(), 3.5);
}

TEST_F(Energy, ACounterThatStartsAgainIsNoLoss) {
  set("intel-rapl:0", "9000000");
  const EnergyMeter meter(folder_.path());
  set("intel-rapl:0", "500000");  // 1 J to the end, and half of one more
  EXPECT_DOUBLE_EQ(meter.joules(), 1.5);
}

TEST_F(Energy, WithoutCountersNothingIsMeasured) {
  EXPECT_EQ(EnergyMeter(folder_.path("absent")).joules(), 0);
  set("intel-rapl:0", "not a number");
  EXPECT_EQ(EnergyMeter(folder_.path()).joules(), 0);
}

}  // namespace energy_test
}  // namespace attune

#include "core/run/blas.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/run/host.h"
#include "tests/support/temporary_folder.h"

namespace attune {
namespace blas_test {

// No more address space than is taken, but for a megabyte.
void takeNoMore() {
  std::int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limit{};
  ::getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = static_cast<rlim_t>(pages * ::sysconf(_SC_PAGESIZE) + (1 << 20));
  ::setrlimit(RLIMIT_AS, &limit);
}

// As a product does, in so many threads at a time.
void takeBlasMemory(int threads) {
  const auto take = reinterpret_cast<void* (*)(int)>(::dlsym(RTLD_DEFAULT, "blas_memory_alloc"));
  for (int i = 0; i < threads; ++i) take(0);
}

TEST(BlasDeathTest, MemoryTakenEarlyIsThereLater) {
  if (blasKernels().empty()) GTEST_SKIP() << "libtorch uses another BLAS than OpenBLAS";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto products = [](int early, int later) {
    if (reserveBlasMemory(early) != early) std::_Exit(1);
    takeNoMore();
    ::alarm(3);
    takeBlasMemory(later);
    std::_Exit(0);
  };
  EXPECT_EXIT(products(3, 3), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(products(3, 4), testing::KilledBySignal(SIGALRM), "");  // this is what it would do for ever
}

TEST(BlasDeathTest, AProgramStartedAnewHasTheKernelsForThisProcessor) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        restartWithBetterBlasKernels();
        std::_Exit(betterBlasKernels().empty() && toLowerAscii(blasKernels()) != "prescott" ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(BlasDeathTest, WhereThereIsNoneItSaysSoAndDoesNotWait) {
  if (blasKernels().empty()) GTEST_SKIP() << "libtorch uses another BLAS than OpenBLAS";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        takeNoMore();
        ::alarm(3);
        std::_Exit(reserveBlasMemory(3));
      },
      testing::ExitedWithCode(0), "");
}

// What a worker finds in its environment: the first phase that this one tells.
std::string givenToWorkers() {
  const TemporaryFolder folder;
  const std::string program = folder.path("worker");
  writeFileAtomically(program, "#!/bin/sh\necho '" +
                                   toJson(RunPhase{"'$OMP_NUM_THREADS $OPENBLAS_CORETYPE'"}).dump() + "'\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  RunRequest request;
  request.spec.method = "majority";
  std::string told;
  makeProcessHost(program)->run(
      request,
      [&](const RunEvent& event) {
        if (const auto* phase = std::get_if<RunPhase>(&event)) told = phase->phase;
      },
      StopToken());
  return told;
}

TEST(Blas, WorkersGetKernelsForTheProcessor) {
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr) GTEST_SKIP() << "OPENBLAS_CORETYPE is set";
  EXPECT_EQ(givenToWorkers(), "1 " + betterBlasKernels());
  ::setenv("OPENBLAS_CORETYPE", "Nehalem", 1);
  EXPECT_EQ(betterBlasKernels(), "");
  EXPECT_EQ(givenToWorkers(), "1 Nehalem");  // the user knows better
  ::unsetenv("OPENBLAS_CORETYPE");
}

}  // namespace blas_test
}  // namespace attune

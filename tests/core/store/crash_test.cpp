#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "core/store/store.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace {

using namespace store_fixture;

// What the child reports after each commit: how far each kind of write has come.
struct Acknowledged {
  std::int64_t steps = 0;   // of the first run
  std::int64_t scored = 0;  // validation points of the first run
  std::int64_t ended = 0;   // finished runs after the first
};

[[noreturn]] void writeForever(const std::string& path, int acknowledgements) {
  try {
    Store store(path, OpenMode::kOpen);
    const std::vector<RunId> ids = store.queuedRuns();
    store.claim(ids[0], RunOwner::thisProcess());
    store.apply(ids[0], RunStarted{1000000, 1, 1, Json()});
    Acknowledged done;
    const auto report = [&] {
      if (::write(acknowledgements, &done, sizeof done) != static_cast<ssize_t>(sizeof done)) ::_exit(2);
    };
    for (std::size_t next = 1;; next = next + 1 < ids.size() ? next + 1 : 1) {
      std::vector<RunStep> batch;
      for (std::int64_t k = 1; k <= 7; ++k) batch.push_back({done.steps + k, 0.5, 0, 0, 0, done.steps + k});
      store.appendSteps(ids[0], batch);
      done.steps += 7;
      report();
      store.apply(
          ids[0],
          RunScored{kValidationSplit, done.scored + 1, {{"accuracy", 0.5}, {"macro_f1", 0.5}}, false});
      ++done.scored;
      report();
      if (done.ended + 1 >= static_cast<std::int64_t>(ids.size())) continue;
      store.claim(ids[next], RunOwner::thisProcess());
      store.apply(ids[next], RunStarted{1, 1, 1, Json()});
      store.apply(ids[next], RunScored{kTestSplit, 1, {{"accuracy", 0.5}}, true});
      store.apply(ids[next], RunPredicted{kTestSplit, {{0, 0, 0, {1, 0}}, {1, 0, 0, {1, 0}}}});
      store.apply(ids[next], RunFinished{});
      ++done.ended;
      report();
    }
  } catch (...) {
    ::_exit(3);
  }
}

// Kills the child right after its n-th acknowledgement, that is somewhere in its next write.
Acknowledged killAfter(int n, const std::string& path) {
  int link[2];
  EXPECT_EQ(::pipe(link), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(link[0]);
    writeForever(path, link[1]);
  }
  ::close(link[1]);
  Acknowledged last;
  for (int i = 0; i < n; ++i)
    EXPECT_EQ(::read(link[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  ::kill(child, SIGKILL);
  // What it reported before the signal arrived counts as well.
  for (Acknowledged more; ::read(link[0], &more, sizeof more) == static_cast<ssize_t>(sizeof more);)
    last = more;
  ::close(link[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself: " << status;
  return last;
}

TEST(Crash, AProjectSurvivesTheKillOfItsWriterAtTwentyMoments) {
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    const Folder folder;
    const std::string path = folder.file("p.attune");
    std::vector<RunId> ids;
    {
      Store store(path, OpenMode::kCreateOrOpen);
      ids = store.addRuns(store.addStudy(study()), specs(200));
    }
    const Acknowledged done = killAfter(1 + 11 * round, path);

    Store store(path, OpenMode::kOpen);
    EXPECT_TRUE(store.checkIntegrity().empty());
    const auto steps = store.steps(ids[0]);
    ASSERT_GE(static_cast<std::int64_t>(steps.size()), done.steps);
    EXPECT_LE(static_cast<std::int64_t>(steps.size()), done.steps + 7);
    EXPECT_EQ(steps.size() % 7, 0u) << "half a batch";
    for (std::size_t i = 0; i < steps.size(); ++i) EXPECT_EQ(steps[i].step, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(store.run(ids[0]).step, static_cast<std::int64_t>(steps.size()));
    const auto curve = store.validationCurve(ids[0]);
    EXPECT_GE(static_cast<std::int64_t>(curve.size()), done.scored);
    for (const RunScored& point : curve) EXPECT_EQ(point.scores.size(), 2u) << "half a point";
    for (std::int64_t k = 1; k <= done.ended; ++k) {
      const auto run = store.run(ids[static_cast<std::size_t>(k)]);
      EXPECT_EQ(run.state, RunState::kFinished);
      EXPECT_EQ(run.scores.count("test.accuracy"), 1u);
      EXPECT_EQ(store.predictions(run.id, kTestSplit).size(), 2u);
    }

    const auto interrupted = store.markInterrupted();
    ASSERT_FALSE(interrupted.empty());
    EXPECT_EQ(interrupted.front(), ids[0]);
    EXPECT_LE(interrupted.size(), 2u);  // and perhaps the one it was just about to finish
    EXPECT_EQ(store.run(ids[0]).state, RunState::kInterrupted);
    EXPECT_EQ(store.queuedRuns().size() + interrupted.size() +
                  static_cast<std::size_t>(
                      std::count_if(ids.begin(), ids.end(),
                                    [&](RunId id) { return store.run(id).state == RunState::kFinished; })),
              ids.size());
  }
}

TEST(Crash, AKillWhileTheFileIsMadeLeavesAFileThatCanBeMade) {
  for (int round = 0; round < 20; ++round) {
    const Folder folder;
    const std::string path = folder.file("p.attune");
    int link[2];
    ASSERT_EQ(::pipe(link), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const char ready = 1;
      if (::write(link[1], &ready, 1) != 1) ::_exit(2);
      try {
        const Store store(path, OpenMode::kCreateOrOpen);
        for (;;) ::pause();
      } catch (...) {
        ::_exit(3);
      }
    }
    char ready = 0;
    ASSERT_EQ(::read(link[0], &ready, 1), 1);
    // Moments that move through the making of the file, without a clock.
    for (int spin = 0; spin < round * 30; ++spin) ::access(path.c_str(), F_OK);
    ::kill(child, SIGKILL);
    ::close(link[0]);
    ::close(link[1]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    Store store(path, OpenMode::kCreateOrOpen);
    EXPECT_TRUE(store.checkIntegrity().empty());
    store.setSetting("a", "b");
  }
}

}  // namespace
}  // namespace attune

// Rows 5–8, 21–23 of the fault matrix: the disk is full or fails, memory is short, the clock jumps, language
// and folders are unusual. What can go on goes on with the same result; what cannot is said, and nothing is
// lost.

#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/faults/storm.h"
#include "tests/support/cli_child.h"

namespace attune::faults {
namespace {

std::vector<RunId> queueRuns(const SmallProject& project) {
  return project.queue({"lora", "prompt_tuning"}, {"all.epochs=10"});
}

cli::Result resume(const SmallProject& project, std::map<std::string, std::string> environment) {
  cli::Options options;
  options.seconds = 240;
  options.environment = std::move(environment);
  return cli::run({"resume", "--project", project.path(), "--workers", "1", "--json"}, options);
}

void expectAll(const SmallProject& project, const std::vector<RunId>& ids,
               const std::vector<std::string>& golden) {
  Store store = project.open();
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(remains(store, ids[i]), golden[i]);
  EXPECT_TRUE(store.checkIntegrity().empty());
  EXPECT_EQ(strayFiles(store), std::vector<std::string>{});
}

// At most one of the runs failed, and said `why`; queued again it ends as ever. Returns how many failed.
int afterwards(const SmallProject& project, const std::vector<RunId>& ids,
               const std::vector<std::string>& golden, const std::string& why) {
  int failed = 0;
  {
    Store store = project.open();
    for (const RunId id : ids) {
      const attune::Run run = store.run(id);
      if (run.state == RunState::kFinished) continue;
      EXPECT_EQ(run.state, RunState::kFailed) << run.reason;
      EXPECT_NE(run.reason.find(why), std::string::npos) << run.reason;
      ++failed;
      EXPECT_TRUE(store.changeState(id, run.state, RunState::kQueued));
    }
  }
  EXPECT_LE(failed, 1);
  Striker nobody;
  workOff(project.path(), ids, nobody);
  expectAll(project, ids, golden);
  return failed;
}

// A small file system of its own, as root can make one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& options) {
    std::filesystem::create_directories(path());
    mounted_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool isThere() const { return mounted_; }
  std::string path() const { return folder_.path("disk"); }
  void makeReadOnly() const { ::mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, ""); }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

// The queue waits while the disk is full and goes on when there is room, whenever it became full.
TEST(Surroundings, Row5AFullDiskIsWaitedFor) {
  const std::vector<std::string> golden = undisturbed(queueRuns);
  int waited = 0;
  for (const std::string moment : {"loading", "training", "step 5", "saving", "evaluating"}) {
    const SmallDisk disk("size=24m");
    if (!disk.isThere()) GTEST_SKIP() << "a file system can only be mounted by root";
    const SmallProject project(disk.path());
    const auto ids = queueRuns(project);
    const std::string filler = disk.path() + "/filler";
    std::atomic<bool> full{false};
    Striker striker([&](const RunEvent& event) {
      const auto* phase = std::get_if<RunPhase>(&event);
      const auto* step = std::get_if<RunStep>(&event);
      if (!(phase && phase->phase == moment) && !(step && moment == "step " + std::to_string(step->step)))
        return false;
      std::ofstream out(filler, std::ios::binary);
      const std::string block(4096, 'x');
      while (out.write(block.data(), 4096).flush()) {
      }
      full = true;
      return true;
    });
    RunQueue queue(project.path(), worker(), striker);
    queue.submit(ids);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (queue.obstacle().empty() && !queue.isIdle() && std::chrono::steady_clock::now() < limit)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSERT_TRUE(full) << moment;
    EXPECT_NE(queue.obstacle().find("goes on when there is room"), std::string::npos) << moment;
    waited += !queue.obstacle().empty();
    std::filesystem::remove(filler);
    ASSERT_TRUE(queue.waitUntilIdle(std::chrono::minutes(2)));
    EXPECT_TRUE(queue.obstacle().empty());
    expectAll(project, ids, golden);
  }
  std::cout << "row 5: the disk was full at 5 moments, " << waited
            << " waits, all runs finished as if nothing had happened\n";
}

// From the n-th fsync on every one fails: the project is not trusted further, and later nothing is lost.
TEST(Surroundings, Row6AFailingFsyncIsSaidAndLosesNothing) {
  const std::vector<std::string> golden = undisturbed(queueRuns);
  int failed = 0;
  const std::vector<int> moments{1, 2, 3, 5, 8, 13, 21, 34};
  for (const int moment : moments) {
    const SmallProject project;
    const auto ids = queueRuns(project);
    const cli::Result result =
        resume(project, {{"LD_PRELOAD", ATTUNE_FAULT_SHIM}, {"FAULT_FSYNC", std::to_string(moment)}});
    EXPECT_NE(result.exitCode, -1) << result.err;  // it ended by itself
    failed += result.exitCode != 0;
    resume(project, {});
    Store store = project.open();
    for (const RunId id : ids)
      if (store.run(id).state == RunState::kFailed)
        ASSERT_TRUE(store.changeState(id, RunState::kFailed, RunState::kQueued));
    EXPECT_EQ(resume(project, {}).exitCode, 0);
    expectAll(project, ids, golden);
  }
  std::cout << "row 6: fsync failed from " << moments.size() << " moments on, " << failed
            << " times that was the end, all runs finished afterwards\n";
}

// From some moment on a worker gets no more memory (not before its libraries have theirs: OpenBLAS waits for
// it for ever): its run fails and says what to do, the program and the next run go on.
TEST(Surroundings, Row7TooLittleMemoryIsSaid) {
  const std::vector<std::string> golden = undisturbed(queueRuns);
  const std::vector<std::string> moments{"tokenising", "training", "saving", "evaluating"};
  int refused = 0;
  for (const std::string& moment : moments) {
    const SmallProject project;
    const auto ids = queueRuns(project);
    Striker striker([&](const RunEvent& event) {
      const auto* phase = std::get_if<RunPhase>(&event);
      if (!phase || phase->phase != moment) return false;
      for (const pid_t child : childrenOf(::getpid())) {
        std::int64_t pages = 0;
        std::ifstream("/proc/" + std::to_string(child) + "/statm") >> pages;
        const auto bytes = static_cast<rlim_t>(pages * ::sysconf(_SC_PAGESIZE) + (1 << 20));
        const rlimit limit{bytes, bytes};
        ::prlimit(child, RLIMIT_AS, &limit, nullptr);
      }
      return true;
    });
    workOff(project.path(), ids, striker);
    refused += afterwards(project, ids, golden, "memory");
  }
  std::cout << "row 7: memory ended at " << moments.size() << " moments, " << refused
            << " runs failed of it, all finished afterwards\n";
  EXPECT_GT(refused, 0);
}

// A control group of memory with little in it, as root can make one. Pages that a process has already stay
// where they were charged.
class TightGroup {
 public:
  explicit TightGroup(std::int64_t bytes) {
    const std::string name = "/attune-test-" + std::to_string(::getpid()) + "-" + std::to_string(++made_);
    for (const auto& [mounted, limit] :
         {std::pair{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"}}) {
      const std::string path = mounted + name;
      std::error_code error;
      if (!std::filesystem::create_directory(path, error)) continue;
      std::ofstream out(path + "/" + limit);
      if (std::filesystem::exists(path + "/" + limit) && (out << bytes).flush()) {
        path_ = path;
        return;
      }
      std::filesystem::remove(path, error);
    }
  }
  ~TightGroup() {
    for (int i = 0; i < 100 && !path_.empty() && ::rmdir(path_.c_str()) != 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  TightGroup(const TightGroup&) = delete;
  TightGroup& operator=(const TightGroup&) = delete;
  bool isThere() const { return !path_.empty(); }
  bool take(pid_t process) const {
    return static_cast<bool>((std::ofstream(path_ + "/cgroup.procs") << process).flush());
  }

 private:
  static inline int made_ = 0;
  std::string path_;
};

// The system itself kills a worker that takes more than its group may have: its run says so, the program and
// the next run go on, and with more memory it goes on as well.
TEST(Surroundings, Row8TheSystemKillsAWorkerForWantOfMemory) {
  const std::vector<std::string> golden = undisturbed(queueRuns);
  const std::vector<std::string> moments{"loading", "tokenising", "training"};
  int killed = 0;
  for (const std::string& moment : moments) {
    const TightGroup group(4 << 20);
    if (!group.isThere())
      GTEST_SKIP() << "a control group can only be made by root, where the system has them";
    const SmallProject project;
    const auto ids = queueRuns(project);
    bool moved = false;
    Striker striker([&](const RunEvent& event) {
      const auto* phase = std::get_if<RunPhase>(&event);
      if (!phase || phase->phase != moment) return false;
      for (const pid_t child : childrenOf(::getpid())) moved = group.take(child) || moved;
      return true;
    });
    workOff(project.path(), ids, striker);
    ASSERT_TRUE(moved) << moment;
    killed += afterwards(project, ids, golden, "the system killed the worker for want of memory");
  }
  std::cout << "row 8: the system took the memory at " << moments.size() << " moments, " << killed
            << " workers killed for it, all runs finished afterwards\n";
  EXPECT_GT(killed, 0);
}

// The wall clock jumps by days, back and forth, at every look at it.
TEST(Surroundings, Row21AJumpingClockChangesNothing) {
  const std::vector<std::string> golden = undisturbed(queueRuns);
  const SmallProject project;
  const auto ids = queueRuns(project);
  const cli::Result result = resume(project, {{"LD_PRELOAD", ATTUNE_FAULT_SHIM}, {"FAULT_CLOCK", "1"}});
  EXPECT_EQ(result.exitCode, 0) << result.err;
  expectAll(project, ids, golden);
  Store store = project.open();
  for (const RunId id : ids) {
    const RunCost cost = store.run(id).cost;
    EXPECT_GT(cost.activeSeconds, 0);
    EXPECT_LT(cost.activeSeconds, 600);
    EXPECT_GE(cost.trainSeconds, 0);
    double last = 0;
    for (const RunStep& step : store.steps(id)) {
      EXPECT_GE(step.seconds, last);
      last = step.seconds;
    }
  }
  std::cout << "row 21: 2 runs under a jumping clock, times and results as ever\n";
}

// Languages with a decimal comma, a dotless i and digits of their own, in a folder with a name to trip over.
TEST(Surroundings, Row22LanguagesAndFolderNamesChangeNothing) {
  const std::vector<std::string> golden = undisturbed(queueRuns);
  for (const std::string locale : {"de_DE.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8"}) {
    const TemporaryFolder folder;
    const std::string odd = folder.path("ütf 測試 a'b\"c İı");
    std::filesystem::create_directories(odd);
    const SmallProject project(odd);
    const auto ids = queueRuns(project);
    const cli::Result result = resume(project, {{"LC_ALL", locale}, {"LOCPATH", ATTUNE_LOCALES}});
    EXPECT_EQ(result.exitCode, 0) << result.err;
    expectAll(project, ids, golden);
  }
  std::cout << "row 22: 3 languages in a folder with blanks, quotes and other scripts, results as ever\n";
}

// A home that cannot be written, is not there, or is not said.
TEST(Surroundings, Row23WithoutAHomeToWriteItWorks) {
  const std::vector<std::string> golden = undisturbed(queueRuns);
  const SmallDisk home("size=1m");
  std::vector<std::string> homes{"/nonexistent", ""};
  if (home.isThere()) {
    home.makeReadOnly();
    homes.push_back(home.path());
  }
  for (const std::string& folder : homes) {
    const SmallProject project;
    const auto ids = queueRuns(project);
    const cli::Result result = resume(project, {{"HOME", folder}});
    EXPECT_EQ(result.exitCode, 0) << folder << ": " << result.err;
    expectAll(project, ids, golden);
  }
  std::cout << "row 23: " << homes.size() << " homes that cannot be written, results as ever\n";
}

}  // namespace
}  // namespace attune::faults

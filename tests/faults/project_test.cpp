// Rows 9, 11, 12 and 20 of the fault matrix: a damaged project, two programs on one project, runs that
// diverge, and a project with ten thousand runs.

#include <fstream>
#include <iterator>
#include <thread>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "tests/faults/storm.h"
#include "tests/support/cli_child.h"

namespace attune::faults {
namespace {

std::string bytesOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Everything that a window reads, as text.
std::string contents(const std::string& path) {
  Store store(path, OpenMode::kReadOnly);
  std::string all;
  for (const Study& study : store.studies()) all += study.name + study.question;
  for (const DatasetRecord& record : store.datasets())
    for (const StoredExample& example : store.examples(record.id)) all += example.text;
  for (const attune::Run& run : store.allRuns()) all += run.spec.key() + remains(store, run.id);
  return all;
}

TEST(Projects, Row9ADamagedProjectIsSaidAndNeverCrashes) {
  const SmallProject project;
  const auto ids = project.queue({"majority", "bag_of_words", "untuned"});
  Striker nobody;
  workOff(project.path(), ids, nobody);
  {
    Store store = project.open();  // nothing stays in the log
  }
  ASSERT_FALSE(std::filesystem::exists(project.path() + "-wal"));
  const std::string whole = bytesOf(project.path()), right = contents(project.path());
  const TemporaryFolder folder;
  const std::string copy = folder.path("copy.attune");
  const int wanted = blows("ATTUNE_FLIPS", 1000);
  Random random(Seed{9});
  int refused = 0, same = 0, other = 0;
  for (int i = 0; i < wanted; ++i) {
    std::string bytes = whole;
    if (i % 10 == 9)
      bytes.resize(random.below(bytes.size()));
    else
      bytes[random.below(bytes.size())] ^= static_cast<char>(1 + random.below(255));
    writeFileAtomically(copy, bytes);
    try {
      (contents(copy) == right ? same : other) += 1;
    } catch (const Error& e) {
      ++refused;
      EXPECT_FALSE(std::string(e.what()).empty());
      EXPECT_NE(e.kind(), ErrorKind::kInternal) << e.what();
    }
    EXPECT_EQ(bytesOf(copy), bytes);  // reading mends nothing behind one's back
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(copy + suffix);
  }
  std::cout << "row 9: " << wanted << " damaged projects, " << refused << " refused, " << same
            << " read as ever, " << other << " with another letter or number in them\n";
  EXPECT_GT(refused, 0);
}

TEST(Projects, Row11TwoProgramsShareAProject) {
  const std::vector<std::string> methods{"lora", "prompt_tuning", "layernorm"};
  const auto queueRuns = [&](const SmallProject& p) { return p.queue(methods, {"all.epochs=5"}, 2); };
  const std::vector<std::string> golden = undisturbed(queueRuns);
  const SmallProject project;
  const auto ids = queueRuns(project);
  cli::Options options;
  options.seconds = 240;
  cli::Child one({"resume", "--project", project.path(), "--workers", "1", "--json"}, options);
  cli::Child two({"resume", "--project", project.path(), "--workers", "1", "--json"}, options);
  const cli::Result first = one.finish(), second = two.finish();
  EXPECT_EQ(first.signal + second.signal, 0);
  Store store = project.open();
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(remains(store, ids[i]), golden[i]);

  // Two writers, three thousand changes each.
  constexpr int kWrites = 3000;
  std::vector<std::thread> writers;
  std::atomic<int> failed{0};
  for (const char* who : {"a", "b"})
    writers.emplace_back([&, who] {
      Store own(project.path(), OpenMode::kOpen);
      for (int i = 0; i < kWrites; ++i) try {
          own.setSetting(who + std::to_string(i), std::to_string(i));
        } catch (const Error&) {
          ++failed;
        }
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failed, 0);
  for (const char* who : {"a", "b"})
    for (int i = 0; i < kWrites; ++i) ASSERT_EQ(store.setting(who + std::to_string(i)), std::to_string(i));
  EXPECT_TRUE(store.checkIntegrity().empty());
  std::cout << "row 11: 2 programs, " << ids.size() << " runs, each done once; 2 writers, " << 2 * kWrites
            << " changes, " << failed << " refused\n";
}

TEST(Projects, Row12DivergenceIsSaidAndTakesNothingAlong) {
  const SmallProject project;
  const auto wild = project.queue(
      {"full"}, {"full.learning_rate=10", "full.max_grad_norm=0", "full.weight_decay=1", "full.epochs=20"});
  const auto tame = project.queue({"lora"}, {"lora.epochs=2"});
  Striker nobody;
  workOff(project.path(), {wild[0], tame[0]}, nobody);
  Store store = project.open();
  const attune::Run diverged = store.run(wild[0]);
  EXPECT_EQ(diverged.state, RunState::kDiverged) << runStateName(diverged.state);
  EXPECT_NE(diverged.reason.find("at step"), std::string::npos) << diverged.reason;
  EXPECT_NE(diverged.reason.find("learning rate"), std::string::npos) << diverged.reason;
  EXPECT_TRUE(diverged.scores.empty());
  EXPECT_EQ(store.run(tame[0]).state, RunState::kFinished);
  EXPECT_EQ(strayFiles(store), std::vector<std::string>{});
  std::cout << "row 12: " << diverged.reason << "\n";
}

TEST(Projects, Row20TenThousandRunsOpenAndListQuickly) {
  constexpr std::int64_t kRuns = 10000, kCurves = 1000, kSteps = 1000;
  const SmallProject project;
  Store store = project.open();
  const auto few = project.queue({"lora"});
  const RunSpec spec = store.run(few[0]).spec;
  std::vector<RunSpec> specs;
  for (std::int64_t i = 0; i < kRuns; ++i) {
    specs.push_back(spec);
    specs.back().seed = static_cast<std::uint64_t>(i + 100);
  }
  Study study = store.studies().front();
  study.name = "large";
  const StudyId large = store.addStudy(study);
  const auto ids = store.addRuns(large, specs);
  for (std::int64_t i = 0; i < kRuns; ++i) {
    const RunId id = ids[static_cast<std::size_t>(i)];
    if (i >= kCurves) continue;
    store.claim(id, RunOwner::thisProcess());
    store.apply(id, RunStarted{kSteps, 1, 1, Json()});
    std::vector<RunStep> steps;
    for (std::int64_t k = 1; k <= kSteps; ++k)
      steps.push_back({k, 1.0 / static_cast<double>(k), 1e-3, 1, 1, k});
    store.appendSteps(id, steps);
    store.apply(id, RunScored{kTestSplit, kSteps, {{"accuracy", 0.5}}, true});
    store.apply(id, RunFinished{RunState::kFinished, "", {}});
  }
  const auto timed = [](const auto& action) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const double begin = monotonicSeconds();
      action();
      best = std::min(best, monotonicSeconds() - begin);
    }
    return best;
  };
  const double open = timed([&] { Store(project.path(), OpenMode::kOpen); });
  const double list = timed([&] { EXPECT_EQ(store.runs(large).size(), static_cast<std::size_t>(kRuns)); });
  const double curve =
      timed([&] { EXPECT_EQ(store.steps(ids[5]).size(), static_cast<std::size_t>(kSteps)); });
  std::cout << "row 20: " << kRuns << " runs, " << kCurves * kSteps << " points: open " << 1000 * open
            << " ms, list " << 1000 * list << " ms, one curve " << 1000 * curve << " ms\n";
  EXPECT_LT(open, 1);
}

}  // namespace
}  // namespace attune::faults

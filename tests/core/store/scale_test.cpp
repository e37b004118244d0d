#include <gtest/gtest.h>
#include <sqlite3.h>

#include "core/store/series.h"
#include "core/store/store.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace {

using namespace store_fixture;

// Counts the SQL statements of every connection that is opened while it lives.
class StatementCounter {
 public:
  StatementCounter() { sqlite3_auto_extension(entry()); }
  ~StatementCounter() { sqlite3_cancel_auto_extension(entry()); }
  StatementCounter(const StatementCounter&) = delete;
  StatementCounter& operator=(const StatementCounter&) = delete;
  template <typename Action>
  static int during(const Action& action) {
    const int before = count;
    action();
    return count - before;
  }

 private:
  static int trace(unsigned, void*, void*, void*) { return ++count, 0; }
  static int watch(sqlite3* connection, char**, const struct sqlite3_api_routines*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, trace, nullptr);
  }
  static void (*entry())() { return reinterpret_cast<void (*)()>(watch); }
  static inline int count = 0;
};

TEST(Scale, TenThousandRunsAreReadWithAsManyStatementsAsTen) {
  const StatementCounter counter;
  const Folder folder;
  Store store(folder.file("p.attune"), OpenMode::kCreateOrOpen);
  const StudyId small = store.addStudy(study("small")), large = store.addStudy(study("large"));
  const auto few = store.addRuns(small, specs(10));
  const auto many = store.addRuns(large, specs(10000));
  EXPECT_EQ(few.front(), many.front());
  for (const RunId id : few) {
    ASSERT_TRUE(store.claim(id, RunOwner::thisProcess()));
    store.apply(id, RunStarted{1, 1, 1, Json()});
    store.apply(id, RunScored{kTestSplit, 1, {{"accuracy", static_cast<double>(id.value)}}, true});
    store.apply(id, RunSaved{{"adapter", std::to_string(id.value) + ".adapter", 1, "h"}});
  }
  std::vector<attune::Run> smallRuns, largeRuns, allRuns;
  const int forSmall = StatementCounter::during([&] { smallRuns = store.runs(small); });
  const int forLarge = StatementCounter::during([&] { largeRuns = store.runs(large); });
  const int forAll = StatementCounter::during([&] { allRuns = store.allRuns(); });
  EXPECT_EQ(smallRuns.size(), 10u);
  EXPECT_EQ(largeRuns.size(), 10000u);
  EXPECT_EQ(allRuns.size(), 10000u);
  EXPECT_GT(forSmall, 0);
  EXPECT_EQ(forLarge, forSmall);
  EXPECT_LE(forAll, forSmall);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(largeRuns[i].scores.at("test.accuracy"), static_cast<double>(many[i].value));
    ASSERT_EQ(largeRuns[i].artifacts.size(), 1u);
    EXPECT_EQ(largeRuns[i].artifacts[0].path, std::to_string(many[i].value) + ".adapter");
  }
  EXPECT_TRUE(largeRuns[10].scores.empty());

  for (std::int64_t begin = 0; begin < 100000; begin += 1000) {
    std::vector<RunStep> batch;
    for (std::int64_t k = 1; k <= 1000; ++k)
      batch.push_back({begin + k, 1.0 / static_cast<double>(k), 0, 0, 0, k});
    store.appendSteps(few[0], batch);
  }
  std::vector<RunStep> steps;
  EXPECT_LE(StatementCounter::during([&] { steps = store.steps(few[0]); }), 4);
  ASSERT_EQ(steps.size(), 100000u);
  EXPECT_EQ(steps.back().step, 100000);
  EXPECT_LE(thinSteps(steps, 2000).size(), 2000u);
  EXPECT_TRUE(store.checkIntegrity().empty());
}

}  // namespace
}  // namespace attune

#include "core/store/store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/base/error.h"
#include "tests/support/store_fixture.h"

namespace attune {
namespace {

using namespace store_fixture;

const char* const kNasty =
    "'; DROP TABLE runs; -- \"q\" `b` \\ %s ? ?1 :a \xF0\x9F\x98\x80 \xC3\xBC\xD8\xA7\n\t";

std::string nasty() { return std::string(kNasty) + std::string("nul\0inside", 10); }

ErrorKind kindOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_STRNE(error.what(), "");
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::kInternal;
}

class StoreTest : public testing::Test {
 protected:
  Folder folder_;
  Store store_{folder_.file("p.attune"), OpenMode::kCreateOrOpen};
};

TEST_F(StoreTest, KeepsEveryFieldOfADatasetAndItsRows) {
  DatasetRecord in = record(nasty());
  in.source = nasty();
  in.labels = {nasty(), ""};
  in.splitSizes = {{"train", 1}, {"test", 1}};
  in.diagnostics = Json::array().push(Json().set("rule", kNasty).set("row", 3));
  in.importInfo = Json().set("delimiter", "\t").set("encoding", nullptr);
  in.createdMs = std::numeric_limits<std::int64_t>::max();
  const std::vector<StoredExample> rows{{7, 9, kTestSplit, nasty(), 1}, {2, 5, kTrainSplit, "", 0}};
  const DatasetId id = store_.addDataset(in, rows);

  Store other(store_.path(), OpenMode::kReadOnly);
  const DatasetRecord out = other.dataset(id);
  EXPECT_EQ(out.id, id);
  EXPECT_EQ(out.name, in.name);
  EXPECT_EQ(out.source, in.source);
  EXPECT_EQ(out.hash, in.hash);
  EXPECT_EQ(out.splitHash, in.splitHash);
  EXPECT_EQ(out.labels, in.labels);
  EXPECT_EQ(out.splitSizes, in.splitSizes);
  EXPECT_EQ(out.diagnostics.dump(), in.diagnostics.dump());
  EXPECT_EQ(out.importInfo.dump(), in.importInfo.dump());
  EXPECT_EQ(out.createdMs, in.createdMs);
  const auto read = other.examples(id);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].row, 2);  // ordered by row
  EXPECT_EQ(read[0].text, "");
  EXPECT_EQ(read[1].row, 7);
  EXPECT_EQ(read[1].line, 9);
  EXPECT_EQ(read[1].split, kTestSplit);
  EXPECT_EQ(read[1].text, nasty());
  EXPECT_EQ(read[1].label, 1);
  ASSERT_EQ(other.examples(id, kTrainSplit).size(), 1u);
  EXPECT_TRUE(other.examples(id, kValidationSplit).empty());
}

TEST_F(StoreTest, KeepsTheFilesOtherColumnsAndLearnsThemLater) {
  DatasetRecord in = record("a");
  in.labels = {"x"};
  std::vector<StoredExample> rows{{0, 2, kTestSplit, "one", 0, {}}, {1, 3, kTestSplit, "two", 0, {}}};
  const DatasetId id = store_.addDataset(in, rows);
  EXPECT_TRUE(store_.dataset(id).extraColumns.empty());
  EXPECT_TRUE(store_.examples(id)[0].extra.empty());
  // The same texts from a file that has more columns.
  in.extraColumns = {"channel", nasty()};
  rows[0].extra = {"mail", nasty()};
  rows[1].extra = {"phone", ""};
  EXPECT_EQ(store_.addDataset(in, rows), id);
  EXPECT_EQ(store_.dataset(id).extraColumns, in.extraColumns);
  EXPECT_EQ(store_.examples(id)[0].extra, rows[0].extra);
  EXPECT_EQ(store_.examples(id)[1].extra, rows[1].extra);
}

TEST_F(StoreTest, KeepsStarsAndNotes) {
  DatasetRecord in = record("a");
  in.labels = {"x"};
  const DatasetId id = store_.addDataset(in, {{0, 2, kTestSplit, "one", 0, {}}});
  store_.setMark(id, 0, {true, nasty()});
  store_.setMark(id, 7, {false, "note"});
  ASSERT_EQ(store_.marks(id).size(), 2U);
  EXPECT_TRUE(store_.marks(id).at(0).starred);
  EXPECT_EQ(store_.marks(id).at(0).note, nasty());
  store_.setMark(id, 7, {});
  store_.setMark(id, 0, {false, "less"});
  ASSERT_EQ(store_.marks(id).size(), 1U);
  EXPECT_EQ(store_.marks(id).at(0).note, "less");
  EXPECT_FALSE(store_.marks(id).at(0).starred);
}

TEST_F(StoreTest, CountsTheSplitSizesItself) {
  DatasetRecord wrong = record("a");
  wrong.splitSizes = {{"train", 99}, {"other", 5}};
  const std::map<std::string, std::int64_t> counted{
      {"other", 0}, {"test", 1}, {"train", 1}, {"validation", 1}};
  EXPECT_EQ(store_.dataset(store_.addDataset(wrong, examples())).splitSizes, counted);
}

TEST_F(StoreTest, RefusesALabelThatDoesNotExist) {
  EXPECT_EQ(kindOf([&] {
              store_.addDataset(record("a"), {{0, 2, kTrainSplit, "x", 2}});
            }),
            ErrorKind::kInvalidInput);
  EXPECT_EQ(kindOf([&] {
              store_.addDataset(record("a"), {{0, 2, kTrainSplit, "x", -1}});
            }),
            ErrorKind::kInvalidInput);
  EXPECT_TRUE(store_.datasets().empty());
}

TEST_F(StoreTest, TheSameContentIsKeptOnceAndFoundUnderBothNames) {
  const DatasetId first = store_.addDataset(record("a"), examples());
  EXPECT_EQ(store_.addDataset(record("b"), examples()), first);
  EXPECT_EQ(store_.datasets().size(), 1u);
  EXPECT_EQ(store_.findDataset("a")->id, first);
  EXPECT_EQ(store_.findDataset("b")->id, first);
  EXPECT_EQ(store_.findDataset("hash-1")->id, first);
  EXPECT_FALSE(store_.findDataset("c"));
  EXPECT_NE(store_.addDataset(record("a", "hash-1", "split-2"), examples()), first);  // split in another way
}

TEST_F(StoreTest, TheNewestDatasetOfANameIsFound) {
  const DatasetId old = store_.addDataset(record("a", "h1"), examples());
  const DatasetId young = store_.addDataset(record("a", "h2"), examples());
  EXPECT_EQ(store_.findDataset("a")->id, young);
  EXPECT_EQ(store_.findDataset("h1")->id, old);
  // Importing the older content again under that name makes it the newest.
  EXPECT_EQ(store_.addDataset(record("a", "h1"), examples()), old);
  EXPECT_EQ(store_.findDataset("a")->id, old);
}

TEST_F(StoreTest, KeepsEveryFieldOfAStudy) {
  Study in = study(nasty());
  in.question = kNasty;
  in.dataset = store_.addDataset(record("a"), examples());
  in.base = {"n", "/p", "h"};
  MethodChoice choice{"lora", kNasty, {}, false};
  choice.params.set("text", std::string(kNasty));
  choice.params.set("rate", 0.1);
  choice.params.set("whole", 1.0);
  choice.params.set("flag", true);
  in.methods = {choice};
  in.seeds = 5;
  in.firstSeed = 42;
  in.budget = {100, 200};
  in.smallestGap = 0.1 + 0.2;
  in.repeatCommand = "attune-cli compare";
  in.createdMs = 1234;
  const StudyId id = store_.addStudy(in);
  in.id = id;
  EXPECT_EQ(store_.study(id).toJson().dump(), in.toJson().dump());
  const StudyId second = store_.addStudy(study("2"));
  ASSERT_EQ(store_.studies().size(), 2u);
  EXPECT_EQ(store_.studies().back().id, second);
  EXPECT_GT(store_.study(second).createdMs, 0);
}

TEST_F(StoreTest, KeepsTheSpecOfARunSoThatItsKeyStaysTheSame) {
  RunSpec in = spec(7);
  in.params.set("prompt", nasty());
  in.params.set("tiny", 5e-324);
  in.base.path = kNasty;
  in.device = "cuda:1";
  in.threads = 3;
  const RunId id = store_.addRuns(store_.addStudy(study()), {in}).front();
  const RunSpec out = store_.run(id).spec;
  EXPECT_EQ(out.toJson().dump(), in.toJson().dump());
  EXPECT_EQ(out.key(), in.key());
}

TEST_F(StoreTest, KeepsEverythingThatTheEventsOfARunSay) {
  const RunId id = store_.addRuns(store_.addStudy(study()), {spec(1)}).front();
  EXPECT_EQ(store_.run(id).state, RunState::kQueued);
  ASSERT_TRUE(store_.claim(id, RunOwner::thisProcess()));
  store_.apply(id, RunPhase{"loading"});
  EXPECT_EQ(store_.run(id).phase, "loading");
  store_.apply(id, RunStarted{20, 300, 4000, Json().set("cpu", kNasty)});
  auto run = store_.run(id);
  EXPECT_EQ(run.state, RunState::kRunning);
  EXPECT_EQ(run.totalSteps, 20);
  EXPECT_EQ(run.cost.trainableParameters, 300);
  EXPECT_EQ(run.cost.totalParameters, 4000);
  EXPECT_EQ(run.environment.at("cpu").asString(), kNasty);
  EXPECT_GT(run.startedMs, 0);

  store_.appendSteps(id, {{1, 0.5, 1e-3, 2.5, 0.25, 8}, {2, 0.1 + 0.2, 5e-324, 0, 0.5, 16}});
  store_.apply(id, RunStep{3, 0.25, 0, 0, 1, 24});
  store_.apply(id, RunScored{kValidationSplit, 2, {{"accuracy", 0.5}, {"macro_f1", 0.25}}, false});
  store_.apply(id, RunScored{kValidationSplit, 3, {{"accuracy", 0.75}}, false});
  store_.apply(id, RunScored{kTestSplit, 3, {{"accuracy", 1.0 / 3.0}}, true});
  store_.apply(id, RunPredicted{kTestSplit, {{9, 1, 0, {0.9f, 0.1f}}, {2, 0, 0, {}}}});
  store_.apply(id, RunSaved{{"adapter", "run-1/adapter \xC3\xBC.safetensors", 1234, "abcd"}});
  RunFinished finished;
  finished.state = RunState::kStopped;
  finished.reason = kNasty;
  finished.cost.trainSeconds = 1.5;
  finished.cost.peakBytes = std::int64_t{1} << 40;
  store_.apply(id, finished);

  Store other(store_.path(), OpenMode::kOpen);
  run = other.run(id);
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_EQ(run.reason, kNasty);
  EXPECT_EQ(run.phase, "");
  EXPECT_EQ(run.step, 3);
  EXPECT_GE(run.endedMs, run.startedMs);
  EXPECT_EQ(run.scores, (std::map<std::string, double>{{"test.accuracy", 1.0 / 3.0}}));
  EXPECT_EQ(run.cost.trainSeconds, 1.5);
  EXPECT_EQ(run.cost.peakBytes, std::int64_t{1} << 40);
  EXPECT_EQ(run.cost.trainableParameters, 300);  // said at the start
  ASSERT_EQ(run.artifacts.size(), 1u);
  EXPECT_EQ(run.artifacts[0].kind, "adapter");
  EXPECT_EQ(run.artifacts[0].path, "run-1/adapter \xC3\xBC.safetensors");
  EXPECT_EQ(run.artifacts[0].bytes, 1234);
  EXPECT_EQ(run.artifacts[0].sha256, "abcd");
  const auto steps = other.steps(id);
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1].loss, 0.1 + 0.2);
  EXPECT_EQ(steps[1].learningRate, 5e-324);
  EXPECT_EQ(steps[0].gradientNorm, 2.5);
  EXPECT_EQ(steps[0].seconds, 0.25);
  EXPECT_EQ(steps[2].examples, 24);
  const auto curve = other.validationCurve(id);
  ASSERT_EQ(curve.size(), 2u);
  EXPECT_EQ(curve[0].step, 2);
  EXPECT_EQ(curve[0].split, kValidationSplit);
  EXPECT_FALSE(curve[0].isFinal);
  EXPECT_EQ(curve[0].scores, (std::map<std::string, double>{{"accuracy", 0.5}, {"macro_f1", 0.25}}));
  const auto predictions = other.predictions(id, kTestSplit);
  ASSERT_EQ(predictions.size(), 2u);
  EXPECT_EQ(predictions[0].row, 2);  // ordered by row
  EXPECT_TRUE(predictions[0].probabilities.empty());
  EXPECT_EQ(predictions[1].label, 1);
  EXPECT_EQ(predictions[1].predicted, 0);
  EXPECT_EQ(predictions[1].probabilities, (std::vector<float>{0.9f, 0.1f}));
  EXPECT_TRUE(other.predictions(id, kValidationSplit).empty());
  EXPECT_TRUE(other.checkIntegrity().empty());
}

TEST_F(StoreTest, KeepsNumbersThatAreNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  const RunId id = runningRun(store_, store_.addStudy(study()), spec(1));
  store_.appendSteps(id, {{1, nan, 0, infinity, 0, 1}, {2, -infinity, 0, -0.0, 0, 2}});
  store_.apply(id, RunScored{kTestSplit, 1, {{"perplexity", nan}}, true});
  store_.apply(id, RunScored{kValidationSplit, 1, {{"perplexity", nan}}, false});
  const auto steps = store_.steps(id);
  EXPECT_TRUE(std::isnan(steps[0].loss));
  EXPECT_EQ(steps[0].gradientNorm, infinity);
  EXPECT_EQ(steps[1].loss, -infinity);
  EXPECT_TRUE(std::isnan(store_.run(id).scores.at("test.perplexity")));
  EXPECT_TRUE(std::isnan(store_.validationCurve(id)[0].scores.at("perplexity")));
}

TEST_F(StoreTest, PredictionsOfASplitReplaceThoseBefore) {
  const RunId id = runningRun(store_, store_.addStudy(study()), spec(1));
  store_.apply(id, RunPredicted{kTestSplit, {{0, 0, 0, {1}}, {1, 0, 0, {1}}}});
  store_.apply(id, RunPredicted{kValidationSplit, {{5, 0, 0, {1}}}});
  store_.apply(id, RunPredicted{kTestSplit, {{1, 0, 1, {0}}}});
  ASSERT_EQ(store_.predictions(id, kTestSplit).size(), 1u);
  EXPECT_EQ(store_.predictions(id, kTestSplit)[0].predicted, 1);
  EXPECT_EQ(store_.predictions(id, kValidationSplit).size(), 1u);
}

TEST_F(StoreTest, AnArtifactOutsideTheFolderOfFilesIsRefused) {
  const RunId id = runningRun(store_, store_.addStudy(study()), spec(1));
  for (const char* path : {"/etc/passwd", "../x", "a/../../x", ""})
    EXPECT_EQ(kindOf([&] {
                store_.apply(id, RunSaved{{"adapter", path, 1, "h"}});
              }),
              ErrorKind::kInvalidInput)
        << path;
  EXPECT_TRUE(store_.run(id).artifacts.empty());
}

TEST_F(StoreTest, RunsStandInTheOrderInWhichTheyWereAdded) {
  const StudyId id = store_.addStudy(study());
  const auto first = store_.addRuns(id, {spec(3), spec(1), spec(2)});
  const auto more = store_.addRuns(id, {spec(1), spec(9)});
  EXPECT_EQ(more[0], first[1]);  // the same run, at its old place
  std::vector<std::uint64_t> seeds;
  for (const auto& run : store_.runs(id)) seeds.push_back(run.spec.seed);
  EXPECT_EQ(seeds, (std::vector<std::uint64_t>{3, 1, 2, 9}));
  EXPECT_EQ(store_.queuedRuns(), (std::vector<RunId>{first[0], first[1], first[2], more[1]}));
  EXPECT_EQ(store_.allRuns().size(), 4u);
}

TEST_F(StoreTest, ASpecGivenTwiceIsOneRunAndCountedOnce) {
  const StudyId id = store_.addStudy(study());
  const auto runs = store_.addRuns(id, {spec(1), spec(1)});
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(store_.runs(id).size(), 1u);
}

TEST_F(StoreTest, AFinishedRunIsSharedByStudiesInsteadOfRunAgain) {
  const StudyId first = store_.addStudy(study("1")), second = store_.addStudy(study("2"));
  const RunId id = runningRun(store_, first, spec(1));
  store_.apply(id, RunScored{kTestSplit, 1, {{"accuracy", 0.5}}, true});
  store_.apply(id, RunFinished{});
  RunSpec moved = spec(1);
  moved.base.path = "/elsewhere";  // not part of the identity
  EXPECT_EQ(store_.addRuns(second, {moved}).front(), id);
  EXPECT_EQ(store_.runs(second).front().state, RunState::kFinished);
  EXPECT_EQ(store_.runs(second).front().scores.at("test.accuracy"), 0.5);
  EXPECT_TRUE(store_.queuedRuns().empty());
}

TEST_F(StoreTest, ALostRunIsQueuedAgainWithoutAnyTraceOfItsFirstAttempt) {
  for (const RunEvent& end : {RunEvent(RunInterrupted{"gone"}),
                              RunEvent(RunFailed{"io", "no disk", "Buy one."}), RunEvent(RunCancelled{})}) {
    const StudyId id = store_.addStudy(study());
    const RunId run = runningRun(store_, id, spec(end.index()));
    const RunId waiting = store_.addRuns(id, {spec(100 + end.index())}).front();
    store_.appendSteps(run, {{1, 1, 1, 1, 1, 1}});
    store_.apply(run, RunScored{kTestSplit, 1, {{"accuracy", 0.5}}, true});
    store_.apply(run, RunScored{kValidationSplit, 1, {{"accuracy", 0.5}}, false});
    store_.apply(run, RunPredicted{kTestSplit, {{0, 0, 0, {1}}}});
    store_.apply(run, RunSaved{{"checkpoint", "c", 1, "h"}});
    store_.apply(run, end);
    EXPECT_EQ(store_.run(run).state, stateAfter(end));
    RunSpec moved = spec(end.index());
    moved.base.path = "/elsewhere";
    EXPECT_EQ(store_.addRuns(id, {moved}).front(), run);
    const auto again = store_.run(run);
    EXPECT_EQ(again.state, RunState::kQueued);
    EXPECT_EQ(again.spec.base.path, "/elsewhere");
    EXPECT_EQ(again.reason, "");
    EXPECT_EQ(again.step + again.totalSteps + again.startedMs + again.endedMs, 0);
    EXPECT_EQ(again.cost.trainableParameters, 0);
    EXPECT_TRUE(again.environment.isNull());
    EXPECT_TRUE(again.scores.empty());
    EXPECT_TRUE(again.artifacts.empty());
    EXPECT_TRUE(store_.steps(run).empty());
    EXPECT_TRUE(store_.validationCurve(run).empty());
    EXPECT_TRUE(store_.predictions(run, kTestSplit).empty());
    EXPECT_EQ(store_.queuedRuns(), (std::vector<RunId>{waiting, run}));  // at the end of the queue
    store_.changeState(run, RunState::kQueued, RunState::kCancelled);
    store_.changeState(waiting, RunState::kQueued, RunState::kCancelled);
  }
}

TEST_F(StoreTest, OneStudyOpensTheTestSplitOnce) {
  const StudyId first = store_.addStudy(study("1")), second = store_.addStudy(study("2"));
  EXPECT_EQ(store_.testOpenings("split-1"), 0);
  const RunId a = runningRun(store_, first, spec(1)), b = runningRun(store_, first, spec(2));
  store_.apply(a, RunScored{kValidationSplit, 1, {{"accuracy", 1}}, true});
  store_.apply(a, RunScored{kTestSplit, 1, {{"accuracy", 1}}, false});  // a point of a curve, no opening
  store_.apply(a, RunScored{"tester", 1, {{"accuracy", 1}}, true});
  EXPECT_EQ(store_.testOpenings("split-1"), 0);
  store_.apply(a, RunScored{kTestSplit, 1, {{"accuracy", 1}, {"macro_f1", 1}}, true});
  store_.apply(b, RunScored{kTestSplit, 1, {{"accuracy", 1}}, true});
  EXPECT_EQ(store_.testOpenings("split-1"), 1);
  EXPECT_EQ(store_.testOpenings("split-2"), 0);
  store_.addRuns(second, {spec(1)});
  EXPECT_EQ(store_.testOpenings("split-1"), 2);
}

TEST_F(StoreTest, SaysWhatDoesNotExist) {
  EXPECT_EQ(kindOf([&] { store_.dataset({9}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.examples({9}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.study({9}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.runs({9}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.addRuns({9}, {spec(1)}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.run({9}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.steps({9}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.predictions({9}, kTestSplit); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.validationCurve({9}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.claim({9}, RunOwner::thisProcess()); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.changeState({9}, RunState::kQueued, RunState::kCancelled); }),
            ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.apply({9}, RunPhase{"x"}); }), ErrorKind::kNotFound);
  EXPECT_EQ(kindOf([&] { store_.appendSteps({9}, {{}}); }), ErrorKind::kNotFound);
  Study lost = study();
  lost.dataset = {9};
  EXPECT_EQ(kindOf([&] { store_.addStudy(lost); }), ErrorKind::kNotFound);
  // A failed write leaves nothing open.
  store_.setSetting("still", "works");
}

TEST_F(StoreTest, KeepsSettings) {
  EXPECT_FALSE(store_.setting(kNasty));
  store_.setSetting(kNasty, nasty());
  store_.setSetting(kNasty, nasty() + "2");
  EXPECT_EQ(store_.setting(kNasty), nasty() + "2");
}

TEST_F(StoreTest, FilesLieBesideTheProject) {
  EXPECT_EQ(store_.filesFolder(), folder_.file("p.files"));
  EXPECT_EQ(Store(folder_.file("odd.db"), OpenMode::kCreateOrOpen).filesFolder(),
            folder_.file("odd.db.files"));
  EXPECT_FALSE(std::filesystem::exists(store_.filesFolder()));
}

TEST_F(StoreTest, CanBeMoved) {
  store_.setSetting("a", "b");
  Store moved = std::move(store_);
  EXPECT_EQ(moved.setting("a"), "b");
}

}  // namespace
}  // namespace attune

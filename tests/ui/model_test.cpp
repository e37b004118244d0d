#include <gtest/gtest.h>

#include <algorithm>

#include <QAbstractItemModelTester>
#include <QAction>
#include <QCheckBox>
#include <QElapsedTimer>
#include <QItemSelectionModel>
#include <QLineEdit>
#include <QMimeData>
#include <QPersistentModelIndex>
#include <QTextEdit>
#include <cstdio>
#include <cstdlib>

#include "tests/support/report_support.h"
#include "tests/support/ui_fixture.h"
#include "ui/actions.h"
#include "ui/compare/examples_tab.h"
#include "ui/live_runs.h"
#include "ui/model/activity_table_model.h"
#include "ui/model/cell_sort_proxy.h"
#include "ui/model/cell_table_model.h"
#include "ui/model/comparison_tables.h"
#include "ui/model/dataset_table_model.h"
#include "ui/model/method_table_model.h"
#include "ui/model/run_tree_model.h"
#include "ui/text.h"
#include "ui/widget/data_table.h"

namespace attune {
namespace {

using Tester = QAbstractItemModelTester;
constexpr auto kFatal = Tester::FailureReportingMode::Fatal;

CellTable numbers(const QStringList& keys) {
  CellTable table;
  table.columns = {QStringLiteral("name"), QStringLiteral("value")};
  table.numeric = {false, true};
  for (const QString& key : keys) {
    table.rows.push_back({key,
                          {textCell(key), key == QLatin1String("none") ? missingCell(QStringLiteral("why"))
                                                                       : numberCell(key, key.toDouble())}});
  }
  return table;
}

std::vector<attune::Run> someRuns(const Study& study) {
  std::vector<attune::Run> runs;
  std::int64_t id = 1;
  for (const MethodChoice& choice : study.methods) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      attune::Run run;
      run.id = {id++};
      run.spec.method = choice.method;
      run.spec.params = choice.params;
      run.spec.seed = seed;
      run.state = seed == 1 ? RunState::kFinished : RunState::kQueued;
      run.scores["validation.accuracy"] = 0.5 + 0.1 * static_cast<double>(seed);
      runs.push_back(run);
    }
  }
  return runs;
}

TEST(CellTableModel, KeepsTheSelectionWhenRowsAreAddedAndRemoved) {
  CellTableModel model;
  const Tester tester(&model, kFatal);
  model.setTable(numbers({QStringLiteral("1"), QStringLiteral("3")}));
  const QPersistentModelIndex three = model.index(1, 0);
  model.setTable(
      numbers({QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3"), QStringLiteral("4")}));
  ASSERT_TRUE(three.isValid());
  EXPECT_EQ(three.row(), 2);
  model.setTable(numbers({QStringLiteral("3")}));
  ASSERT_TRUE(three.isValid());
  EXPECT_EQ(three.row(), 0);
  EXPECT_EQ(model.rowCount(), 1);
}

TEST(CellTableModel, TakesAnotherOrderAndOtherColumns) {
  CellTableModel model;
  const Tester tester(&model, kFatal);
  model.setTable(numbers({QStringLiteral("1"), QStringLiteral("2")}));
  model.setTable(numbers({QStringLiteral("2"), QStringLiteral("1")}));
  EXPECT_EQ(model.index(0, 0).data().toString(), QStringLiteral("2"));
  CellTable other = numbers({QStringLiteral("2")});
  other.columns.append(QStringLiteral("more"));
  model.setTable(other);
  EXPECT_EQ(model.columnCount(), 3);
}

TEST(CellTableModel, ShowsDataInToolTipsAsPlainText) {
  CellTable table = numbers({QStringLiteral("1")});
  table.rows[0].cells[0].tip = QStringLiteral("<b>bold</b>");
  CellTableModel model;
  model.setTable(table);
  EXPECT_TRUE(model.index(0, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("&lt;b&gt;")));
}

TEST(CellSortProxy, SortsNumbersAsNumbersAndMissingLastBothWays) {
  CellTableModel model;
  model.setTable(
      numbers({QStringLiteral("none"), QStringLiteral("10"), QStringLiteral("9"), QStringLiteral("100")}));
  CellSortProxy proxy;
  const Tester tester(&proxy, kFatal);
  proxy.setSourceModel(&model);
  proxy.sort(1, Qt::AscendingOrder);
  EXPECT_EQ(proxy.index(0, 0).data().toString(), QStringLiteral("9"));
  EXPECT_EQ(proxy.index(3, 0).data().toString(), QStringLiteral("none"));
  proxy.sort(1, Qt::DescendingOrder);
  EXPECT_EQ(proxy.index(0, 0).data().toString(), QStringLiteral("100"));
  EXPECT_EQ(proxy.index(3, 0).data().toString(), QStringLiteral("none"));
}

TEST(CellSortProxy, SortsNamesNaturally) {
  CellTableModel model;
  model.setTable(numbers({QStringLiteral("run 10"), QStringLiteral("run 2")}));
  CellSortProxy proxy;
  proxy.setSourceModel(&model);
  proxy.sort(0, Qt::AscendingOrder);
  EXPECT_EQ(proxy.index(0, 0).data().toString(), QStringLiteral("run 2"));
}

TEST(DatasetFilter, CombinesSearchLabelSplitAndLines) {
  auto examples = std::make_shared<std::vector<StoredExample>>();
  for (int i = 0; i < 6; ++i) {
    StoredExample example;
    example.row = i;
    example.line = i + 2;
    example.split = i < 4 ? kTrainSplit : kTestSplit;
    example.text = i % 2 == 0 ? "Straße" : "road";
    example.label = i % 3;
    examples->push_back(example);
  }
  DatasetTableModel model;
  const Tester modelTester(&model, kFatal);
  DatasetFilter filter;
  const Tester filterTester(&filter, kFatal);
  filter.setSourceModel(&model);
  model.setExamples(examples, {"a", "b", "c"});
  EXPECT_EQ(filter.rowCount(), 6);
  filter.setSearch(QStringLiteral("STRASSE"));
  EXPECT_EQ(filter.rowCount(), 0) << "lower-casing does not turn SS into ß";
  filter.setSearch(QStringLiteral("straße"));
  EXPECT_EQ(filter.rowCount(), 3);
  filter.setSplit(QStringLiteral("test"));
  EXPECT_EQ(filter.rowCount(), 1);
  filter.setSplit({});
  filter.setSearch({});
  filter.setLabel(2);
  EXPECT_EQ(filter.rowCount(), 2);
  filter.setLabel(-1);
  filter.setLines({3, 7});
  EXPECT_EQ(filter.rowCount(), 2);
}

TEST(RunTreeModel, GroupsRunsThatDifferOnlyInTheSeed) {
  const Comparison comparison = testing::smallComparison();
  RunBridge bridge;
  const LiveRuns live(bridge);
  RunTreeModel model(live);
  const Tester tester(&model, kFatal);
  model.setRuns(&comparison.study, someRuns(comparison.study));
  ASSERT_EQ(model.rowCount(), 3);
  EXPECT_EQ(model.rowCount(model.index(0, 0)), 2);
  EXPECT_EQ(model.index(0, RunTreeModel::kName).data().toString(), QStringLiteral("A  ×2"));
  EXPECT_EQ(model.index(0, RunTreeModel::kStatus).data().toString(), QStringLiteral("1 of 2 done"));
  EXPECT_EQ(model.runOf(model.index(1, 0)).value, 4) << "of a configuration the run that has not ended";
  EXPECT_EQ(model.configurationOf(model.index(1, 0, model.index(2, 0))), QStringLiteral("C"));
  model.setRuns(nullptr, {});
  EXPECT_EQ(model.rowCount(), 0);
}

TEST(RunTreeModel, SaysWhatTheDoctorFound) {
  const Comparison comparison = testing::smallComparison();
  RunBridge bridge;
  const LiveRuns live(bridge);
  RunTreeModel model(live);
  auto runs = someRuns(comparison.study);
  runs[0].state = RunState::kFinished;
  runs[0].findings = {
      {"still_rising", "Validation was still rising.", "Train longer: 12 epochs.", "epochs", "12"}};
  model.setRuns(&comparison.study, runs);
  const QModelIndex first = model.index(0, RunTreeModel::kStatus, model.index(0, 0));
  EXPECT_EQ(first.data().toString(), QStringLiteral("✓ finished, still rising"));
  EXPECT_TRUE(first.data(Qt::ToolTipRole).toString().contains(QStringLiteral("Train longer: 12 epochs.")));
}

TEST(RunTreeModel, KeepsTheCurrentRowWhileRunsChangeTheirState) {
  const Comparison comparison = testing::smallComparison();
  RunBridge bridge;
  const LiveRuns live(bridge);
  RunTreeModel model(live);
  auto runs = someRuns(comparison.study);
  model.setRuns(&comparison.study, runs);
  const QPersistentModelIndex second = model.index(1, 0, model.index(0, 0));
  runs[1].state = RunState::kFinished;
  model.setRuns(&comparison.study, runs);
  EXPECT_TRUE(second.isValid());
  EXPECT_EQ(model.index(0, RunTreeModel::kStatus).data().toString(), QStringLiteral("✓ finished"));
}

TEST(ActivityTableModel, ListsWorkingRunsBeforeWaitingOnes) {
  const Comparison comparison = testing::smallComparison();
  RunBridge bridge;
  const LiveRuns live(bridge);
  ActivityTableModel model(live);
  const Tester tester(&model, kFatal);
  model.setRuns(&comparison.study, someRuns(comparison.study), {{2}}, {{4}, {6}});
  ASSERT_EQ(model.rowCount(), 3);
  EXPECT_EQ(model.index(0, 0).data().toString(), QStringLiteral("A, seed 2"));
  EXPECT_EQ(model.index(2, ActivityTableModel::kState).data().toString(), QStringLiteral("queued"));
}

TEST(MethodTableModel, StartsWithTheUsualMethodsTicked) {
  MethodTableModel model;
  const Tester tester(&model, kFatal);
  const auto usual = static_cast<std::size_t>(std::count_if(methodCatalog().begin(), methodCatalog().end(),
                                                            [](const auto& info) { return info.usual; }));
  EXPECT_EQ(model.chosen().size(), usual);
  ASSERT_TRUE(model.setData(model.index(0, 0), Qt::Unchecked, Qt::CheckStateRole));
  EXPECT_EQ(model.chosen().size(), usual - 1);
}

TEST(MethodTableModel, KeepsWhatWasChangedByHandWhenThePresetChanges) {
  MethodTableModel model;
  int row = 0;
  while (!model.params(row).has("learning_rate")) ++row;
  ParamSet params = model.params(row);
  params.set("learning_rate", 0.0123);
  model.setParams(row, params);
  model.setPreset("thorough");
  EXPECT_EQ(model.params(row).getDouble("learning_rate"), 0.0123);
}

TEST(ComparisonTables, GroupsAddUpToTheTestItems) {
  const Comparison comparison = testing::smallComparison();
  std::array<int, 4> counts{};
  for (std::size_t item = 0; item < 10; ++item) {
    ++counts[static_cast<std::size_t>(agreementOf(comparison, 0, 1, item))];
  }
  EXPECT_EQ(counts, (std::array<int, 4>{5, 3, 1, 1}));
}

TEST(ComparisonTables, AnswersSayHowManySeedsWereRight) {
  const CellTable table = answersTable(testing::smallComparison());
  ASSERT_EQ(table.rows.size(), 10u);
  EXPECT_EQ(table.rows[9].cells[3].text, QStringLiteral("✗ no"));
  EXPECT_EQ(table.rows[9].cells[5].text, QStringLiteral("✗ no (1 of 3)"));
  EXPECT_EQ(table.rows[8].cells[5].text, QStringLiteral("✓ no (3 of 3)"));
}

// A hundred thousand answers: every filter finds its rows. With ATTUNE_SIMULATIONS it says how long that
// took.
TEST(ExamplesTab, FiltersAHundredThousandRows) {
  auto loaded = std::make_shared<LoadedComparison>();
  loaded->comparison = testing::smallComparison();
  Comparison& c = loaded->comparison;
  constexpr std::size_t kRows = 100'000;
  const auto small = c.testItems;
  c.testItems.clear();
  for (std::size_t i = 0; i < kRows; ++i) {
    c.testItems.push_back(small[i % 10]);
    c.testItems.back().row = static_cast<std::int64_t>(i);
    c.testItems.back().text = "a message of about the length that people write, number " + std::to_string(i);
  }
  for (Configuration& configuration : c.configurations)
    for (std::size_t s = 0; s < configuration.outcomes.size(); ++s) {
      auto& outcomes = configuration.outcomes[s];
      auto& predicted = configuration.predicted[s];
      for (std::size_t i = 10; i < kRows; ++i) {
        outcomes.push_back(outcomes[i % 10]);
        predicted.push_back(predicted[i % 10]);
      }
    }
  Actions actions(new QWidget);
  ExamplesTab tab(actions);
  tab.resize(900, 600);
  tab.show();
  tab.setComparison(loaded, 0);
  tab.choose(toQt(c.configurations[0].title), toQt(c.configurations[1].title));
  EXPECT_EQ(tab.counts(), (std::array<int, 4>{50'000, 30'000, 10'000, 10'000}));
  auto* table = tab.findChild<DataTable*>();
  auto* search = tab.findChild<QLineEdit*>();
  const auto timed = [&](const char* what, auto act, int rows) {
    QElapsedTimer timer;
    timer.start();
    act();
    if (std::getenv("ATTUNE_SIMULATIONS"))
      std::printf("%s: %lld ms\n", what, static_cast<long long>(timer.elapsed()));
    EXPECT_EQ(table->model()->rowCount(), rows) << what;
  };
  timed(
      "both right", [&] { tab.showGroup(0); }, 50'000);
  timed(
      "only A", [&] { tab.showGroup(1); }, 30'000);
  timed(
      "both wrong", [&] { tab.showGroup(3); }, 10'000);
  timed(
      "all", [&] { tab.showGroup(-1); }, 100'000);
  timed(
      "search", [&] { search->setText(QStringLiteral("number 4242")); }, 11);
  timed(
      "no search", [&] { search->clear(); }, 100'000);
}

TEST(ExamplesTab, StarsAndNotesAreToldAndFiltered) {
  auto loaded = std::make_shared<LoadedComparison>();
  loaded->comparison = testing::smallComparison();
  loaded->marks[3] = {false, "look again"};
  Actions actions(new QWidget);
  ExamplesTab tab(actions);
  tab.setComparison(loaded, 0);
  std::vector<std::pair<qint64, bool>> told;
  QObject::connect(&tab, &ExamplesTab::marked,
                   [&](qint64 row, const ExampleMark& mark) { told.emplace_back(row, mark.starred); });
  auto* table = tab.findChild<DataTable*>();
  table->setCurrentIndex(table->model()->index(3, 0));
  EXPECT_TRUE(tab.findChild<QTextEdit*>()->toPlainText().contains(QStringLiteral("Note: look again")));
  actions.get(Command::kStarExample)->trigger();
  EXPECT_EQ(told, (std::vector<std::pair<qint64, bool>>{{3, true}}));
  EXPECT_EQ(table->model()->index(3, 0).data().toString(), QStringLiteral("★ 4"));
  auto* only = tab.findChild<QCheckBox*>();
  only->setChecked(true);
  EXPECT_EQ(table->model()->rowCount(), 1);
  tab.setComparison(loaded, 1);  // another baseline: the mark is still there
  EXPECT_EQ(table->model()->rowCount(), 1);
  table->setCurrentIndex(table->model()->index(0, 0));
  actions.get(Command::kStarExample)->trigger();
  EXPECT_EQ(table->model()->rowCount(), 0);
  EXPECT_EQ(told.back(), (std::pair<qint64, bool>{3, false}));
}

TEST(ComparisonTables, SlicesAreCalledByWhatTheyAreCutBy) {
  Comparison c = test::compareByHand({test::byHand("majority", "Always", {test::firstRight(80, 20)}),
                                      test::byHand("lora", "LoRA", {test::firstRight(80, 60)})});
  c.dataset.extraColumns = {"channel"};
  for (std::size_t i = 0; i < 80; ++i) c.testItems[i].extra = {i % 2 ? "mail" : "phone"};
  QStringList parts;
  for (const CellRow& row : slicesTable(c).rows) parts.append(row.cells.front().text);
  EXPECT_TRUE(parts.contains(QStringLiteral("channel: mail"))) << parts.join(QLatin1Char('|')).toStdString();
  EXPECT_TRUE(parts.contains(QStringLiteral("channel: phone")));
  EXPECT_EQ(parts.filter(QStringLiteral("Length: phone")).size(), 0);
}

TEST(ComparisonTables, SettingsShowOnlyWhatDiffers) {
  const Comparison comparison = testing::smallComparison();
  EXPECT_EQ(settingsTable(comparison, true).rows.size(), 1u);
  EXPECT_EQ(settingsTable(comparison, false).rows.size(), 2u);
}

TEST(ComparisonTables, SummaryTurnsTheDifferenceRoundForTheOtherBaseline) {
  const Comparison comparison = testing::smallComparison();
  EXPECT_EQ(summaryTable(comparison, 1).rows[0].cells[5].sort.toDouble(), 0.2);
  EXPECT_EQ(summaryTable(comparison, 0).rows[1].cells[5].sort.toDouble(), -0.2);
  EXPECT_EQ(summaryTable(comparison, 0).rows[1].cells[6].tone, Tone::kBad);
}

TEST(DataTable, CopiesTheSelectionWithHeadersAsTextAndHtml) {
  CellTableModel model;
  model.setTable(numbers({QStringLiteral("1"), QStringLiteral("<2>")}));
  DataTable table(QStringLiteral("numbers"));
  table.setModel(&model);
  table.selectRow(1);
  const std::unique_ptr<QMimeData> mime(table.copySelection());
  EXPECT_EQ(mime->text(), QStringLiteral("name\tvalue\n<2>\t<2>\n"));
  EXPECT_TRUE(mime->html().contains(QStringLiteral("<td>&lt;2&gt;</td>")));
}

}  // namespace
}  // namespace attune

#include "ui/dataset_pane.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <QVBoxLayout>
#include <map>

#include "core/run/dataset_store.h"
#include "ui/actions.h"
#include "ui/context.h"
#include "ui/model/cell_table_model.h"
#include "ui/model/dataset_table_model.h"
#include "ui/model/finding_table.h"
#include "ui/text.h"
#include "ui/widget/combo_items.h"
#include "ui/widget/data_table.h"
#include "ui/widget/empty_state.h"
#include "ui/widget/label_bars.h"

namespace attune {

DatasetPane::DatasetPane(Context& context, const Actions& actions, QWidget* parent)
    : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("dataPane"));
  datasets_ = new QComboBox;
  datasets_->setAccessibleName(tr("Dataset"));
  datasets_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  datasets_->setMinimumContentsLength(12);
  summary_ = new QLabel;
  summary_->setTextFormat(Qt::PlainText);
  summary_->setWordWrap(true);
  tabs_ = new QTabWidget;
  tabs_->setDocumentMode(true);
  tabs_->addTab(buildRows(), tr("Rows"));
  tabs_->addTab(buildChecks(), tr("Checks"));
  tabs_->tabBar()->setAccessibleName(tr("Views of the dataset"));

  auto* content = new QWidget;
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(8, 6, 8, 6);
  column->addWidget(datasets_);
  column->addWidget(summary_);
  column->addWidget(tabs_, 1);
  stack_ = new QStackedWidget;
  stack_->addWidget(new EmptyState(
      tr("No data yet. Import a file with a text and a label in every row, or drop it on this window."),
      actions.get(Command::kImportData)));
  stack_->addWidget(content);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(stack_);
  setMinimumWidth(260);

  connect(datasets_, &QComboBox::activated, this,
          [this](int index) { context_.selection().setDataset({datasets_->itemData(index).toLongLong()}); });
  connect(&context, &Context::viewChanged, this, &DatasetPane::refreshDatasets);
  connect(&context.selection(), &Selection::datasetChanged, this, &DatasetPane::refreshDatasets);
  refreshDatasets();
}

QWidget* DatasetPane::buildRows() {
  model_ = new DatasetTableModel(this);
  filter_ = new DatasetFilter(this);
  filter_->setSourceModel(model_);
  table_ = new DataTable(tr("Rows of the dataset"));
  table_->setModel(filter_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(DatasetTableModel::kRow, Qt::AscendingOrder);
  table_->setEmptyText(tr("No row matches."));
  table_->horizontalHeader()->setSectionResizeMode(DatasetTableModel::kText, QHeaderView::Stretch);
  table_->setColumnWidth(DatasetTableModel::kRow, 48);
  table_->setColumnWidth(DatasetTableModel::kLabel, 84);
  table_->setColumnWidth(DatasetTableModel::kSplit, 84);
  search_ = new QLineEdit;
  search_->setPlaceholderText(tr("Search rows"));
  search_->setAccessibleName(tr("Search rows"));
  search_->setClearButtonEnabled(true);
  labels_ = new QComboBox;
  labels_->setAccessibleName(tr("Show only this label"));
  splits_ = new QComboBox;
  splits_->setAccessibleName(tr("Show only this split"));
  for (QComboBox* box : {labels_, splits_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(6);
  }
  shown_ = new QLabel;
  shown_->setForegroundRole(QPalette::PlaceholderText);
  bars_ = new LabelBars;

  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 6, 0, 0);
  auto* row = new QHBoxLayout;
  row->addWidget(search_, 3);
  row->addWidget(labels_, 2);
  row->addWidget(splits_, 2);
  column->addLayout(row);
  table_->setMinimumHeight(64);
  column->addWidget(table_, 1);
  column->addWidget(shown_);
  column->addWidget(bars_);

  searchDelay_.setSingleShot(true);
  searchDelay_.setInterval(120);
  connect(search_, &QLineEdit::textChanged, this, [this] { searchDelay_.start(); });
  connect(&searchDelay_, &QTimer::timeout, this, [this] { filter_->setSearch(search_->text()); });
  connect(labels_, &QComboBox::currentIndexChanged, this,
          [this](int index) { filter_->setLabel(index - 1); });
  connect(splits_, &QComboBox::currentIndexChanged, this, [this](int index) {
    filter_->setLines({});
    filter_->setSplit(splits_->itemData(index).toString());
  });
  const auto counted = [this] {
    shown_->setText(tr("%1 of %2 rows").arg(filter_->rowCount()).arg(model_->rowCount()));
    showCounts();
  };
  connect(filter_, &QAbstractItemModel::rowsInserted, this, counted);
  connect(filter_, &QAbstractItemModel::rowsRemoved, this, counted);
  connect(filter_, &QAbstractItemModel::modelReset, this, counted);
  return page;
}

QWidget* DatasetPane::buildChecks() {
  findings_ = new CellTableModel(this);
  checks_ = new DataTable(tr("Findings of the checks"));
  checks_->setModel(findings_);
  checks_->setWordWrap(true);
  checks_->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  checks_->setEmptyText(
      tr("All checks passed: no duplicates across splits, no conflicting labels, no rare labels."));
  auto* showRows = new QPushButton(tr("Show these rows"));
  showRows->setEnabled(false);
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(checks_, 1);
  column->addWidget(showRows, 0, Qt::AlignLeft);
  connect(checks_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this, showRows](const QModelIndex& index) {
            showRows->setEnabled(index.isValid() &&
                                 !findingLines_[static_cast<std::size_t>(index.row())].empty());
          });
  connect(showRows, &QPushButton::clicked, this, [this] { showFindingRows(checks_->currentIndex().row()); });
  connect(checks_, &QTableView::activated, this,
          [this](const QModelIndex& index) { showFindingRows(index.row()); });
  return page;
}

void DatasetPane::focusSearch() {
  tabs_->setCurrentIndex(0);
  search_->setFocus(Qt::ShortcutFocusReason);
  search_->selectAll();
}

void DatasetPane::refreshDatasets() {
  const auto& all = context_.view().datasets;
  stack_->setCurrentIndex(all.empty() ? 0 : 1);
  QStringList names;
  QVariantList ids;
  int current = -1;
  for (const DatasetRecord& record : all) {
    if (record.id == context_.selection().dataset()) current = static_cast<int>(names.size());
    names.append(toQt(record.name));
    ids.append(static_cast<qlonglong>(record.id.value));
  }
  setComboItems(*datasets_, names, ids, current);
  showDataset();
}

void DatasetPane::showDataset() {
  const DatasetRecord* record = context_.dataset(context_.selection().dataset());
  if (record == nullptr || record->id == shownId_) {
    if (record == nullptr) shownId_ = {};
    return;
  }
  shownId_ = record->id;
  std::int64_t total = 0;
  for (const auto& [split, size] : record->splitSizes) total += size;
  const auto size = [record](const char* split) {
    const auto found = record->splitSizes.find(split);
    return found == record->splitSizes.end() ? std::int64_t{0} : found->second;
  };
  summary_->setText((record->freeAnswers
                         ? tr("%1 rows, %2 different answers ▸ train %3 ▸ validation %4 ▸ test %5")
                         : tr("%1 rows, %2 labels ▸ train %3 ▸ validation %4 ▸ test %5"))
                        .arg(total)
                        .arg(record->labels.size())
                        .arg(size(kTrainSplit))
                        .arg(size(kValidationSplit))
                        .arg(size(kTestSplit)));
  labels_->clear();
  labels_->addItem(tr("All labels"));
  labels_->setVisible(!record->freeAnswers);
  bars_->setVisible(!record->freeAnswers);  // hardly any answer occurs twice
  if (!record->freeAnswers)
    for (const std::string& label : record->labels) labels_->addItem(toQt(label));
  splits_->clear();
  splits_->addItem(tr("All splits"));
  for (const char* split : {kTrainSplit, kValidationSplit, kTestSplit}) {
    splits_->addItem(QLatin1String(split), QLatin1String(split));
  }
  showChecks(*record);
  model_->setExamples(nullptr, record->labels);
  context_.withStore(
      this,
      [id = record->id](Store& store) {
        return std::make_shared<const std::vector<StoredExample>>(store.examples(id));
      },
      [this, id = record->id](ExamplesPtr examples) {
        const DatasetRecord* current = context_.dataset(id);
        if (current == nullptr || id != shownId_) return;
        model_->setExamples(std::move(examples), current->labels);
      });
}

void DatasetPane::showChecks(const DatasetRecord& record) {
  const std::vector<Diagnostic> diagnostics = diagnosticsFromJson(record.diagnostics);
  findingLines_.clear();
  for (const Diagnostic& diagnostic : diagnostics) {
    std::vector<std::int64_t> lines = diagnostic.rows;
    if (lines.empty() && diagnostic.row > 0) lines.push_back(diagnostic.row);
    findingLines_.push_back(std::move(lines));
  }
  findings_->setTable(findingTable(diagnostics));
  checks_->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
  checks_->setColumnWidth(0, 90);
  tabs_->setTabText(1, diagnostics.empty() ? tr("Checks ✓") : tr("Checks (%1)").arg(diagnostics.size()));
}

void DatasetPane::showCounts() {
  const DatasetRecord* record = context_.dataset(shownId_);
  if (record == nullptr) return;
  std::vector<qint64> counts(record->labels.size(), 0);
  for (int row = 0; row < filter_->rowCount(); ++row) {
    const int label = filter_->index(row, 0).data(DatasetTableModel::kLabelRole).toInt();
    if (label >= 0 && static_cast<std::size_t>(label) < counts.size())
      ++counts[static_cast<std::size_t>(label)];
  }
  QStringList names;
  for (const std::string& label : record->labels) names.append(toQt(label));
  bars_->setCounts(names, counts);
}

void DatasetPane::showFindingRows(int finding) {
  if (finding < 0 || static_cast<std::size_t>(finding) >= findingLines_.size()) return;
  QList<qint64> lines;
  for (const std::int64_t line : findingLines_[static_cast<std::size_t>(finding)]) lines.append(line);
  if (lines.isEmpty()) return;
  search_->clear();
  labels_->setCurrentIndex(0);
  splits_->setCurrentIndex(0);
  filter_->setLines(lines);
  tabs_->setCurrentIndex(0);
  table_->setFocus();
}

}  // namespace attune

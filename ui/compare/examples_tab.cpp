#include "ui/compare/examples_tab.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/actions.h"
#include "ui/text.h"
#include "ui/widget/combo_items.h"
#include "ui/widget/data_table.h"

namespace attune {

namespace {
constexpr int kTextColumn = 1;
constexpr int kLabelColumn = 2;
}  // namespace

void AnswerFilter::setAgreements(std::vector<Agreement> agreements) {
  agreements_ = std::move(agreements);
  invalidateFilter();
}

void AnswerFilter::setGroup(int group) {
  group_ = group;
  invalidateFilter();
}

void AnswerFilter::setSearch(const QString& text) {
  search_ = text.trimmed();
  invalidateFilter();
}

void AnswerFilter::setLabel(const QString& label) {
  label_ = label;
  invalidateFilter();
}

bool AnswerFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const auto item = static_cast<std::size_t>(row);
  if (group_ >= 0 && item < agreements_.size() && static_cast<int>(agreements_[item]) != group_) return false;
  if (!label_.isEmpty() && sourceModel()->index(row, kLabelColumn, parent).data().toString() != label_)
    return false;
  return search_.isEmpty() || sourceModel()
                                  ->index(row, kTextColumn, parent)
                                  .data()
                                  .toString()
                                  .contains(search_, Qt::CaseInsensitive);
}

bool AnswerFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  const QVariant a = left.data(CellTableModel::kSortRole);
  const QVariant b = right.data(CellTableModel::kSortRole);
  if (a.typeId() == QMetaType::Double && b.typeId() == QMetaType::Double) return a.toDouble() < b.toDouble();
  return QString::localeAwareCompare(a.toString(), b.toString()) < 0;
}

ExamplesTab::ExamplesTab(const Actions& actions, QWidget* parent) : QWidget(parent) {
  const auto methodBox = [](const QString& name) {
    auto* box = new QComboBox;
    box->setAccessibleName(name);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(10);
    return box;
  };
  a_ = methodBox(tr("Method A"));
  b_ = methodBox(tr("Method B"));
  search_ = new QLineEdit;
  search_->setPlaceholderText(tr("Search texts"));
  search_->setAccessibleName(tr("Search texts"));
  search_->setClearButtonEnabled(true);
  label_ = methodBox(tr("Show only this right answer"));
  auto* top = new QHBoxLayout;
  auto* aLabel = new QLabel(tr("A:"));
  aLabel->setBuddy(a_);
  auto* bLabel = new QLabel(tr("B:"));
  bLabel->setBuddy(b_);
  top->addWidget(aLabel);
  top->addWidget(a_, 1);
  top->addWidget(bLabel);
  top->addWidget(b_, 1);
  top->addWidget(search_, 1);
  top->addWidget(label_, 1);

  auto* groups = new QHBoxLayout;
  groups->setSpacing(4);
  for (int i = 0; i < 4; ++i) {
    auto* button = new QPushButton;
    button->setCheckable(true);
    button->setToolTip(tr("Show only these; press again for all (%1)").arg(i + 1));
    groups_[static_cast<std::size_t>(i)] = button;
    groups->addWidget(button, 1);
    connect(button, &QPushButton::clicked, this, [this, i](bool on) { showGroup(on ? i : -1); });
  }

  model_ = new CellTableModel(this);
  filter_ = new AnswerFilter(this);
  filter_->setSourceModel(model_);
  table_ = new DataTable(tr("Test examples and answers"));
  table_->setModel(filter_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(0, Qt::AscendingOrder);
  table_->setEmptyText(tr("No example matches."));
  detail_ = new QPlainTextEdit;
  detail_->setReadOnly(true);
  detail_->setTabChangesFocus(true);
  detail_->setAccessibleName(tr("The selected example with all answers"));
  shown_ = new QLabel;
  shown_->setForegroundRole(QPalette::PlaceholderText);
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->addWidget(table_);
  splitter->addWidget(detail_);
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addLayout(top);
  column->addLayout(groups);
  column->addWidget(splitter, 1);
  column->addWidget(shown_);

  for (QComboBox* box : {a_, b_}) {
    connect(box, &QComboBox::activated, this, [this] { chosen_ = true; });
    connect(box, &QComboBox::currentIndexChanged, this, [this] {
      if (!filling_) recount();
    });
  }
  connect(search_, &QLineEdit::textChanged, filter_, &AnswerFilter::setSearch);
  connect(label_, &QComboBox::currentIndexChanged, this,
          [this](int index) { filter_->setLabel(index <= 0 ? QString() : label_->currentText()); });
  const auto counted = [this] {
    shown_->setText(tr("%1 of %2 examples").arg(filter_->rowCount()).arg(model_->rowCount()));
  };
  connect(filter_, &QAbstractItemModel::rowsInserted, this, counted);
  connect(filter_, &QAbstractItemModel::rowsRemoved, this, counted);
  connect(filter_, &QAbstractItemModel::modelReset, this, counted);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { showDetail(); });

  constexpr Command kGroupCommands[] = {Command::kBothRight, Command::kOnlyA, Command::kOnlyB,
                                        Command::kBothWrong};
  for (int i = 0; i < 4; ++i) {
    QAction* action = actions.get(kGroupCommands[i]);
    addAction(action);
    connect(action, &QAction::triggered, this,
            [this, i] { showGroup(groups_[static_cast<std::size_t>(i)]->isChecked() ? -1 : i); });
  }
  addAction(actions.get(Command::kNextExample));
  addAction(actions.get(Command::kPreviousExample));
  connect(actions.get(Command::kNextExample), &QAction::triggered, this, [this] { move(1); });
  connect(actions.get(Command::kPreviousExample), &QAction::triggered, this, [this] { move(-1); });
}

void ExamplesTab::setComparison(const ComparisonPtr& comparison, std::size_t baseline) {
  comparison_ = comparison;
  if (!comparison_) {
    model_->setTable({});
    return;
  }
  model_->setTable(answersTable(comparison_->comparison));
  fillMethods();
  if (a_->count() > 0 && !chosen_) {
    // The best against the baseline is the first question.
    const auto& all = comparison_->comparison.configurations;
    std::size_t best = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].mean > all[best].mean) best = i;
    }
    filling_ = true;
    a_->setCurrentIndex(static_cast<int>(best));
    b_->setCurrentIndex(
        static_cast<int>(baseline == best && all.size() > 1 ? (best == 0 ? 1 : 0) : baseline));
    filling_ = false;
  }
  if (model_->columnCount() != fitted_) {
    fitted_ = model_->columnCount();
    table_->setColumnWidth(0, 44);
    table_->setColumnWidth(kTextColumn, 300);
    for (int column = kLabelColumn; column < model_->columnCount(); ++column)
      table_->setColumnWidth(column, 116);
  }
  recount();
}

void ExamplesTab::fillMethods() {
  filling_ = true;
  QStringList titles;
  for (const Configuration& configuration : comparison_->comparison.configurations) {
    titles.append(toQt(configuration.title));
  }
  for (QComboBox* box : {a_, b_}) {
    const auto before = titles.indexOf(box->currentText());
    setComboItems(*box, titles, {}, static_cast<int>(std::max<qsizetype>(0, before)));
  }
  QStringList labels{tr("All answers")};
  for (const std::string& label : comparison_->comparison.dataset.labels) labels.append(toQt(label));
  const auto before = labels.indexOf(label_->currentText());
  setComboItems(*label_, labels, {}, static_cast<int>(std::max<qsizetype>(0, before)));
  filling_ = false;
}

void ExamplesTab::recount() {
  counts_ = {};
  if (!comparison_ || a_->currentIndex() < 0 || b_->currentIndex() < 0) return;
  const Comparison& comparison = comparison_->comparison;
  const auto a = static_cast<std::size_t>(a_->currentIndex());
  const auto b = static_cast<std::size_t>(b_->currentIndex());
  std::vector<Agreement> agreements;
  for (std::size_t item = 0; item < comparison.testItems.size(); ++item) {
    agreements.push_back(agreementOf(comparison, a, b, item));
    ++counts_[static_cast<std::size_t>(agreements.back())];
  }
  const QString texts[] = {tr("Both right %1").arg(counts_[0]),
                           tr("Only %1: %2").arg(a_->currentText(), QString::number(counts_[1])),
                           tr("Only %1: %2").arg(b_->currentText(), QString::number(counts_[2])),
                           tr("Both wrong %1").arg(counts_[3])};
  for (std::size_t i = 0; i < 4; ++i) {
    groups_[i]->setText(QString(texts[i]).replace(QLatin1Char('&'), QLatin1String("&&")));
    groups_[i]->setAccessibleName(texts[i]);
    groups_[i]->setMinimumWidth(60);
  }
  filter_->setAgreements(std::move(agreements));
  shown_->setText(tr("%1 of %2 examples").arg(filter_->rowCount()).arg(model_->rowCount()));
  showDetail();
}

void ExamplesTab::choose(const QString& a, const QString& b) {
  chosen_ = true;
  filling_ = true;
  a_->setCurrentText(a);
  b_->setCurrentText(b);
  filling_ = false;
  recount();
}

void ExamplesTab::showGroup(int group) {
  for (int i = 0; i < 4; ++i) groups_[static_cast<std::size_t>(i)]->setChecked(i == group);
  filter_->setGroup(group);
  if (filter_->rowCount() > 0 && !table_->currentIndex().isValid())
    table_->setCurrentIndex(filter_->index(0, 0));
}

void ExamplesTab::move(int by) {
  if (filter_->rowCount() == 0) return;
  const int row = table_->currentIndex().isValid() ? table_->currentIndex().row() + by : 0;
  table_->setCurrentIndex(filter_->index(std::clamp(row, 0, filter_->rowCount() - 1), 0));
}

void ExamplesTab::showDetail() {
  const QModelIndex index = filter_->mapToSource(table_->currentIndex());
  if (!comparison_ || !index.isValid()) {
    detail_->setPlainText(tr("Select an example to read it with all answers. J and K go on and back."));
    return;
  }
  const auto item = static_cast<std::size_t>(index.row());
  const CellTable& table = model_->table();
  const CellRow& row = table.rows[item];
  QString text = toQt(comparison_->comparison.testItems[item].text) + QStringLiteral("\n\n") +
                 tr("Right answer: %1").arg(row.cells[kLabelColumn].text);
  for (std::size_t i = kLabelColumn + 1; i < row.cells.size(); ++i) {
    text += QStringLiteral("\n%1: %2").arg(table.columns[static_cast<int>(i)], row.cells[i].text);
  }
  detail_->setPlainText(text);
}

QWidget* ExamplesTab::firstFocus() const { return table_; }

void ExamplesTab::focusSearch() {
  search_->setFocus(Qt::ShortcutFocusReason);
  search_->selectAll();
}

}  // namespace attune

#include "ui/compare/examples_tab.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QTextEdit>
#include <QVBoxLayout>
#include <algorithm>

#include "core/report/compare_pairs.h"
#include "core/report/word_diff.h"
#include "ui/actions.h"
#include "ui/text.h"
#include "ui/widget/combo_items.h"
#include "ui/widget/data_table.h"

namespace attune {

namespace {
constexpr int kTextColumn = 1;
constexpr int kLabelColumn = 2;
}  // namespace

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
  stars_ = new QCheckBox(tr("★ only"));
  stars_->setToolTip(tr("Show only examples with a star (S gives and takes it)"));
  stars_->setAccessibleName(tr("Show only examples with a star"));
  top->addWidget(stars_);

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
  filter_->setTable(model_);
  table_ = new DataTable(tr("Test examples and answers"));
  table_->setModel(filter_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(0, Qt::AscendingOrder);
  table_->setEmptyText(tr("No example matches."));
  detail_ = new QTextEdit;
  detail_->setAcceptRichText(false);
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
  connect(stars_, &QCheckBox::toggled, this, [this] { updateStars(); });
  connect(filter_, &QAbstractItemModel::modelReset, this, [this] { filtered(); });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            if (index.isValid()) current_ = filter_->mapToSource(index).row();
            showDetail();
          });

  constexpr Command kGroupCommands[] = {Command::kBothRight, Command::kOnlyA, Command::kOnlyB,
                                        Command::kBothWrong};
  for (int i = 0; i < 4; ++i) {
    QAction* action = actions.get(kGroupCommands[i]);
    addAction(action);
    connect(action, &QAction::triggered, this,
            [this, i] { showGroup(groups_[static_cast<std::size_t>(i)]->isChecked() ? -1 : i); });
  }
  for (const auto& [command, act] :
       {std::pair{Command::kStarExample, &ExamplesTab::star}, {Command::kNoteExample, &ExamplesTab::note}}) {
    addAction(actions.get(command));
    connect(actions.get(command), &QAction::triggered, this, act);
  }
  addAction(actions.get(Command::kNextExample));
  addAction(actions.get(Command::kPreviousExample));
  connect(actions.get(Command::kNextExample), &QAction::triggered, this, [this] { move(1); });
  connect(actions.get(Command::kPreviousExample), &QAction::triggered, this, [this] { move(-1); });
}

void ExamplesTab::setComparison(const ComparisonPtr& comparison, std::size_t baseline) {
  const bool fresh = comparison_ != comparison;
  comparison_ = comparison;
  if (!comparison_) {
    model_->setTable({});
    return;
  }
  if (fresh) marks_ = comparison_->marks;  // else they may be older than what was marked since
  model_->setTable(answersTable(comparison_->comparison, marks_));
  updateStars();
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
    table_->setColumnWidth(0, 64);
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

void ExamplesTab::filtered() {
  shown_->setText(tr("%1 of %2 examples").arg(filter_->rowCount()).arg(model_->rowCount()));
  const QModelIndex again = filter_->mapFromSource(model_->index(current_, 0));
  if (again.isValid()) table_->setCurrentIndex(again);
  showDetail();
}

void ExamplesTab::move(int by) {
  if (filter_->rowCount() == 0) return;
  const int row = table_->currentIndex().isValid() ? table_->currentIndex().row() + by : 0;
  table_->setCurrentIndex(filter_->index(std::clamp(row, 0, filter_->rowCount() - 1), 0));
}

const StoredExample* ExamplesTab::current() const {
  const QModelIndex index = filter_->mapToSource(table_->currentIndex());
  if (!comparison_ || !index.isValid()) return nullptr;
  return &comparison_->comparison.testItems[static_cast<std::size_t>(index.row())];
}

void ExamplesTab::star() {
  const StoredExample* example = current();
  if (example == nullptr) return;
  ExampleMark mark = marks_[example->row];
  mark.starred = !mark.starred;
  setMark(mark);
}

void ExamplesTab::note() {
  const StoredExample* example = current();
  if (example == nullptr) return;
  ExampleMark mark = marks_[example->row];
  bool ok = false;
  const QString text = QInputDialog::getMultiLineText(
      this, tr("Note on the example"), tr("Note on row %1:").arg(example->row + 1), toQt(mark.note), &ok);
  if (!ok) return;
  mark.note = fromQt(text.trimmed());
  setMark(mark);
}

void ExamplesTab::setMark(const ExampleMark& mark) {
  const std::int64_t row = current()->row;
  if (mark.isEmpty())
    marks_.erase(row);
  else
    marks_[row] = mark;
  model_->setTable(answersTable(comparison_->comparison, marks_));
  updateStars();
  Q_EMIT marked(row, mark);
}

void ExamplesTab::updateStars() {
  std::vector<bool> starred;
  if (comparison_)
    for (const StoredExample& example : comparison_->comparison.testItems) {
      const auto mark = marks_.find(example.row);
      starred.push_back(mark != marks_.end() && mark->second.starred);
    }
  filter_->setStarred(std::move(starred), stars_->isChecked());
}

namespace {

// What the answer has beside the reference underlined, what it lacks struck through.
QString differenceHtml(const std::string& reference, const std::string& answer) {
  QStringList words;
  for (const DiffWord& word : wordDiff(reference, answer)) {
    const QString text = toQt(word.text).toHtmlEscaped();
    words.append(word.kind == DiffWord::kBoth      ? text
                 : word.kind == DiffWord::kMissing ? QStringLiteral("<s>%1</s>").arg(text)
                                                   : QStringLiteral("<u><b>%1</b></u>").arg(text));
  }
  return words.join(QLatin1Char(' '));
}

}  // namespace

void ExamplesTab::showDetail() {
  const StoredExample* example = current();
  if (example == nullptr) {
    detail_->setPlainText(tr(
        "Select an example to read it with all answers. J and K go on and back, S gives a star, N a note."));
    return;
  }
  const auto item = static_cast<std::size_t>(example - comparison_->comparison.testItems.data());
  const Comparison& comparison = comparison_->comparison;
  const CellRow& row = model_->table().rows[item];
  const auto line = [](const QString& text) {
    return QStringLiteral("<p style=\"margin:2px 0;white-space:pre-wrap\">%1</p>").arg(text);
  };
  QString html = line(toQt(example->text).toHtmlEscaped());
  html += line(tr("Right answer: %1").arg(row.cells[kLabelColumn].text).toHtmlEscaped());
  for (std::size_t i = kLabelColumn + 1; i < row.cells.size(); ++i) {
    const QString title = model_->table().columns[static_cast<int>(i)].toHtmlEscaped();
    const Configuration& configuration = comparison.configurations[i - kLabelColumn - 1];
    const bool written =
        comparison.dataset.freeAnswers && !configuration.texts.empty() && !majorityRight(configuration, item);
    html += line(
        title + QStringLiteral(": ") +
        (written ? QStringLiteral("✗ ") +
                       differenceHtml(comparison.dataset.labels[static_cast<std::size_t>(example->label)],
                                      answerText(comparison, configuration, item))
                 : row.cells[i].text.toHtmlEscaped()));
  }
  for (std::size_t c = 0; c < std::min(example->extra.size(), comparison.dataset.extraColumns.size()); ++c)
    if (!example->extra[c].empty())
      html += line((toQt(comparison.dataset.extraColumns[c]) + QStringLiteral(": ") + toQt(example->extra[c]))
                       .toHtmlEscaped());
  if (const auto mark = marks_.find(example->row); mark != marks_.end() && !mark->second.note.empty())
    html += line(tr("Note: %1").arg(toQt(mark->second.note)).toHtmlEscaped());
  detail_->setHtml(html);
}

QWidget* ExamplesTab::firstFocus() const { return table_; }

void ExamplesTab::focusSearch() {
  search_->setFocus(Qt::ShortcutFocusReason);
  search_->selectAll();
}

}  // namespace attune

#include "ui/import_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include "ui/context.h"
#include "ui/model/cell_table_model.h"
#include "ui/model/finding_table.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widget/data_table.h"

namespace attune {

namespace {

constexpr std::size_t kPreviewRows = 50;

CellTable previewTable(const Table& table) {
  CellTable cells;
  cells.columns.append(ImportDialog::tr("Line"));
  cells.numeric.push_back(true);
  for (const std::string& column : table.columns) {
    cells.columns.append(toQt(column));
    cells.numeric.push_back(false);
  }
  for (std::size_t i = 0; i < table.rows.size() && i < kPreviewRows; ++i) {
    CellRow row;
    row.key = QString::number(i);
    row.cells.push_back(numberCell(QString::number(table.lines[i]), static_cast<double>(table.lines[i])));
    for (const std::string& value : table.rows[i]) row.cells.push_back(textCell(toQt(value).simplified()));
    cells.rows.push_back(std::move(row));
  }
  return cells;
}

QString delimiterName(char delimiter) {
  switch (delimiter) {
    case ',':
      return ImportDialog::tr("comma");
    case ';':
      return ImportDialog::tr("semicolon");
    case '\t':
      return ImportDialog::tr("tab");
    case '|':
      return ImportDialog::tr("bar");
    default:
      return QString(QLatin1Char(delimiter));
  }
}

QSpinBox* percentBox(const QString& name, int value) {
  auto* box = new QSpinBox;
  box->setRange(1, 98);
  box->setValue(value);
  box->setSuffix(QStringLiteral(" %"));
  box->setAccessibleName(name);
  return box;
}

}  // namespace

ImportDialog::ImportDialog(Context& context, const QString& file, QWidget* parent)
    : QDialog(parent), context_(context), file_(file) {
  setWindowTitle(tr("Import %1").arg(QFileInfo(file).fileName()));
  setObjectName(QStringLiteral("importDialog"));
  status_ = new QLabel;
  status_->setTextFormat(Qt::PlainText);
  status_->setWordWrap(true);
  status_->setMinimumHeight(status_->fontMetrics().lineSpacing() * 2);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  import_ = buttons->addButton(tr("&Import"), QDialogButtonBox::AcceptRole);
  import_->setDefault(true);
  buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

  auto* splitter = new QSplitter;
  auto* scroll = new QScrollArea;
  scroll->setWidget(buildQuestions());
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setMinimumWidth(320);
  scroll->setFocusPolicy(Qt::NoFocus);
  splitter->addWidget(buildPreview());
  splitter->addWidget(scroll);
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 2);
  auto* column = new QVBoxLayout(this);
  column->addWidget(splitter, 1);
  column->addWidget(status_);
  column->addWidget(buttons);
  resize(940, 600);

  checkDelay_.setSingleShot(true);
  checkDelay_.setInterval(150);
  connect(&checkDelay_, &QTimer::timeout, this, &ImportDialog::check);
  textColumn_->setFocus();
  readFile();
}

QWidget* ImportDialog::buildPreview() {
  previewModel_ = new CellTableModel(this);
  preview_ = new DataTable(tr("First 50 rows of the file"));
  preview_->setModel(previewModel_);
  preview_->setEmptyText(tr("Reading…"));
  findings_ = new CellTableModel(this);
  auto* checks = new DataTable(tr("Findings of the checks"));
  checks->setModel(findings_);
  checks->setWordWrap(true);
  checks->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  checks->setEmptyText(tr("Nothing was found that needs your attention."));
  connect(findings_, &QAbstractItemModel::rowsInserted, checks, [checks] {
    checks->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    checks->setColumnWidth(0, 90);
  });
  tabs_ = new QTabWidget;
  tabs_->addTab(preview_, tr("First rows"));
  tabs_->addTab(checks, tr("Checks"));
  tabs_->tabBar()->setAccessibleName(tr("Preview and checks"));
  return tabs_;
}

QWidget* ImportDialog::buildQuestions() {
  textColumn_ = new QComboBox;
  textColumn_->setAccessibleName(tr("Which column holds the text?"));
  labelColumn_ = new QComboBox;
  labelColumn_->setAccessibleName(tr("Which column holds the label?"));
  task_ = new QComboBox;
  task_->setAccessibleName(tr("Is the answer one of a few labels, or a free text?"));
  task_->addItem(tr("Find out"), static_cast<int>(ImportTask::kGuess));
  task_->addItem(tr("One of a few labels"), static_cast<int>(ImportTask::kLabels));
  task_->addItem(tr("A free text, to be written"), static_cast<int>(ImportTask::kAnswers));
  name_ = new QLineEdit(QFileInfo(file_).completeBaseName());
  name_->setAccessibleName(tr("Name of the dataset"));
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  const auto ask = [column](const QString& question, QWidget* answer) {
    auto* label = new QLabel(question);
    label->setBuddy(answer);
    column->addWidget(label);
    column->addWidget(answer);
    column->addSpacing(6);
  };
  ask(tr("Which column holds the &text?"), textColumn_);
  ask(tr("Which column holds the &label?"), labelColumn_);
  ask(tr("What kind of &answer is it?"), task_);
  ask(tr("What shall it be &called?"), name_);
  column->addWidget(buildSplit());
  auto* more = new QCheckBox(tr("&File details"));
  QWidget* details = buildDetails();
  details->hide();
  connect(more, &QCheckBox::toggled, details, &QWidget::setVisible);
  column->addWidget(more);
  column->addWidget(details);
  column->addStretch(1);
  for (QComboBox* box : {textColumn_, labelColumn_, task_}) {
    connect(box, &QComboBox::currentIndexChanged, this, [this] {
      if (!filling_) checkDelay_.start();
    });
  }
  return page;
}

QWidget* ImportDialog::buildSplit() {
  train_ = percentBox(tr("Share for training"), 70);
  validation_ = percentBox(tr("Share for validation"), 15);
  testShare_ = new QLabel;
  validationFile_ = new QLineEdit;
  testFile_ = new QLineEdit;
  auto* page = new QWidget;
  auto* form = new QFormLayout(page);
  form->setContentsMargins(0, 0, 0, 0);
  auto* title = new QLabel(tr("Splits: balanced by label, equal texts kept together, always the same."));
  title->setWordWrap(true);
  form->addRow(title);
  auto* shares = new QHBoxLayout;
  shares->addWidget(train_);
  shares->addWidget(validation_);
  shares->addWidget(testShare_, 1);
  form->addRow(tr("Train, validation:"), shares);
  const auto fileRow = [this, form](const QString& label, QLineEdit* field, const QString& name) {
    field->setAccessibleName(name);
    field->setPlaceholderText(tr("none: taken from this file"));
    field->setClearButtonEnabled(true);
    auto* choose = new QPushButton(tr("Choose…"));
    choose->setAutoDefault(false);
    choose->setAccessibleName(tr("Choose: %1").arg(name));
    auto* row = new QHBoxLayout;
    row->addWidget(field, 1);
    row->addWidget(choose);
    form->addRow(label, row);
    connect(choose, &QPushButton::clicked, this, [this, field] { chooseFile(field); });
    connect(field, &QLineEdit::textChanged, this, [this] { checkDelay_.start(); });
  };
  fileRow(tr("Validation file:"), validationFile_, tr("File with the validation rows"));
  fileRow(tr("Test file:"), testFile_, tr("File with the test rows"));
  const auto shareChanged = [this] {
    validation_->setMaximum(99 - train_->value());
    testShare_->setText(tr("test %1 %").arg(100 - train_->value() - validation_->value()));
    checkDelay_.start();
  };
  connect(train_, &QSpinBox::valueChanged, this, shareChanged);
  connect(validation_, &QSpinBox::valueChanged, this, shareChanged);
  testShare_->setText(tr("test %1 %").arg(15));
  return page;
}

QWidget* ImportDialog::buildDetails() {
  delimiter_ = new QComboBox;
  delimiter_->setAccessibleName(tr("Delimiter"));
  delimiter_->addItem(tr("found out"), QString());
  for (const char c : {',', ';', '\t', '|'}) delimiter_->addItem(delimiterName(c), QString(QLatin1Char(c)));
  encoding_ = new QComboBox;
  encoding_->setAccessibleName(tr("Encoding"));
  encoding_->addItem(tr("found out"), QString());
  for (const char* e : {"utf-8", "windows-1252", "utf-16le", "utf-16be"}) {
    encoding_->addItem(QLatin1String(e), QLatin1String(e));
  }
  header_ = new QComboBox;
  header_->setAccessibleName(tr("First row"));
  header_->addItem(tr("found out"), -1);
  header_->addItem(tr("holds the names of the columns"), 1);
  header_->addItem(tr("is data"), 0);
  auto* page = new QWidget;
  auto* form = new QFormLayout(page);
  form->setContentsMargins(16, 0, 0, 0);
  form->addRow(tr("Delimiter:"), delimiter_);
  form->addRow(tr("Encoding:"), encoding_);
  form->addRow(tr("First row:"), header_);
  for (QComboBox* box : {delimiter_, encoding_, header_}) {
    connect(box, &QComboBox::activated, this, &ImportDialog::readFile);
  }
  return page;
}

ImportOptions ImportDialog::options() const {
  ImportOptions options;
  options.name = fromQt(name_->text().trimmed());
  options.textColumn = fromQt(textColumn_->currentText());
  options.labelColumn = fromQt(labelColumn_->currentText());
  options.task = static_cast<ImportTask>(task_->currentData().toInt());
  options.validationFile = fromQt(validationFile_->text().trimmed());
  options.testFile = fromQt(testFile_->text().trimmed());
  options.ratios.train = train_->value() / 100.0;
  options.ratios.validation = validation_->value() / 100.0;
  options.ratios.test = (100 - train_->value() - validation_->value()) / 100.0;
  const QString delimiter = delimiter_->currentData().toString();
  if (!delimiter.isEmpty()) options.table.delimiter = delimiter.at(0).toLatin1();
  options.table.encoding = fromQt(encoding_->currentData().toString());
  const int header = header_->currentData().toInt();
  if (header >= 0) options.table.hasHeader = header == 1;
  return options;
}

void ImportDialog::readFile() {
  const int generation = ++generation_;
  imported_ = nullptr;
  import_->setEnabled(false);
  say(tr("Reading %1…").arg(QFileInfo(file_).fileName()), false);
  inBackground(
      this, [path = fromQt(file_), options = options().table] { return readTable(path, options); },
      [this, generation](Result<Table> table) {
        if (generation == generation_) showTable(std::move(table));
      },
      [this, generation](const Failure& failure) {
        if (generation == generation_) say(failure.message + QLatin1Char(' ') + failure.hint, true);
      });
}

void ImportDialog::showTable(Result<Table> table) {
  readDiagnostics_ = table.diagnostics;
  diagnostics_ = table.diagnostics;
  findings_->setTable(findingTable(diagnostics_));
  if (!table) {
    table_ = nullptr;
    previewModel_->setTable({});
    preview_->setEmptyText(tr("This file cannot be read as a table."));
    tabs_->setCurrentIndex(1);
    say(table.diagnostics.empty() ? tr("This file cannot be read.") : toQt(table.diagnostics.front().message),
        true);
    return;
  }
  table_ = std::make_shared<const Table>(std::move(*table.value));
  previewModel_->setTable(previewTable(*table_));
  preview_->fitColumns(330);
  filling_ = true;
  const auto fill = [this](QComboBox* box, int guess) {
    box->clear();
    for (const std::string& column : table_->columns) box->addItem(toQt(column));
    box->setCurrentIndex(guess);
  };
  fill(textColumn_, table_->textColumn);
  fill(labelColumn_, table_->labelColumn);
  filling_ = false;
  if (table_->format == FileFormat::kCsv) {
    delimiter_->setItemText(0, tr("found out: %1").arg(delimiterName(table_->delimiter)));
  }
  encoding_->setItemText(0, tr("found out: %1").arg(toQt(table_->encoding)));
  header_->setItemText(0, table_->hasHeader ? tr("found out: names") : tr("found out: data"));
  check();
}

void ImportDialog::check() {
  if (!table_) return;
  const int generation = ++generation_;
  imported_ = nullptr;
  import_->setEnabled(false);
  if (textColumn_->currentIndex() < 0 || labelColumn_->currentIndex() < 0) {
    say(tr("Choose the column with the text and the one with the label."), true);
    return;
  }
  if (textColumn_->currentIndex() == labelColumn_->currentIndex()) {
    say(tr("Text and label must be two different columns."), true);
    return;
  }
  say(tr("Checking…"), false);
  inBackground(
      this,
      [table = table_, path = fromQt(file_), options = options()] {
        return importTable(*table, path, options);
      },
      [this, generation](Result<ImportedDataset> checked) {
        if (generation == generation_) showChecked(std::move(checked));
      },
      [this, generation](const Failure& failure) {
        if (generation == generation_) say(failure.message + QLatin1Char(' ') + failure.hint, true);
      });
}

void ImportDialog::showChecked(Result<ImportedDataset> checked) {
  diagnostics_ = readDiagnostics_;
  diagnostics_.insert(diagnostics_.end(), checked.diagnostics.begin(), checked.diagnostics.end());
  findings_->setTable(findingTable(diagnostics_));
  tabs_->setTabText(1, diagnostics_.empty() ? tr("Checks ✓") : tr("Checks (%1)").arg(diagnostics_.size()));
  if (!checked) {
    tabs_->setCurrentIndex(1);
    say(checked.diagnostics.empty() ? tr("This file cannot be imported.")
                                    : toQt(checked.diagnostics.front().message),
        true);
    return;
  }
  imported_ = std::make_shared<const ImportedDataset>(std::move(*checked.value));
  const Dataset& dataset = imported_->dataset;
  QString text =
      (dataset.freeAnswers()
           ? tr("%1 rows with %2 different answers: %3 for training, %4 for validation, %5 for the test.")
           : tr("%1 rows with %2 labels: %3 for training, %4 for validation, %5 for the test."))
          .arg(dataset.examples().size())
          .arg(dataset.labels().size())
          .arg(dataset.rows(Split::kTrain).size())
          .arg(dataset.rows(Split::kValidation).size())
          .arg(dataset.rows(Split::kTest).size());
  if (table_->rowsLeftOut > 0) {
    text +=
        QLatin1Char(' ') + (table_->rowsLeftOut == 1
                                ? tr("1 row cannot be used and is left out.")
                                : tr("%1 rows cannot be used and are left out.").arg(table_->rowsLeftOut));
  }
  if (!diagnostics_.empty()) {
    text += QLatin1Char(' ') + (diagnostics_.size() == 1
                                    ? tr("1 finding: see Checks.")
                                    : tr("%1 findings: see Checks.").arg(diagnostics_.size()));
  }
  say(text, false);
  import_->setEnabled(true);
  import_->setDefault(true);
}

void ImportDialog::chooseFile(QLineEdit* field) {
  const QString path = QFileDialog::getOpenFileName(this, tr("Choose a file"), QFileInfo(file_).path(),
                                                    tr("Labelled texts (*.csv *.tsv *.txt *.jsonl *.json)"));
  if (!path.isEmpty()) field->setText(path);
}

void ImportDialog::say(const QString& text, bool problem) {
  status_->setText(text);
  QPalette palette = this->palette();
  if (problem) palette.setColor(QPalette::WindowText, themeColors(palette).bad);
  status_->setPalette(palette);
}

}  // namespace attune

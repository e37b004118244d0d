#include "ui/report_dialog.h"

#include <QCheckBox>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QGridLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/context.h"
#include "ui/export_pdf.h"
#include "ui/text.h"

namespace attune {

namespace {

struct Format {
  const char* key;
  const char* title;
  const char* tip;
  bool checked;
};
constexpr Format kFormats[] = {
    {"html", QT_TRANSLATE_NOOP("ReportDialog", "&HTML"),
     QT_TRANSLATE_NOOP("ReportDialog", "One file for any browser, pictures included"), true},
    {"pdf", QT_TRANSLATE_NOOP("ReportDialog", "&PDF"),
     QT_TRANSLATE_NOOP("ReportDialog", "To print and to send"), true},
    {"md", QT_TRANSLATE_NOOP("ReportDialog", "&Markdown"),
     QT_TRANSLATE_NOOP("ReportDialog", "Text for wikis and notebooks"), true},
    {"csv", QT_TRANSLATE_NOOP("ReportDialog", "&CSV"),
     QT_TRANSLATE_NOOP("ReportDialog", "The table of methods, for spreadsheets"), true},
    {"xlsx", QT_TRANSLATE_NOOP("ReportDialog", "&XLSX"),
     QT_TRANSLATE_NOOP("ReportDialog", "A workbook: methods, pairs, runs, metrics, every answer"), false},
    {"latex", QT_TRANSLATE_NOOP("ReportDialog", "&LaTeX"),
     QT_TRANSLATE_NOOP("ReportDialog", "A document with booktabs, for papers"), false},
    {"json", QT_TRANSLATE_NOOP("ReportDialog", "&JSON"),
     QT_TRANSLATE_NOOP("ReportDialog", "Every number, for programs"), true},
    {"plot-svg", QT_TRANSLATE_NOOP("ReportDialog", "Pictures as &SVG"),
     QT_TRANSLATE_NOOP("ReportDialog", "Vectors for documents"), false},
    {"plot-png", QT_TRANSLATE_NOOP("ReportDialog", "Pictures as P&NG"),
     QT_TRANSLATE_NOOP("ReportDialog", "Pixels at 300 dpi"), false},
    {"plot-pdf", QT_TRANSLATE_NOOP("ReportDialog", "Pictures as P&DF"),
     QT_TRANSLATE_NOOP("ReportDialog", "Vectors for LaTeX"), false},
};

}  // namespace

std::vector<WrittenFile> writeAll(Store& store, StudyId study, const ExportChoice& choice) {
  const Report report = makeReport(store, study, choice.options);
  std::vector<WrittenFile> files;
  QDir().mkpath(choice.folder);
  if (!choice.formats.empty()) files = writeReport(report, fromQt(choice.folder), choice.formats);
  if (choice.pdf) files.push_back(writePdf(report, choice.folder + QStringLiteral("/report.pdf")));
  for (WrittenFile& file : writePlots(report, choice.folder + QStringLiteral("/plots"), choice.plots))
    files.push_back(std::move(file));
  return files;
}

ReportDialog::ReportDialog(Context& context, StudyId study, const QString& folder, QWidget* parent)
    : QDialog(parent), context_(context), study_(study) {
  setObjectName(QStringLiteral("reportDialog"));
  setWindowTitle(tr("Export report"));
  auto* formats = new QGroupBox(tr("Formats"));
  auto* grid = new QGridLayout(formats);
  int place = 0;
  for (const Format& format : kFormats) {
    auto* box = new QCheckBox(tr(format.title));
    box->setChecked(format.checked);
    box->setToolTip(tr(format.tip));
    box->setAccessibleDescription(tr(format.tip));
    boxes_[format.key] = box;
    auto* tip = new QLabel(tr(format.tip));
    tip->setForegroundRole(QPalette::PlaceholderText);
    grid->addWidget(box, place, 0);
    grid->addWidget(tip, place, 1);
    ++place;
    connect(box, &QCheckBox::toggled, this, &ReportDialog::updateButton);
  }
  grid->setColumnStretch(1, 1);
  folder_ = new QLineEdit(folder);
  folder_->setMinimumWidth(360);
  auto* folderLabel = new QLabel(tr("&Folder:"));
  folderLabel->setBuddy(folder_);
  auto* choose = new QPushButton(tr("Ch&oose…"));
  auto* row = new QHBoxLayout;
  row->addWidget(folderLabel);
  row->addWidget(folder_, 1);
  row->addWidget(choose);
  anonymise_ = new QCheckBox(tr("Leave &texts out (only their lengths are written)"));
  openAfter_ = new QCheckBox(tr("Op&en the folder afterwards"));
  state_ = new QLabel;
  state_->setTextFormat(Qt::PlainText);
  state_->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  export_ = buttons->addButton(tr("&Export"), QDialogButtonBox::AcceptRole);
  choose->setAutoDefault(false);
  auto* column = new QVBoxLayout(this);
  column->addWidget(formats);
  column->addLayout(row);
  column->addWidget(anonymise_);
  column->addWidget(openAfter_);
  column->addWidget(state_);
  column->addWidget(buttons);
  export_->setDefault(true);  // known to the dialog only once the button is in it
  connect(choose, &QPushButton::clicked, this, [this] {
    const QString chosen =
        QFileDialog::getExistingDirectory(this, tr("Folder for the report"), folder_->text());
    if (!chosen.isEmpty()) folder_->setText(chosen);
  });
  connect(folder_, &QLineEdit::textChanged, this, &ReportDialog::updateButton);
  connect(buttons, &QDialogButtonBox::accepted, this, &ReportDialog::write);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  export_->setFocus();
  updateButton();
}

ExportChoice ReportDialog::choice() const {
  ExportChoice choice;
  choice.folder = folder_->text().trimmed();
  for (const char* format : {"html", "md", "csv", "xlsx", "latex", "json"}) {
    if (boxes_.at(format)->isChecked()) choice.formats.emplace_back(format);
  }
  choice.pdf = boxes_.at("pdf")->isChecked();
  for (const char* format : {"svg", "png", "pdf"}) {
    if (boxes_.at(std::string("plot-") + format)->isChecked()) choice.plots.emplace_back(format);
  }
  choice.options.anonymise = anonymise_->isChecked();
  return choice;
}

void ReportDialog::updateButton() {
  const ExportChoice now = choice();
  const bool any = !now.formats.empty() || now.pdf || !now.plots.empty();
  export_->setEnabled(any && !now.folder.isEmpty());
  export_->setToolTip(any ? QString() : tr("Choose at least one format."));
}

void ReportDialog::write() {
  export_->setEnabled(false);
  state_->setText(tr("Writing…"));
  const ExportChoice now = choice();
  inBackground(
      this,
      [path = context_.storePath(), study = study_, now] {
        Store store(path, OpenMode::kReadOnly);
        return writeAll(store, study, now);
      },
      [this, now](const std::vector<WrittenFile>& files) {
        if (openAfter_->isChecked()) QDesktopServices::openUrl(QUrl::fromLocalFile(now.folder));
        Q_EMIT written(now.folder, static_cast<int>(files.size()));
        accept();
      },
      [this](const Failure& failure) {
        state_->setText(failure.message + QLatin1Char(' ') + failure.hint);
        updateButton();
      });
}

}  // namespace attune

#include "ui/bases_dialog.h"

#include <QDialogButtonBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/method/catalog.h"
#include "core/report/number_text.h"
#include "ui/model/cell_table_model.h"
#include "ui/text.h"
#include "ui/widget/data_table.h"

namespace attune {

BasesDialog::BasesDialog(BaseLibrary library, QWidget* parent)
    : QDialog(parent), library_(std::move(library)) {
  setObjectName(QStringLiteral("basesDialog"));
  setWindowTitle(tr("Base models"));
  setAcceptDrops(true);
  model_ = new CellTableModel(this);
  table_ = new DataTable(tr("Known base models"));
  table_->setModel(model_);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setEmptyText(tr("Looking…"));
  detail_ = new QLabel;
  detail_->setTextFormat(Qt::PlainText);
  detail_->setWordWrap(true);
  detail_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  detail_->setMinimumHeight(fontMetrics().height() * 5);
  detail_->setAlignment(Qt::AlignTop);
  message_ = new QLabel;
  message_->setTextFormat(Qt::PlainText);
  message_->setWordWrap(true);
  message_->hide();

  auto* addFolder = new QPushButton(tr("Add a &folder…"));
  auto* addFile = new QPushButton(tr("Add a &GGUF file…"));
  remove_ = new QPushButton(tr("&Remove from the list"));
  remove_->setToolTip(tr("The model's files stay where they are"));
  for (QPushButton* button : {addFolder, addFile, remove_}) button->setAutoDefault(false);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* row = new QHBoxLayout;
  row->addWidget(addFolder);
  row->addWidget(addFile);
  row->addWidget(remove_);
  row->addStretch(1);
  row->addWidget(buttons);

  auto* column = new QVBoxLayout(this);
  auto* hint =
      new QLabel(tr("Drop a model folder or a GGUF file here, or fetch one by its name. Nothing leaves this "
                    "computer but that name."));
  hint->setWordWrap(true);
  column->addWidget(hint);
  column->addWidget(table_, 1);
  column->addWidget(detail_);
  column->addWidget(buildHub());
  column->addWidget(message_);
  column->addLayout(row);
  resize(920, 560);

  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { showDetail(); });
  connect(addFolder, &QPushButton::clicked, this, [this] {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder of a base model"));
    if (!folder.isEmpty()) add(folder);
  });
  connect(addFile, &QPushButton::clicked, this, [this] {
    const QString file = QFileDialog::getOpenFileName(this, tr("GGUF file"), {}, tr("GGUF models (*.gguf)"));
    if (!file.isEmpty()) add(file);
  });
  connect(remove_, &QPushButton::clicked, this, [this] { remove(); });
  refresh();
  table_->setFocus();
}

BasesDialog::~BasesDialog() {
  if (stopping_) stopping_->request(StopKind::kKeep);
}

QWidget* BasesDialog::buildHub() {
  repo_ = new QLineEdit;
  repo_->setPlaceholderText(tr("ORG/NAME on the Hugging Face Hub, for example HuggingFaceTB/SmolLM2-135M"));
  repo_->setAccessibleName(tr("Name of a model on the Hub"));
  get_ = new QPushButton(tr("&Download…"));
  stop_ = new QPushButton(tr("&Stop"));
  stop_->setToolTip(tr("What has arrived is kept; the download goes on from there next time"));
  stop_->hide();
  progress_ = new QProgressBar;
  progress_->setAccessibleName(tr("Download"));
  progress_->hide();
  for (QPushButton* button : {get_, stop_}) button->setAutoDefault(false);
  auto* label = new QLabel(tr("From the &Hub:"));
  label->setBuddy(repo_);
  auto* page = new QWidget;
  auto* row = new QHBoxLayout(page);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(label);
  row->addWidget(repo_, 2);
  row->addWidget(progress_, 1);
  row->addWidget(get_);
  row->addWidget(stop_);
  connect(get_, &QPushButton::clicked, this, [this] { download(repo_->text().trimmed()); });
  connect(repo_, &QLineEdit::returnPressed, get_, &QPushButton::click);
  connect(stop_, &QPushButton::clicked, this, [this] {
    if (stopping_) stopping_->request(StopKind::kKeep);
  });
  return page;
}

void BasesDialog::refresh() {
  inBackground(
      this,
      [library = library_] {
        std::vector<Row> rows;
        for (const KnownBase& base : library.list()) {
          Row row{describeBase(base), {}};
          if (row.details.problem.empty()) row.memory = memoryNeeds(row.details.info);
          rows.push_back(std::move(row));
        }
        return rows;
      },
      [this](std::vector<Row> rows) { showRows(std::move(rows)); },
      [this](const Failure& failure) { failed(failure); });
}

void BasesDialog::showRows(std::vector<Row> rows) {
  rows_ = std::move(rows);
  CellTable table;
  table.columns = {tr("Name"),      tr("Family"),      tr("Numbers"), tr("Stored as"), tr("Context"),
                   tr("Tokenizer"), tr("Full tuning"), tr("LoRA"),    tr("Licence")};
  table.numeric = {false, false, true, false, true, false, true, true, false};
  for (const Row& r : rows_) {
    const ModelInfo& info = r.details.info;
    CellRow row;
    row.key = toQt(r.details.base.name);
    row.cells.push_back(textCell(row.key));
    row.cells.back().tip = toQt(r.details.base.path);
    if (!r.details.problem.empty()) {
      row.cells.push_back(textCell(tr("cannot be opened")));
      row.cells.back().tone = Tone::kBad;
      row.cells.back().tip = toQt(r.details.problem);
      while (row.cells.size() < static_cast<std::size_t>(table.columns.size()))
        row.cells.push_back(missingCell(toQt(r.details.problem)));
      table.rows.push_back(std::move(row));
      continue;
    }
    const auto memory = [&](const char* method) {
      const auto found = r.memory.find(method);
      return found == r.memory.end()
                 ? missingCell(tr("Not possible with this model"))
                 : numberCell(toQt(bytesText(found->second)), static_cast<double>(found->second));
    };
    row.cells.push_back(textCell(toQt(info.family)));
    row.cells.push_back(numberCell(toQt(countText(info.parameters)), static_cast<double>(info.parameters)));
    row.cells.push_back(textCell(toQt(info.dtype)));
    row.cells.push_back(
        numberCell(QString::number(info.contextLength), static_cast<double>(info.contextLength)));
    row.cells.push_back(textCell(toQt(info.tokenizer)));
    row.cells.push_back(memory("full"));
    row.cells.push_back(memory("lora"));
    row.cells.push_back(r.details.licence.empty() ? missingCell(tr("The model card does not say"))
                                                  : textCell(toQt(r.details.licence)));
    table.rows.push_back(std::move(row));
  }
  model_->setTable(std::move(table));
  table_->fitColumns(220);
  int select = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (toQt(rows_[i].details.base.name) == selectNext_) select = static_cast<int>(i);
  selectNext_.clear();
  if (!rows_.empty()) table_->setCurrentIndex(model_->index(select, 0));
  showDetail();
}

const BasesDialog::Row* BasesDialog::selected() const {
  const int row = table_->currentIndex().row();
  return row >= 0 && static_cast<std::size_t>(row) < rows_.size() ? &rows_[static_cast<std::size_t>(row)]
                                                                  : nullptr;
}

void BasesDialog::showDetail() {
  const Row* row = selected();
  remove_->setEnabled(row != nullptr && row->details.base.source != "bundled");
  if (row == nullptr) return detail_->clear();
  const BaseDetails& d = row->details;
  if (!d.problem.empty()) return detail_->setText(tr("✖ %1\n%2").arg(toQt(d.problem), toQt(d.base.path)));
  QStringList needs;
  for (const MethodInfo& method : methodCatalog()) {
    if (const auto found = row->memory.find(method.name); found != row->memory.end())
      needs.append(tr("%1 %2").arg(toQt(method.title), toQt(bytesText(found->second))));
  }
  QStringList refused;
  for (const MethodInfo& method : methodCatalog()) {
    if (method.needsBase && !row->memory.contains(method.name)) refused.append(toQt(method.title));
  }
  QString text = tr("%1 · %2 layers of %3, vocabulary %4 · %5 on disk\nMemory of one run: %6.\n")
                     .arg(toQt(d.info.architecture))
                     .arg(d.info.layers)
                     .arg(d.info.hiddenSize)
                     .arg(d.info.vocabulary)
                     .arg(toQt(bytesText(d.bytes)), needs.join(tr(", ")));
  if (!refused.isEmpty())
    text += tr("Not possible: %1 (it reads texts, but writes no words).\n").arg(refused.join(tr(", ")));
  detail_->setText(text + toQt(d.base.path));
}

void BasesDialog::add(const QString& path) {
  say(tr("Looking at all of %1…").arg(QFileInfo(path).fileName()), false);
  setBusy(true);
  struct Added {
    KnownBase base;
    std::vector<Diagnostic> warnings;
  };
  inBackground(
      this,
      [library = library_, path = fromQt(path)]() mutable {
        Added added;
        added.base = library.add(path, added.warnings);
        return added;
      },
      [this](const Added& added) {
        setBusy(false);
        selectNext_ = toQt(added.base.name);
        if (added.warnings.empty())
          say(tr("‘%1’ is on the list.").arg(selectNext_), false);
        else
          say(tr("‘%1’ is on the list, but %2. %3")
                  .arg(selectNext_, toQt(added.warnings.front().message), toQt(added.warnings.front().hint)),
              true);
        refresh();
        Q_EMIT changed();
      },
      [this](const Failure& failure) { failed(failure); });
}

void BasesDialog::remove() {
  const Row* row = selected();
  if (row == nullptr) return;
  inBackground(
      this,
      [library = library_, name = row->details.base.name]() mutable {
        library.remove(name);
        return name;
      },
      [this](const std::string& name) {
        say(tr("‘%1’ is no longer on the list; its files were not touched.").arg(toQt(name)), false);
        refresh();
        Q_EMIT changed();
      },
      [this](const Failure& failure) { failed(failure); });
}

void BasesDialog::download(const QString& repo) {
  if (repo.isEmpty()) return say(tr("Write the model's name first: ORG/NAME, as on its page."), true);
  setBusy(true);
  say(tr("Asking what %1 holds…").arg(repo), false);
  stopping_ = std::make_shared<StopToken>();
  inBackground(
      this,
      [text = fromQt(repo), stop = stopping_] {
        return listModel(parseRepoId(text), {}, hubSettings(), *stop);
      },
      [this](const HubListing& listing) { listed(listing); },
      [this](const Failure& failure) { failed(failure); });
}

// The files with their sizes, before a byte of them is fetched.
void BasesDialog::listed(const HubListing& listing) {
  QStringList files;
  int left = 0;
  for (const HubFile& file : listing.files) {
    if (file.wanted)
      files.append(tr("%1  %2").arg(toQt(file.path), toQt(bytesText(file.bytes))));
    else
      ++left;
  }
  auto* question = new QMessageBox(
      QMessageBox::Question, tr("Download %1").arg(toQt(listing.repo.name)),
      tr("%1 will be fetched%2.")
          .arg(toQt(bytesText(listing.wantedBytes())),
               listing.licence.empty() ? QString() : tr(", licence %1").arg(toQt(listing.licence))),
      QMessageBox::NoButton, this);
  question->setObjectName(QStringLiteral("downloadQuestion"));
  question->setTextFormat(Qt::PlainText);
  question->setInformativeText(files.join(QLatin1Char('\n')) +
                               (left == 0   ? QString()
                                : left == 1 ? tr("\nOne other file is left out.")
                                            : tr("\n%1 other files are left out.").arg(left)));
  QPushButton* fetchButton = question->addButton(tr("&Download"), QMessageBox::AcceptRole);
  question->addButton(QMessageBox::Cancel);
  question->setDefaultButton(fetchButton);
  question->setAttribute(Qt::WA_DeleteOnClose);
  connect(question, &QDialog::finished, this, [this, question, fetchButton, listing] {
    if (question->clickedButton() == fetchButton)
      fetch(listing);
    else
      failed({tr("Nothing was fetched."), {}, {}});
  });
  question->open();
}

void BasesDialog::fetch(const HubListing& listing) {
  say(tr("Fetching %1…").arg(toQt(listing.repo.name)), false);
  progress_->setRange(0, 1000);
  progress_->setValue(0);
  progress_->show();
  stop_->show();
  const QPointer<BasesDialog> self(this);
  inBackground(
      this,
      [library = library_, listing, stop = stopping_, self]() mutable {
        int shown = -1;
        const std::string path = downloadModel(listing, hubSettings(), *stop, [&](const HubProgress& p) {
          const int now = p.totalBytes > 0 ? static_cast<int>(1000 * p.doneBytes / p.totalBytes) : 0;
          if (now == shown) return;
          shown = now;
          QMetaObject::invokeMethod(
              QCoreApplication::instance(),
              [self, now] {
                if (self) self->progress_->setValue(now);
              },
              Qt::QueuedConnection);
        });
        std::vector<Diagnostic> warnings;
        return library.add(path, warnings, "hub:" + listing.repo.name + "@" + listing.commit,
                           listing.repo.name);
      },
      [this](const KnownBase& base) {
        setBusy(false);
        selectNext_ = toQt(base.name);
        say(tr("‘%1’ is on the list.").arg(selectNext_), false);
        refresh();
        Q_EMIT changed();
      },
      [this](const Failure& failure) { failed(failure); });
}

void BasesDialog::setBusy(bool busy) {
  get_->setEnabled(!busy);
  if (busy) return;
  progress_->hide();
  stop_->hide();
  stopping_.reset();
}

void BasesDialog::say(const QString& text, bool isProblem) {
  message_->setText(isProblem ? tr("✖ %1").arg(text) : text);
  message_->show();
}

void BasesDialog::failed(const Failure& failure) {
  setBusy(false);
  say(failure.hint.isEmpty() ? failure.message : tr("%1 %2").arg(failure.message, failure.hint), true);
  if (rows_.empty()) table_->setEmptyText(failure.message);
}

bool BasesDialog::canTake(const QString& path) {
  const QFileInfo info(path);
  return info.isDir() ? QFileInfo::exists(path + QStringLiteral("/config.json"))
                      : info.suffix().compare(QLatin1String("gguf"), Qt::CaseInsensitive) == 0;
}

void BasesDialog::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.front().isLocalFile() && canTake(urls.front().toLocalFile()))
    event->acceptProposedAction();
  else
    say(tr("One model folder (with config.json) or one .gguf file can be dropped here."), true);
}

void BasesDialog::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.isEmpty()) return;
  event->acceptProposedAction();
  add(urls.front().toLocalFile());
}

void BasesDialog::reject() {
  if (stopping_) stopping_->request(StopKind::kKeep);
  QDialog::reject();
}

}  // namespace attune

#include "ui/help_dialogs.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSysInfo>
#include <QTextBrowser>
#include <QThread>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/icons.h"
#include "ui/model/cell_table_model.h"
#include "ui/widget/data_table.h"

namespace attune {

namespace {

QString text(const char* source) { return QCoreApplication::translate("HelpDialogs", source); }

QDialog* makeDialog(const QString& title, const QString& name, QWidget* content, QWidget* parent,
                    QPushButton* extra = nullptr) {
  auto* dialog = new QDialog(parent);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  dialog->setObjectName(name);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  if (extra != nullptr) buttons->addButton(extra, QDialogButtonBox::ActionRole);
  QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
  auto* column = new QVBoxLayout(dialog);
  column->addWidget(content, 1);
  column->addWidget(buttons);
  return dialog;
}

}  // namespace

QDialog* makeShortcutsDialog(const Actions& actions, QWidget* parent) {
  auto* table = new DataTable(text("Keyboard shortcuts"));
  auto* model = new CellTableModel(table);
  CellTable cells;
  cells.columns = {text("Menu"), text("Command"), text("Keys")};
  cells.numeric = {false, false, false};
  for (const QAction* action : actions.all()) {
    if (action->shortcut().isEmpty()) continue;
    CellRow row;
    row.key = action->objectName();
    row.cells = {textCell(actions.menuOf(action)), textCell(plainActionText(*action)),
                 textCell(action->shortcut().toString(QKeySequence::NativeText))};
    cells.rows.push_back(std::move(row));
  }
  model->setTable(std::move(cells));
  table->setModel(model);
  table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
  QDialog* dialog = makeDialog(text("Keyboard shortcuts"), QStringLiteral("shortcutsDialog"), table, parent);
  dialog->resize(520, 560);
  return dialog;
}

QString systemInfo() {
  QStringList lines;
  lines << QStringLiteral("%1 %2").arg(QApplication::applicationName(), QApplication::applicationVersion());
  lines << QStringLiteral("Qt %1 (built with %2)")
               .arg(QLatin1String(qVersion()), QLatin1String(QT_VERSION_STR));
  lines << QStringLiteral("%1, %2, kernel %3")
               .arg(QSysInfo::prettyProductName(), QSysInfo::currentCpuArchitecture(),
                    QSysInfo::kernelVersion());
  lines << QStringLiteral("%1 cores, display through %2")
               .arg(QThread::idealThreadCount())
               .arg(QGuiApplication::platformName());
  return lines.join(QLatin1Char('\n'));
}

QDialog* makeAboutDialog(QWidget* parent) {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  auto* picture = new QLabel;
  picture->setPixmap(themedIcon(QStringLiteral("attune"), page->palette()).pixmap(48, 48));
  auto* title = new QLabel(text("Attune %1").arg(QApplication::applicationVersion()));
  QFont large = title->font();
  large.setPointSizeF(large.pointSizeF() * 1.5);
  large.setBold(true);
  title->setFont(large);
  auto* body = new QLabel(
      text("Compare ways of tuning a language model on your own labelled data.\n\nLicence: GPL-3.0-or-later. "
           "Made with Qt, libtorch, oneDNN, QCustomPlot, SQLite, SQLiteCpp, SentencePiece, nlohmann-json, "
           "Boost, ICU and CLI11.\n\nNothing leaves this computer: Attune makes no network call by itself."));
  body->setWordWrap(true);
  auto* system = new QLabel(systemInfo());
  system->setTextFormat(Qt::PlainText);
  system->setForegroundRole(QPalette::PlaceholderText);
  system->setTextInteractionFlags(Qt::TextSelectableByMouse);
  for (QWidget* widget : {static_cast<QWidget*>(picture), static_cast<QWidget*>(title),
                          static_cast<QWidget*>(body), static_cast<QWidget*>(system)}) {
    column->addWidget(widget);
  }
  auto* copy = new QPushButton(text("Copy system info"));
  QObject::connect(copy, &QPushButton::clicked, copy,
                   [] { QApplication::clipboard()->setText(systemInfo()); });
  QDialog* dialog = makeDialog(text("About Attune"), QStringLiteral("aboutDialog"), page, parent, copy);
  dialog->resize(460, 340);
  return dialog;
}

QDialog* makeHelpDialog(QWidget* parent) {
  auto* browser = new QTextBrowser;
  browser->setAccessibleName(text("Help"));
  browser->setOpenExternalLinks(false);
  themedIcon({}, browser->palette());  // the resources are there from here on
  QFile file(QStringLiteral(":/attune/help/reading.md"));
  if (file.open(QIODevice::ReadOnly)) browser->setMarkdown(QString::fromUtf8(file.readAll()));
  QDialog* dialog = makeDialog(text("How to read this"), QStringLiteral("helpDialog"), browser, parent);
  dialog->resize(620, 600);
  return dialog;
}

}  // namespace attune

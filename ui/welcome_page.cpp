#include "ui/welcome_page.h"

#include <QAction>
#include <QCommandLinkButton>
#include <QEvent>
#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/icons.h"

namespace attune {

namespace {

QCommandLinkButton* linkButton(QAction* action, const QString& description) {
  auto* button = new QCommandLinkButton(plainActionText(*action), description);
  button->setIcon(action->icon());
  QObject::connect(action, &QAction::changed, button, [button, action] { button->setIcon(action->icon()); });
  button->setAccessibleDescription(description);
  QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
  return button;
}

}  // namespace

WelcomePage::WelcomePage(const Actions& actions, QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("welcome"));
  picture_ = new QLabel;
  picture_->setAlignment(Qt::AlignCenter);
  auto* title = new QLabel(tr("Which way of tuning should you use?"));
  QFont large = title->font();
  large.setPointSizeF(large.pointSizeF() * 1.7);
  large.setBold(true);
  title->setFont(large);
  title->setWordWrap(true);
  auto* intro =
      new QLabel(tr("Attune tries the ways side by side on your own labelled texts and says what each one "
                    "gets right, what it costs, and whether the difference is more than luck."));
  intro->setWordWrap(true);

  auto* column = new QVBoxLayout;
  column->setSpacing(10);
  column->addWidget(picture_, 0, Qt::AlignLeft);
  column->addWidget(title);
  column->addWidget(intro);
  column->addSpacing(8);
  auto* sample =
      linkButton(actions.get(Command::kTrySample),
                 tr("785 customer messages and a small model come with Attune: a first answer in minutes."));
  sample->setDefault(true);
  column->addWidget(sample);
  column->addWidget(linkButton(actions.get(Command::kImportData),
                               tr("A CSV, TSV, JSONL or JSON file with a text and a label in every row. You "
                                  "can also drop it on this window.")));
  column->addWidget(
      linkButton(actions.get(Command::kOpenProject), tr("Go on with a project file that you saved before.")));
  auto* promise = new QLabel(tr("Nothing leaves this computer."));
  promise->setForegroundRole(QPalette::PlaceholderText);
  column->addWidget(promise);
  recent_ = new QVBoxLayout;
  recent_->setSpacing(2);
  column->addLayout(recent_);

  auto* center = new QWidget;
  center->setMaximumWidth(620);
  center->setLayout(column);
  auto* outer = new QVBoxLayout(this);
  outer->addStretch(2);
  auto* middle = new QHBoxLayout;
  middle->addStretch(1);
  middle->addWidget(center, 20);
  middle->addStretch(1);
  outer->addLayout(middle);
  outer->addStretch(3);
  setFocusProxy(sample);
  drawPicture();
}

void WelcomePage::setRecent(const QStringList& paths) {
  while (QLayoutItem* item = recent_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  if (paths.isEmpty()) return;
  recent_->addWidget(new QLabel(tr("Worked on last:")));
  for (const QString& path : paths.mid(0, 5)) {
    auto* button = new QPushButton(QFileInfo(path).completeBaseName());
    button->setFlat(true);
    button->setStyleSheet(QStringLiteral("text-align: left; padding: 3px;"));
    button->setToolTip(path);
    button->setEnabled(QFileInfo::exists(path));
    button->setAccessibleDescription(tr("Open %1").arg(path));
    connect(button, &QPushButton::clicked, this, [this, path] { Q_EMIT openRequested(path); });
    recent_->addWidget(button);
  }
}

void WelcomePage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) drawPicture();
  QWidget::changeEvent(event);
}

void WelcomePage::drawPicture() {
  picture_->setPixmap(themedIcon(QStringLiteral("attune"), palette()).pixmap(64, 64));
}

}  // namespace attune

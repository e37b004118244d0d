#include "ui/error_view.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>
#include <utility>

namespace attune {

ErrorView::ErrorView(QWidget* parent) : QFrame(parent) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setObjectName(QStringLiteral("errorView"));
  setAccessibleName(tr("Messages"));
  symbol_ = new QLabel;
  text_ = new QLabel;
  text_->setTextFormat(Qt::PlainText);
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  verb_ = new QPushButton;
  more_ = new QPushButton(tr("Details"));
  more_->setCheckable(true);
  dismiss_ = new QPushButton(tr("Dismiss"));
  details_ = new QPlainTextEdit;
  details_->setReadOnly(true);
  details_->setTabChangesFocus(true);
  details_->setAccessibleName(tr("Details of the problem"));
  details_->setMaximumHeight(110);
  details_->hide();

  auto* row = new QHBoxLayout;
  row->addWidget(symbol_, 0, Qt::AlignTop);
  row->addWidget(text_, 1);
  row->addWidget(verb_);
  row->addWidget(more_);
  row->addWidget(dismiss_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(10, 6, 10, 6);
  column->addLayout(row);
  column->addWidget(details_);

  connect(more_, &QPushButton::toggled, details_, &QWidget::setVisible);
  connect(dismiss_, &QPushButton::clicked, this, &ErrorView::dismiss);
  connect(verb_, &QPushButton::clicked, this, [this] {
    const auto act = std::exchange(act_, nullptr);
    dismiss();
    if (act) act();
  });
  hide();
}

void ErrorView::show(const Failure& failure) {
  act_ = nullptr;
  QString text = failure.message;
  if (!failure.hint.isEmpty()) text += QLatin1Char('\n') + failure.hint;
  symbol_->setPixmap(style()->standardIcon(QStyle::SP_MessageBoxWarning).pixmap(20, 20));
  present(text, failure.details, {});
}

void ErrorView::offer(const QString& message, const QString& verb, std::function<void()> act) {
  act_ = std::move(act);
  symbol_->setPixmap(style()->standardIcon(QStyle::SP_MessageBoxInformation).pixmap(20, 20));
  present(message, {}, verb);
}

void ErrorView::present(const QString& text, const QString& details, const QString& verb) {
  text_->setText(text);
  details_->setPlainText(details);
  more_->setVisible(!details.isEmpty());
  more_->setChecked(false);
  verb_->setText(verb);
  verb_->setVisible(!verb.isEmpty());
  QFrame::show();
  setAccessibleDescription(text);
  QAccessibleEvent event(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&event);
}

void ErrorView::dismiss() { hide(); }

}  // namespace attune

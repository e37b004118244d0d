#include "ui/compare/claims_tab.h"

#include <QFrame>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "core/report/claims.h"
#include "ui/text.h"
#include "ui/theme.h"

namespace attune {

namespace {

QColor wordColor(ClaimWord word, const QPalette& palette) {
  const ThemeColors colors = themeColors(palette);
  switch (word) {
    case ClaimWord::kSupported:
      return colors.good;
    case ClaimWord::kRefuted:
      return colors.bad;
    case ClaimWord::kDepends:
      return colors.warning;
    default:
      return colors.quiet;
  }
}

QLabel* line(const QString& text) {
  auto* label = new QLabel(text);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  return label;
}

}  // namespace

ClaimsTab::ClaimsTab(QWidget* parent) : QWidget(parent) {
  cards_ = new QWidget;
  column_ = new QVBoxLayout(cards_);
  column_->setContentsMargins(0, 0, 6, 0);
  auto* area = new QScrollArea;
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setAccessibleName(tr("Claims about fine-tuning and prompts"));
  area->setWidget(cards_);
  auto* note =
      line(tr("What articles say, held against these runs alone: another base model, other data or other "
              "settings can turn "
              "each of them round."));
  note->setForegroundRole(QPalette::PlaceholderText);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 6, 0, 0);
  outer->addWidget(area, 1);
  outer->addWidget(note);
  first_ = area;
}

void ClaimsTab::setComparison(const ComparisonPtr& comparison) {
  if (!comparison) return;
  while (QLayoutItem* item = column_->takeAt(0)) {
    if (item->widget() != nullptr) item->widget()->deleteLater();
    delete item;
  }
  for (const Claim& claim : claimsOf(comparison->comparison, comparison->runs)) {
    auto* card = new QFrame;
    card->setFrameShape(QFrame::StyledPanel);
    auto* content = new QVBoxLayout(card);
    content->setSpacing(3);
    QLabel* title = line(toQt(claim.text));
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    QLabel* word = line(tr("Here: %1").arg(toQt(claimWordText(claim.word))));
    QPalette colored = word->palette();
    colored.setColor(QPalette::WindowText, wordColor(claim.word, palette()));
    word->setPalette(colored);
    QLabel* how = line(toQt(claim.why));
    how->setForegroundRole(QPalette::PlaceholderText);
    content->addWidget(title);
    content->addWidget(word);
    content->addWidget(line(toQt(claim.effect)));
    content->addWidget(how);
    card->setAccessibleName(title->text() + QLatin1Char(' ') + word->text());
    column_->addWidget(card);
  }
  column_->addStretch(1);
}

QWidget* ClaimsTab::firstFocus() const { return first_; }

}  // namespace attune

#include "ui/compare/claims_tab.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "core/report/claims.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widget/svg_picture.h"

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
      line(tr("What articles say, held against these runs and the experiments on the same data and base: "
              "another base model, other data or other settings can turn each of them round."));
  note->setForegroundRole(QPalette::PlaceholderText);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 6, 0, 0);
  outer->addWidget(area, 1);
  outer->addWidget(note);
  first_ = area;
}

void ClaimsTab::setClaims(const std::vector<Claim>& claims, StudyId shown) {
  while (QLayoutItem* item = column_->takeAt(0)) {
    if (item->widget() != nullptr) item->widget()->deleteLater();
    delete item;
  }
  for (const Claim& claim : claims) column_->addWidget(card(claim, shown));
  column_->addStretch(1);
}

QWidget* ClaimsTab::card(const Claim& claim, StudyId shown) {
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
  auto* head = new QHBoxLayout;
  head->addWidget(word, 1);
  auto* button = new QPushButton;
  button->setAutoDefault(false);
  if (claim.word == ClaimWord::kNotMeasured) {
    button->setText(tr("Measure…"));
    button->setAccessibleName(tr("Measure: %1").arg(title->text()));
    connect(button, &QPushButton::clicked, this,
            [this, name = toQt(claim.name)] { Q_EMIT experimentRequested(name); });
  } else {
    button->setText(tr("Show the runs"));
    button->setAccessibleName(tr("Show the runs of: %1").arg(title->text()));
    const StudyId study = claim.studies.empty() ? shown : claim.studies.back();
    button->setVisible(study != shown);
    connect(button, &QPushButton::clicked, this, [this, study] { Q_EMIT studyRequested(study); });
  }
  head->addWidget(button);
  content->addWidget(title);
  content->addLayout(head);
  content->addWidget(line(toQt(claim.effect)));
  if (claim.word != ClaimWord::kNotMeasured && !claim.picture.empty())
    content->addWidget(
        new SvgPicture(pictureSvg(claim.picture), toQt(claim.picture.title), toQt(claim.effect)));
  if (!claim.why.empty()) {
    QLabel* how = line(toQt(claim.why));
    how->setForegroundRole(QPalette::PlaceholderText);
    content->addWidget(how);
  }
  card->setAccessibleName(title->text() + QLatin1Char(' ') + word->text());
  return card;
}

QWidget* ClaimsTab::firstFocus() const { return first_; }

}  // namespace attune

#include "ui/widget/verdict_card.h"

#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/text.h"
#include "ui/theme.h"

namespace attune {

namespace {

QString confidenceText(const std::string& confidence) {
  if (confidence == "high") return VerdictCard::tr("Confidence: high");
  if (confidence == "moderate") return VerdictCard::tr("Confidence: moderate");
  if (confidence == "low") return VerdictCard::tr("Confidence: low");
  return VerdictCard::tr("Confidence: %1").arg(toQt(confidence));
}

QString reasonsText(const Comparison& comparison) {
  QStringList parts;
  for (const VerdictSentence& sentence : comparison.verdict.sentences) {
    parts.append(toQt(sentence.text));
    if (!sentence.why.empty()) parts.append(QStringLiteral("    ") + toQt(sentence.why));
  }
  if (!comparison.verdict.flags.empty()) {
    parts.append(VerdictCard::tr("\nWhat lowers the confidence:"));
    for (const std::string& flag : comparison.verdict.flags)
      parts.append(QStringLiteral("  • ") + toQt(flag));
  }
  parts.append(
      comparison.testOpenings == 1
          ? VerdictCard::tr("\nThe test set was looked at once.")
          : VerdictCard::tr("\nThe test set was looked at in %1 comparisons.").arg(comparison.testOpenings));
  return parts.join(QLatin1Char('\n'));
}

}  // namespace

VerdictCard::VerdictCard(QWidget* parent) : QFrame(parent) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setObjectName(QStringLiteral("verdict"));
  setFocusPolicy(Qt::StrongFocus);
  provisional_ = new QLabel(tr("Provisional: some runs have not ended yet."));
  text_ = new QLabel;
  text_->setTextFormat(Qt::PlainText);
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  QFont large = text_->font();
  large.setPointSizeF(large.pointSizeF() * 1.08);
  text_->setFont(large);
  confidence_ = new QLabel;
  confidence_->setTextFormat(Qt::PlainText);
  confidence_->setWordWrap(true);
  why_ = new QPushButton(tr("Why?"));
  why_->setCheckable(true);
  reasons_ = new QPlainTextEdit;
  reasons_->setReadOnly(true);
  reasons_->setTabChangesFocus(true);
  reasons_->setAccessibleName(tr("Reasons for the verdict"));
  reasons_->setMinimumHeight(150);
  reasons_->setMaximumHeight(260);
  reasons_->hide();
  auto* row = new QHBoxLayout;
  row->addWidget(confidence_, 1);
  row->addWidget(why_, 0, Qt::AlignBottom);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 8, 12, 8);
  column->addWidget(provisional_);
  column->addWidget(text_);
  column->addLayout(row);
  column->addWidget(reasons_);
  connect(why_, &QPushButton::toggled, reasons_, &QWidget::setVisible);
  applyColors();
}

void VerdictCard::setComparison(const Comparison& comparison) {
  const Verdict& verdict = comparison.verdict;
  provisional_->setVisible(!comparison.complete);
  text_->setText(toQt(verdict.text));
  QString line = confidenceText(verdict.confidence);
  if (!verdict.flags.empty()) line += tr("  —  %1").arg(toQt(verdict.flags.front()));
  if (verdict.flags.size() > 1) line += tr(" (%1 more under Why?)").arg(verdict.flags.size() - 1);
  confidence_->setText(line);
  const QString reasons = reasonsText(comparison);
  if (reasons_->toPlainText() != reasons) reasons_->setPlainText(reasons);
  setAccessibleName(tr("Verdict"));
  setAccessibleDescription(text());
}

void VerdictCard::setWhyShown(bool shown) { why_->setChecked(shown); }
bool VerdictCard::isWhyShown() const { return why_->isChecked(); }
QString VerdictCard::text() const { return text_->text() + QLatin1Char(' ') + confidence_->text(); }

void VerdictCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && !applying_) applyColors();
  QFrame::changeEvent(event);
}

void VerdictCard::applyColors() {
  applying_ = true;
  const ThemeColors theme = themeColors(QGuiApplication::palette());
  // Only these roles are set: the others go on following the application.
  const auto with = [](QPalette::ColorRole role, const QColor& color) {
    QPalette palette;
    palette.setColor(role, color);
    return palette;
  };
  setPalette(with(QPalette::Window, theme.card));
  confidence_->setPalette(with(QPalette::WindowText, theme.quiet));
  provisional_->setPalette(with(QPalette::WindowText, theme.warning));
  applying_ = false;
}

}  // namespace attune

#include "ui/widget/prompt_preview.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/error.h"
#include "core/data/template.h"
#include "ui/text.h"
#include "ui/theme.h"

namespace attune {

PromptPreview::PromptPreview(QWidget* parent) : QFrame(parent) {
  title_ = new QLabel;
  title_->setTextFormat(Qt::PlainText);
  title_->setWordWrap(true);
  shown_ = new QPlainTextEdit;
  shown_->setReadOnly(true);
  shown_->setTabChangesFocus(true);
  shown_->setAccessibleName(tr("Prompt as the model reads it"));
  shown_->setFixedHeight(shown_->fontMetrics().lineSpacing() * 5 + 12);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(title_);
  column->addWidget(shown_);
}

void PromptPreview::setExample(const std::string& text, const std::string& label,
                               const std::vector<std::string>& labels) {
  text_ = text;
  label_ = label;
  labels_ = labels;
  refresh();
}

void PromptPreview::setPattern(const std::string& pattern, const std::string& labelWordLines) {
  pattern_ = pattern;
  words_ = labelWordLines;
  refresh();
}

void PromptPreview::refresh() {
  QPalette palette = this->palette();
  try {
    const PromptTemplate prompt(pattern_);
    const std::vector<std::string> words = labelWords(labels_, words_);
    shown_->setPlainText(toQt(prompt.fill(text_, words)));
    const auto place = std::find(labels_.begin(), labels_.end(), label_);
    const QString word =
        place == labels_.end() ? QString() : toQt(words[static_cast<std::size_t>(place - labels_.begin())]);
    title_->setText(
        tr("As the model reads the first training example. The right next word is “%1”.").arg(word));
    valid_ = true;
  } catch (const Error& error) {
    shown_->clear();
    title_->setText(toQt(error.what()));
    palette.setColor(QPalette::WindowText, themeColors(palette).bad);
    valid_ = false;
  }
  title_->setPalette(palette);
}

}  // namespace attune

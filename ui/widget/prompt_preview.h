#pragma once

#include <QFrame>
#include <string>
#include <vector>

class QLabel;
class QPlainTextEdit;

namespace attune {

// A prompt template filled in for one example, live, or what is wrong with it.
class PromptPreview : public QFrame {
  Q_OBJECT

 public:
  explicit PromptPreview(QWidget* parent = nullptr);

  void setExample(const std::string& text, const std::string& label, const std::vector<std::string>& labels);
  void setPattern(const std::string& pattern, const std::string& labelWordLines);
  bool isValid() const { return valid_; }

 private:
  void refresh();

  std::string text_;
  std::string label_;
  std::vector<std::string> labels_;
  std::string pattern_;
  std::string words_;
  bool valid_ = true;
  QLabel* title_;
  QPlainTextEdit* shown_;
};

}  // namespace attune

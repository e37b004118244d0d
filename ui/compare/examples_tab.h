#pragma once

#include <QWidget>
#include <array>

#include "ui/comparison_loader.h"
#include "ui/model/answer_filter.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTextEdit;

namespace attune {

class Actions;
class DataTable;

// What every method answered. Two methods, A and B, are set against each other; the four groups are filters.
class ExamplesTab : public QWidget {
  Q_OBJECT

 public:
  explicit ExamplesTab(const Actions& actions, QWidget* parent = nullptr);

  void setComparison(const ComparisonPtr& comparison, std::size_t baseline);
  QWidget* firstFocus() const;
  void focusSearch();
  // Items in the group as the buttons say.
  std::array<int, 4> counts() const { return counts_; }
  void choose(const QString& a, const QString& b);
  void showGroup(int group);

 Q_SIGNALS:
  // To be kept: the selected example was starred, or noted on.
  void marked(qint64 row, const attune::ExampleMark& mark);

 private:
  void star();
  void note();
  void setMark(const ExampleMark& mark);
  void updateStars();
  const StoredExample* current() const;  // nullptr: none is selected
  void fillMethods();
  void recount();
  void showDetail();
  void move(int by);
  void filtered();  // the rows that are shown have changed

  ComparisonPtr comparison_;
  std::array<int, 4> counts_{};
  QComboBox* a_;
  QComboBox* b_;
  std::array<QPushButton*, 4> groups_{};
  QLineEdit* search_;
  QComboBox* label_;
  QLabel* shown_;
  DataTable* table_;
  CellTableModel* model_;
  AnswerFilter* filter_;
  QTextEdit* detail_;
  QCheckBox* stars_;
  std::map<std::int64_t, ExampleMark> marks_;
  bool filling_ = false;
  bool chosen_ = false;  // A and B were picked by hand
  int current_ = -1;     // row of the table that is read, also while a filter hides it
  int fitted_ = 0;       // columns whose widths are set
};

}  // namespace attune

#pragma once

#include <QSortFilterProxyModel>
#include <QWidget>
#include <array>

#include "ui/comparison_loader.h"
#include "ui/model/comparison_tables.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace attune {

class Actions;
class DataTable;

// Rows of answersTable that belong to a group, have a label and contain a text.
class AnswerFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;

  void setAgreements(std::vector<Agreement> agreements);  // by item
  void setGroup(int group);                               // -1: all
  void setSearch(const QString& text);
  void setLabel(const QString& label);  // empty: all

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

 private:
  std::vector<Agreement> agreements_;
  int group_ = -1;
  QString search_;
  QString label_;
};

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

 private:
  void fillMethods();
  void recount();
  void showDetail();
  void move(int by);

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
  QPlainTextEdit* detail_;
  bool filling_ = false;
  bool chosen_ = false;  // A and B were picked by hand
  int fitted_ = 0;       // columns whose widths are set
};

}  // namespace attune

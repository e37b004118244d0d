#pragma once

#include <QAbstractProxyModel>
#include <QString>
#include <vector>

#include "ui/model/comparison_tables.h"

namespace attune {

// Rows of answersTable that belong to a group, have a label, a star, and contain a text; sorted. Made anew as
// a whole, in milliseconds for a hundred thousand rows, where a QSortFilterProxyModel takes out and puts in
// every stretch of rows by itself. After each change the view has no current row.
class AnswerFilter : public QAbstractProxyModel {
  Q_OBJECT

 public:
  explicit AnswerFilter(QObject* parent = nullptr) : QAbstractProxyModel(parent) {}

  void setTable(CellTableModel* table);
  void setAgreements(std::vector<Agreement> agreements);  // by item
  void setGroup(int group);                               // -1: all
  void setSearch(const QString& text);
  void setLabel(const QString& label);                    // empty: all
  void setStarred(std::vector<bool> starred, bool only);  // by item

  QModelIndex mapToSource(const QModelIndex& index) const override;
  QModelIndex mapFromSource(const QModelIndex& index) const override;
  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex&) const override { return {}; }
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  void order();   // all rows by the column, then filter()
  void filter();  // of these the ones that are shown
  bool accepts(std::size_t item) const;
  const CellTable& table() const { return static_cast<CellTableModel*>(sourceModel())->table(); }

  std::vector<int> ordered_, shown_;
  std::vector<int> placeOf_;  // of each row of the table among those shown; -1: not shown
  std::vector<Agreement> agreements_;
  std::vector<bool> starred_;
  bool onlyStarred_ = false;
  int group_ = -1;
  QString search_, label_;
  int column_ = 0;
  Qt::SortOrder sortOrder_ = Qt::AscendingOrder;
};

}  // namespace attune

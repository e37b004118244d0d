#pragma once

#include <QCollator>
#include <QSortFilterProxyModel>

namespace attune {

// Sorts by CellTableModel::kSortRole: numbers as numbers, names naturally ("run 2" before "run 10"), missing
// values last both ways. Filters by a text that any cell contains.
class CellSortProxy : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  explicit CellSortProxy(QObject* parent = nullptr);

  void setSearch(const QString& text);

 protected:
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  QCollator collator_;
  QString search_;
};

}  // namespace attune

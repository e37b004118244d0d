#include "ui/model/cell_sort_proxy.h"

#include "ui/model/cell_table_model.h"

namespace attune {

// The C locale knows no natural order.
CellSortProxy::CellSortProxy(QObject* parent)
    : QSortFilterProxyModel(parent),
      collator_(QLocale().language() == QLocale::C ? QLocale(QLocale::English) : QLocale()) {
  collator_.setNumericMode(true);
  collator_.setCaseSensitivity(Qt::CaseInsensitive);
}

void CellSortProxy::setSearch(const QString& text) {
  search_ = text.trimmed();
  invalidateFilter();
}

bool CellSortProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  const QVariant a = left.data(CellTableModel::kSortRole);
  const QVariant b = right.data(CellTableModel::kSortRole);
  if (!a.isValid() || !b.isValid()) {
    // The view turns the order round for a descending sort; turn it back for missing values.
    const bool aFirst = a.isValid() && !b.isValid();
    const bool bFirst = b.isValid() && !a.isValid();
    return sortOrder() == Qt::AscendingOrder ? aFirst : bFirst;
  }
  if (a.typeId() == QMetaType::QString) return collator_.compare(a.toString(), b.toString()) < 0;
  return a.toDouble() < b.toDouble();
}

bool CellSortProxy::filterAcceptsRow(int row, const QModelIndex& parent) const {
  if (search_.isEmpty()) return true;
  for (int column = 0; column < sourceModel()->columnCount(parent); ++column) {
    const QModelIndex cell = sourceModel()->index(row, column, parent);
    if (cell.data().toString().contains(search_, Qt::CaseInsensitive)) return true;
  }
  return false;
}

}  // namespace attune

#include "ui/model/answer_filter.h"

#include <algorithm>
#include <numeric>

namespace attune {

namespace {
constexpr std::size_t kTextColumn = 1;
constexpr std::size_t kLabelColumn = 2;
}  // namespace

void AnswerFilter::setTable(CellTableModel* table) {
  setSourceModel(table);
  connect(table, &QAbstractItemModel::modelReset, this, [this] { order(); });
  connect(table, &QAbstractItemModel::rowsInserted, this, [this] { order(); });
  connect(table, &QAbstractItemModel::rowsRemoved, this, [this] { order(); });
  connect(table, &QAbstractItemModel::layoutChanged, this, [this] { order(); });
  connect(table, &QAbstractItemModel::dataChanged, this,
          [this](const QModelIndex& from, const QModelIndex& to) {
            for (int row = from.row(); row <= to.row(); ++row)
              if (const QModelIndex left = mapFromSource(sourceModel()->index(row, from.column()));
                  left.isValid())
                Q_EMIT dataChanged(left, index(left.row(), to.column()));
          });
  order();
}

void AnswerFilter::setAgreements(std::vector<Agreement> agreements) {
  agreements_ = std::move(agreements);
  filter();
}

void AnswerFilter::setGroup(int group) {
  group_ = group;
  filter();
}

void AnswerFilter::setSearch(const QString& text) {
  search_ = text.trimmed();
  filter();
}

void AnswerFilter::setLabel(const QString& label) {
  label_ = label;
  filter();
}

void AnswerFilter::setStarred(std::vector<bool> starred, bool only) {
  starred_ = std::move(starred);
  onlyStarred_ = only;
  filter();
}

bool AnswerFilter::accepts(std::size_t item) const {
  if (group_ >= 0 && item < agreements_.size() && static_cast<int>(agreements_[item]) != group_) return false;
  if (onlyStarred_ && (item >= starred_.size() || !starred_[item])) return false;
  const std::vector<Cell>& cells = table().rows[item].cells;
  if (!label_.isEmpty() && cells[kLabelColumn].text != label_) return false;
  return search_.isEmpty() || cells[kTextColumn].text.contains(search_, Qt::CaseInsensitive);
}

void AnswerFilter::order() {
  const auto& rows = table().rows;
  ordered_.resize(rows.size());
  std::iota(ordered_.begin(), ordered_.end(), 0);
  const auto column = static_cast<std::size_t>(std::max(0, column_));
  const auto value = [&](int row) -> const QVariant& {
    return rows[static_cast<std::size_t>(row)].cells[column].sort;
  };
  const bool numeric = !rows.empty() && column < rows.front().cells.size() &&
                       std::all_of(ordered_.begin(), ordered_.end(),
                                   [&](int row) { return value(row).typeId() == QMetaType::Double; });
  if (rows.empty() || column >= rows.front().cells.size()) {
  } else if (numeric) {
    std::vector<double> keys;
    for (const int row : ordered_) keys.push_back(value(row).toDouble());
    const auto less = [&](int a, int b) {
      return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
    };
    if (!std::is_sorted(ordered_.begin(), ordered_.end(), less))
      std::stable_sort(ordered_.begin(), ordered_.end(), less);
  } else {
    std::vector<QString> keys;
    for (const int row : ordered_) keys.push_back(value(row).toString());
    std::stable_sort(ordered_.begin(), ordered_.end(), [&](int a, int b) {
      return QString::localeAwareCompare(keys[static_cast<std::size_t>(a)],
                                         keys[static_cast<std::size_t>(b)]) < 0;
    });
  }
  if (sortOrder_ == Qt::DescendingOrder) std::reverse(ordered_.begin(), ordered_.end());
  filter();
}

void AnswerFilter::filter() {
  beginResetModel();
  shown_.clear();
  placeOf_.assign(ordered_.size(), -1);
  for (const int row : ordered_)
    if (accepts(static_cast<std::size_t>(row))) {
      placeOf_[static_cast<std::size_t>(row)] = static_cast<int>(shown_.size());
      shown_.push_back(row);
    }
  endResetModel();
}

void AnswerFilter::sort(int column, Qt::SortOrder order) {
  column_ = column;
  sortOrder_ = order;
  this->order();
}

QModelIndex AnswerFilter::mapToSource(const QModelIndex& index) const {
  if (!index.isValid() || index.row() >= static_cast<int>(shown_.size())) return {};
  return sourceModel()->index(shown_[static_cast<std::size_t>(index.row())], index.column());
}

QModelIndex AnswerFilter::mapFromSource(const QModelIndex& index) const {
  if (!index.isValid() || index.row() >= static_cast<int>(placeOf_.size())) return {};
  const int place = placeOf_[static_cast<std::size_t>(index.row())];
  return place < 0 ? QModelIndex() : createIndex(place, index.column());
}

QModelIndex AnswerFilter::index(int row, int column, const QModelIndex& parent) const {
  if (parent.isValid() || row < 0 || row >= rowCount() || column < 0 || column >= columnCount()) return {};
  return createIndex(row, column);
}

int AnswerFilter::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(shown_.size());
}

int AnswerFilter::columnCount(const QModelIndex& parent) const {
  return parent.isValid() || sourceModel() == nullptr ? 0 : sourceModel()->columnCount();
}

QVariant AnswerFilter::headerData(int section, Qt::Orientation orientation, int role) const {
  if (sourceModel() == nullptr) return {};
  return orientation == Qt::Horizontal ? sourceModel()->headerData(section, orientation, role) : QVariant();
}

}  // namespace attune

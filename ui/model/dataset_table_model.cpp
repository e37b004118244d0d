#include "ui/model/dataset_table_model.h"

#include "ui/text.h"

namespace attune {

void DatasetTableModel::setExamples(ExamplesPtr examples, const std::vector<std::string>& labels) {
  beginResetModel();
  examples_ = std::move(examples);
  labels_.clear();
  for (const std::string& label : labels) labels_.append(toQt(label));
  rows_.clear();
  if (examples_) {
    rows_.reserve(examples_->size());
    for (const StoredExample& example : *examples_) {
      const QString text = toQt(example.text);
      rows_.push_back({text, text.toLower()});
    }
  }
  endResetModel();
}

int DatasetTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int DatasetTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant DatasetTableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const auto place = static_cast<std::size_t>(index.row());
  const StoredExample& example = (*examples_)[place];
  const Row& row = rows_[place];
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case kRow:
          return static_cast<qint64>(example.row + 1);
        case kText:
          return row.text.simplified();
        case kLabel:
          return labels_.value(static_cast<int>(example.label));
        case kSplit:
          return toQt(example.split);
        default:
          return {};
      }
    case kSortRole:
      if (index.column() == kRow) return static_cast<qint64>(example.row);
      return data(index, Qt::DisplayRole);
    case Qt::ToolTipRole:
      return index.column() == kText ? QVariant(plainToolTip(row.text)) : QVariant();
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(
          Qt::Alignment((index.column() == kRow ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case kFoldedRole:
      return row.folded;
    case kLabelRole:
      return static_cast<int>(example.label);
    case kSplitRole:
      return toQt(example.split);
    case kLineRole:
      return static_cast<qint64>(example.line);
    default:
      return {};
  }
}

QVariant DatasetTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case kRow:
      return tr("#");
    case kText:
      return tr("Text");
    case kLabel:
      return tr("Label");
    case kSplit:
      return tr("Split");
    default:
      return {};
  }
}

DatasetFilter::DatasetFilter(QObject* parent) : QSortFilterProxyModel(parent) {
  setSortRole(DatasetTableModel::kSortRole);
  setSortCaseSensitivity(Qt::CaseInsensitive);
}

void DatasetFilter::setSearch(const QString& text) {
  search_ = text.trimmed().toLower();
  invalidateFilter();
}

void DatasetFilter::setLabel(int label) {
  label_ = label;
  invalidateFilter();
}

void DatasetFilter::setSplit(const QString& split) {
  split_ = split;
  invalidateFilter();
}

void DatasetFilter::setLines(const QList<qint64>& lines) {
  lines_ = QSet<qint64>(lines.begin(), lines.end());
  invalidateFilter();
}

bool DatasetFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const QModelIndex index = sourceModel()->index(row, DatasetTableModel::kText, parent);
  if (label_ >= 0 && index.data(DatasetTableModel::kLabelRole).toInt() != label_) return false;
  if (!split_.isEmpty() && index.data(DatasetTableModel::kSplitRole).toString() != split_) return false;
  if (!lines_.isEmpty() && !lines_.contains(index.data(DatasetTableModel::kLineRole).toLongLong()))
    return false;
  return search_.isEmpty() || index.data(DatasetTableModel::kFoldedRole).toString().contains(search_);
}

}  // namespace attune

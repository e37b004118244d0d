#include "ui/model/method_table_model.h"

#include <algorithm>

#include "core/report/number_text.h"
#include "ui/text.h"

namespace attune {

MethodTableModel::MethodTableModel(QObject* parent) : QAbstractTableModel(parent) {
  for (const MethodInfo& info : methodCatalog())
    rows_.push_back({&info, ParamSet(info.parameters), info.usual, false, {}});
  setPreset("quick");
}

void MethodTableModel::setPreset(const std::string& preset) {
  preset_ = preset;
  for (Row& row : rows_) {
    if (!row.edited) row.params = presetParams(*row.info, preset, layout_);
  }
  Q_EMIT choiceChanged();
}

void MethodTableModel::setParams(int row, const ParamSet& params) {
  Row& entry = rows_[static_cast<std::size_t>(row)];
  if (entry.params == params) return;
  entry.params = params;
  entry.edited = true;
  Q_EMIT dataChanged(index(row, 0), index(row, kColumnCount - 1));
  Q_EMIT choiceChanged();
}

void MethodTableModel::setEstimate(const StudyEstimate& estimate) {
  estimates_ = estimate.methods;
  Q_EMIT dataChanged(index(0, kTrained), index(rowCount() - 1, kTime));
}

void MethodTableModel::setBase(Layout layout, bool freeAnswers) {
  layout_ = layout;
  for (Row& row : rows_) {
    row.refusal = toQt(methodRefusal(*row.info, layout, freeAnswers));
    if (!row.edited) row.params = presetParams(*row.info, preset_, layout_);
  }
  Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kColumnCount - 1));
  Q_EMIT choiceChanged();
}

std::vector<MethodChoice> MethodTableModel::chosen() const {
  std::vector<MethodChoice> choices;
  for (const Row& row : rows_) {
    if (row.checked && row.refusal.isEmpty())
      choices.push_back({row.info->name, row.info->title, row.params, row.info->seeded});
  }
  return choices;
}

void MethodTableModel::setChosen(const std::vector<std::string>& names) {
  for (Row& row : rows_)
    row.checked = names.empty() ? row.info->usual
                                : std::find(names.begin(), names.end(), row.info->name) != names.end();
  Q_EMIT dataChanged(index(0, kMethod), index(rowCount() - 1, kMethod));
  Q_EMIT choiceChanged();
}

int MethodTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int MethodTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant MethodTableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  if (role == Qt::CheckStateRole && index.column() == kMethod) {
    return static_cast<int>(row.checked && row.refusal.isEmpty() ? Qt::Checked : Qt::Unchecked);
  }
  if (role == Qt::ToolTipRole) return plainToolTip(toQt(row.info->summary + "\n" + row.info->source));
  if (role == Qt::TextAlignmentRole && index.column() >= kTrained) {
    return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
  }
  if (role != Qt::DisplayRole) return {};
  const auto estimate = estimates_.find(row.info->title);
  switch (index.column()) {
    case kMethod:
      return row.edited ? tr("%1 (changed)").arg(toQt(row.info->title)) : toQt(row.info->title);
    case kSummary:
      return row.refusal.isEmpty() ? toQt(row.info->summary) : row.refusal;
    case kTrained:
      if (!row.refusal.isEmpty()) return tr("–");
      return estimate == estimates_.end() ? tr("…") : toQt(countText(estimate->second.trainableParameters));
    case kTime:
      if (!row.refusal.isEmpty()) return tr("–");
      return estimate == estimates_.end() ? tr("…")
                                          : tr("about %1").arg(toQt(durationText(estimate->second.seconds)));
    default:
      return {};
  }
}

bool MethodTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (!index.isValid() || role != Qt::CheckStateRole || index.column() != kMethod) return false;
  if (!rows_[static_cast<std::size_t>(index.row())].refusal.isEmpty()) return false;
  rows_[static_cast<std::size_t>(index.row())].checked = value.toInt() == Qt::Checked;
  Q_EMIT dataChanged(index, index);
  Q_EMIT choiceChanged();
  return true;
}

Qt::ItemFlags MethodTableModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  const bool allowed = index.isValid() && rows_[static_cast<std::size_t>(index.row())].refusal.isEmpty();
  if (allowed && index.column() == kMethod) flags |= Qt::ItemIsUserCheckable;
  return index.isValid() ? flags : Qt::ItemFlags();
}

QVariant MethodTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case kMethod:
      return tr("Method");
    case kSummary:
      return tr("What it does");
    case kTrained:
      return tr("Trained");
    case kTime:
      return tr("One run");
    default:
      return {};
  }
}

}  // namespace attune

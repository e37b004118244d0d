#include "ui/model/activity_table_model.h"

#include <algorithm>

#include "core/report/number_text.h"
#include "ui/live_runs.h"
#include "ui/study_place.h"
#include "ui/text.h"

namespace attune {

namespace {

QString titleOf(const Study* study, const std::vector<Run>& runs, RunId id) {
  const auto found = std::find_if(runs.begin(), runs.end(), [id](const Run& run) { return run.id == id; });
  if (found == runs.end()) return ActivityTableModel::tr("run %1 of another comparison").arg(id.value);
  QString title = toQt(found->spec.method);
  if (study != nullptr) {
    if (const auto place = placeInStudy(*study, found->spec))
      title = toQt(study->methods[place->choice].title);
  }
  return ActivityTableModel::tr("%1, seed %2").arg(title).arg(found->spec.seed);
}

}  // namespace

ActivityTableModel::ActivityTableModel(const LiveRuns& live, QObject* parent)
    : QAbstractTableModel(parent), live_(live) {}

void ActivityTableModel::setRuns(const Study* study, const std::vector<Run>& runs,
                                 const std::vector<RunId>& working, const std::vector<RunId>& waiting) {
  std::vector<Row> rows;
  for (const RunId id : working) rows.push_back({id, titleOf(study, runs, id), true});
  for (const RunId id : waiting) rows.push_back({id, titleOf(study, runs, id), false});
  const auto same = [](const Row& a, const Row& b) { return a.id == b.id; };
  if (std::equal(rows.begin(), rows.end(), rows_.begin(), rows_.end(), same)) {
    rows_ = std::move(rows);
    liveChanged();
    return;
  }
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

void ActivityTableModel::liveChanged() {
  if (!rows_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kColumnCount - 1));
}

RunId ActivityTableModel::runOf(const QModelIndex& at) const {
  return at.isValid() ? rows_[static_cast<std::size_t>(at.row())].id : RunId{};
}

int ActivityTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ActivityTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant ActivityTableModel::data(const QModelIndex& at, int role) const {
  if (!checkIndex(at, CheckIndexOption::IndexIsValid)) return {};
  const Row& row = rows_[static_cast<std::size_t>(at.row())];
  const LiveRun* live = row.working ? live_.find(row.id) : nullptr;
  if (role == kProgressRole) return live != nullptr && live->totalSteps > 0 ? live->progress() : -1.0;
  if (role == Qt::TextAlignmentRole && at.column() == kTimeLeft) {
    return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
  }
  if (role != Qt::DisplayRole) return {};
  switch (at.column()) {
    case kRun:
      return row.title;
    case kState:
      if (!row.working) return tr("queued");
      return live != nullptr && !live->phase.empty() ? toQt(live->phase) : tr("starting");
    case kProgress:
      if (live == nullptr || live->totalSteps <= 0) return QString();
      return tr("%1 % (step %2 of %3)")
          .arg(static_cast<int>(live->progress() * 100))
          .arg(live->step)
          .arg(live->totalSteps);
    case kTimeLeft: {
      const double left = live == nullptr || live->phase != "training" ? -1 : live->secondsLeft();
      return left < 0 ? QStringLiteral("–") : toQt(durationText(left));
    }
    default:
      return {};
  }
}

QVariant ActivityTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case kRun:
      return tr("Run");
    case kState:
      return tr("What it does");
    case kProgress:
      return tr("Progress");
    case kTimeLeft:
      return tr("Time left");
    default:
      return {};
  }
}

}  // namespace attune

#include "ui/model/run_tree_model.h"

#include <QCoreApplication>
#include <QGuiApplication>
#include <QPainter>
#include <QPixmap>
#include <algorithm>
#include <cmath>

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "ui/live_runs.h"
#include "ui/study_place.h"
#include "ui/text.h"
#include "ui/theme.h"

namespace attune {

namespace {

QPixmap marker(int slot) {
  QPixmap pixmap(28, 28);
  pixmap.setDevicePixelRatio(2);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  drawSlotMarker(painter, slot, QPointF(7, 7), 10, slotColor(slot, QGuiApplication::palette()));
  return pixmap;
}

bool sameShape(const Run& a, const Run& b) { return a.id == b.id; }

QString dash() { return QStringLiteral("–"); }

}  // namespace

QString runStateText(RunState state) {
  const auto text = [](const char* source) { return QCoreApplication::translate("RunState", source); };
  switch (state) {
    case RunState::kQueued:
      return text("queued");
    case RunState::kStarting:
      return text("starting");
    case RunState::kRunning:
      return text("running");
    case RunState::kFinished:
      return text("finished");
    case RunState::kStopped:
      return text("stopped (kept)");
    case RunState::kCancelled:
      return text("discarded");
    case RunState::kInterrupted:
      return text("interrupted");
    case RunState::kFailed:
      return text("failed");
    case RunState::kDiverged:
      return text("diverged");
  }
  return {};
}

QString runStateSymbol(RunState state) {
  switch (state) {
    case RunState::kQueued:
      return QStringLiteral("○");
    case RunState::kStarting:
    case RunState::kRunning:
      return QStringLiteral("▶");
    case RunState::kFinished:
      return QStringLiteral("✓");
    case RunState::kStopped:
      return QStringLiteral("■");
    case RunState::kCancelled:
      return QStringLiteral("–");
    case RunState::kInterrupted:
      return QStringLiteral("!");
    case RunState::kFailed:
    case RunState::kDiverged:
      return QStringLiteral("✖");
  }
  return {};
}

RunTreeModel::RunTreeModel(const LiveRuns& live, QObject* parent) : QAbstractItemModel(parent), live_(live) {}

void RunTreeModel::setRuns(const Study* study, const std::vector<Run>& runs) {
  std::vector<Group> groups;
  if (study != nullptr) {
    groups.resize(study->methods.size());
    for (const Run& run : runs) {
      const auto place = placeInStudy(*study, run.spec);
      if (!place) continue;
      Group& group = groups[place->choice];
      group.title = toQt(study->methods[place->choice].title);
      group.slot = place->slot;
      group.runs.push_back(run);
    }
    groups.erase(std::remove_if(groups.begin(), groups.end(), [](const Group& g) { return g.runs.empty(); }),
                 groups.end());
  }
  const bool same = std::equal(
      groups.begin(), groups.end(), groups_.begin(), groups_.end(), [](const Group& a, const Group& b) {
        return a.title == b.title &&
               std::equal(a.runs.begin(), a.runs.end(), b.runs.begin(), b.runs.end(), sameShape);
      });
  if (same) {
    groups_ = std::move(groups);
    liveChanged();
    return;
  }
  beginResetModel();
  groups_ = std::move(groups);
  endResetModel();
}

void RunTreeModel::liveChanged() {
  if (groups_.empty()) return;
  Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kColumnCount - 1));
  for (int row = 0; row < rowCount(); ++row) {
    const QModelIndex group = index(row, 0);
    if (rowCount(group) == 0) continue;
    Q_EMIT dataChanged(index(0, 0, group), index(rowCount(group) - 1, kColumnCount - 1, group));
  }
}

RunId RunTreeModel::runOf(const QModelIndex& at) const {
  if (!at.isValid()) return {};
  if (at.internalId() > 0) {
    return groups_[at.internalId() - 1].runs[static_cast<std::size_t>(at.row())].id;
  }
  const Group& group = groups_[static_cast<std::size_t>(at.row())];
  for (const Run& run : group.runs) {
    if (!isEnded(run.state)) return run.id;
  }
  return group.runs.front().id;
}

QString RunTreeModel::configurationOf(const QModelIndex& at) const {
  if (!at.isValid()) return {};
  return groups_[at.internalId() > 0 ? at.internalId() - 1 : static_cast<std::size_t>(at.row())].title;
}

QModelIndex RunTreeModel::index(int row, int column, const QModelIndex& parentIndex) const {
  if (!hasIndex(row, column, parentIndex)) return {};
  const quintptr id = parentIndex.isValid() ? static_cast<quintptr>(parentIndex.row()) + 1 : 0;
  return createIndex(row, column, id);
}

QModelIndex RunTreeModel::parent(const QModelIndex& at) const {
  if (!at.isValid() || at.internalId() == 0) return {};
  return createIndex(static_cast<int>(at.internalId()) - 1, 0, quintptr{0});
}

int RunTreeModel::rowCount(const QModelIndex& parentIndex) const {
  if (!parentIndex.isValid()) return static_cast<int>(groups_.size());
  if (parentIndex.internalId() > 0 || parentIndex.column() != 0) return 0;
  return static_cast<int>(groups_[static_cast<std::size_t>(parentIndex.row())].runs.size());
}

int RunTreeModel::columnCount(const QModelIndex&) const { return kColumnCount; }

QString RunTreeModel::statusOf(const Run& run) const {
  const LiveRun* live = live_.find(run.id);
  const RunState state = !isEnded(run.state) && live != nullptr ? live->state : run.state;
  QString text = runStateSymbol(state) + QLatin1Char(' ') + runStateText(state);
  if (state == RunState::kRunning && live != nullptr) {
    text = runStateSymbol(state) + QLatin1Char(' ') +
           (live->phase.empty() ? runStateText(state) : toQt(live->phase));
    if (live->totalSteps > 0 && live->phase == "training") {
      text += tr(" %1 %").arg(static_cast<int>(live->progress() * 100));
    }
  }
  // In a word what the doctor found; the sentences are in the tool tip.
  if (!run.findings.empty()) text += tr(", ") + toQt(replaceAll(run.findings.front().rule, "_", " "));
  return text;
}

double RunTreeModel::validationOf(const Run& run) const {
  const auto found = run.scores.find("validation.accuracy");
  if (found != run.scores.end()) return found->second;
  const LiveRun* live = live_.find(run.id);
  return live == nullptr ? -1 : live->validation;
}

QString RunTreeModel::groupText(const Group& group, int column) const {
  switch (column) {
    case kName:
      return group.runs.size() == 1 ? group.title : tr("%1  ×%2").arg(group.title).arg(group.runs.size());
    case kStatus: {
      if (group.runs.size() == 1) return statusOf(group.runs.front());
      const auto done = std::count_if(group.runs.begin(), group.runs.end(),
                                      [](const Run& run) { return isEnded(run.state); });
      for (const Run& run : group.runs) {
        if (run.state == RunState::kRunning || (live_.find(run.id) != nullptr && !isEnded(run.state))) {
          return statusOf(run) + tr(", %1/%2").arg(done).arg(group.runs.size());
        }
      }
      if (static_cast<std::size_t>(done) == group.runs.size()) return statusOf(group.runs.front());
      return tr("%1 of %2 done").arg(done).arg(group.runs.size());
    }
    case kValidation: {
      double sum = 0;
      double squares = 0;
      int n = 0;
      for (const Run& run : group.runs) {
        const double value = validationOf(run);
        if (value < 0) continue;
        sum += value;
        squares += value * value;
        ++n;
      }
      if (n == 0) return dash();
      const QString mean = toQt(percentText(sum / n));
      if (n == 1) return mean;
      const double spread = std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1)));
      return tr("%1 ± %2").arg(mean, QString::number(spread * 100, 'f', 1));
    }
    case kTrained:
      return runText(group.runs.front(), column);
    case kTime: {
      double sum = 0;
      for (const Run& run : group.runs) sum += run.cost.activeSeconds;
      return sum > 0 ? toQt(durationText(sum)) : dash();
    }
    default:
      return {};
  }
}

QString RunTreeModel::runText(const Run& run, int column) const {
  const LiveRun* live = live_.find(run.id);
  switch (column) {
    case kName:
      return tr("seed %1").arg(run.spec.seed);
    case kStatus:
      return statusOf(run);
    case kValidation: {
      const double value = validationOf(run);
      return value < 0 ? dash() : toQt(percentText(value));
    }
    case kTrained:
      if (hasResult(run.state)) return toQt(countText(run.cost.trainableParameters));
      return live != nullptr ? toQt(countText(live->trainableParameters)) : dash();
    case kTime:
      if (run.cost.activeSeconds > 0) return toQt(durationText(run.cost.activeSeconds));
      return live != nullptr && live->seconds > 0 ? toQt(durationText(live->seconds)) : dash();
    default:
      return {};
  }
}

QVariant RunTreeModel::data(const QModelIndex& at, int role) const {
  if (!checkIndex(at, CheckIndexOption::IndexIsValid)) return {};
  const bool isRun = at.internalId() > 0;
  const Group& group = groups_[isRun ? at.internalId() - 1 : static_cast<std::size_t>(at.row())];
  const Run& run = isRun ? group.runs[static_cast<std::size_t>(at.row())] : group.runs.front();
  switch (role) {
    case Qt::DisplayRole:
      return isRun ? runText(run, at.column()) : groupText(group, at.column());
    case Qt::DecorationRole:
      return isRun || at.column() != kName ? QVariant() : QVariant(marker(group.slot));
    case Qt::ToolTipRole: {
      QStringList told;
      if (!run.reason.empty()) told.append(toQt(run.reason));
      for (const RunFinding& finding : run.findings) told.append(toQt(finding.text + " " + finding.cure));
      if (at.column() == kStatus && !told.isEmpty()) return plainToolTip(told.join(QLatin1Char('\n')));
      return at.column() == kTrained || at.column() == kValidation ? QVariant() : data(at, Qt::DisplayRole);
    }
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(
          Qt::Alignment((at.column() >= kValidation ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    default:
      return {};
  }
}

QVariant RunTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) {
    return QVariant::fromValue(
        Qt::Alignment((section >= kValidation ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kName:
      return tr("Method");
    case kStatus:
      return tr("Status");
    case kValidation:
      return tr("Validation");
    case kTrained:
      return tr("Trained");
    case kTime:
      return tr("Time");
    default:
      return {};
  }
}

}  // namespace attune

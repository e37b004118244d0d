#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "core/study/run.h"
#include "core/study/study.h"

namespace attune {

class LiveRuns;

// What is going on: working runs first, then those that wait, in their order.
class ActivityTableModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kRun, kState, kProgress, kTimeLeft, kColumnCount };
  enum Role { kProgressRole = Qt::UserRole };  // 0–1; -1: cannot be told

  explicit ActivityTableModel(const LiveRuns& live, QObject* parent = nullptr);

  void setRuns(const Study* study, const std::vector<Run>& runs, const std::vector<RunId>& working,
               const std::vector<RunId>& waiting);
  void liveChanged();
  RunId runOf(const QModelIndex& index) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  struct Row {
    RunId id;
    QString title;
    bool working = false;
  };
  const LiveRuns& live_;
  std::vector<Row> rows_;
};

}  // namespace attune

#pragma once

#include <QAbstractItemModel>
#include <QString>
#include <vector>

#include "core/study/run.h"
#include "core/study/study.h"

namespace attune {

class LiveRuns;

// Two levels: configurations of a study (settings), below them their runs (one a seed).
class RunTreeModel : public QAbstractItemModel {
  Q_OBJECT

 public:
  enum Column { kName, kStatus, kValidation, kTrained, kTime, kColumnCount };

  explicit RunTreeModel(const LiveRuns& live, QObject* parent = nullptr);

  void setRuns(const Study* study, const std::vector<Run>& runs);
  void liveChanged();

  // The run of a row; of a configuration the one that works, else its first. Invalid index: none.
  RunId runOf(const QModelIndex& index) const;
  QString configurationOf(const QModelIndex& index) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& index) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  struct Group {
    QString title;
    int slot = 0;
    std::vector<Run> runs;
  };

  QString groupText(const Group& group, int column) const;
  QString runText(const Run& run, int column) const;
  QString statusOf(const Run& run) const;
  double validationOf(const Run& run) const;  // -1: none

  const LiveRuns& live_;
  std::vector<Group> groups_;
};

// The word for a state as the window shows it.
QString runStateText(RunState state);
// A symbol that repeats it.
QString runStateSymbol(RunState state);

}  // namespace attune

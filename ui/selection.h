#pragma once

#include <QObject>
#include <QString>

#include "core/base/id.h"

namespace attune {

// What is being looked at. Panes listen to this, never to each other. UI thread only.
class Selection : public QObject {
  Q_OBJECT

 public:
  explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

  DatasetId dataset() const { return dataset_; }
  StudyId study() const { return study_; }
  RunId run() const { return run_; }
  // Title of the configuration that others are compared with; empty: the untuned model or whatever is first.
  const QString& baseline() const { return baseline_; }

  void setDataset(DatasetId id);
  void setStudy(StudyId id);
  void setRun(RunId id);
  void setBaseline(const QString& title);
  void clear();

 Q_SIGNALS:
  void datasetChanged(attune::DatasetId id);
  void studyChanged(attune::StudyId id);
  void runChanged(attune::RunId id);
  void baselineChanged(const QString& title);

 private:
  DatasetId dataset_;
  StudyId study_;
  RunId run_;
  QString baseline_;
};

}  // namespace attune

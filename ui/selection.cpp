#include "ui/selection.h"

namespace attune {

void Selection::setDataset(DatasetId id) {
  if (id == dataset_) return;
  dataset_ = id;
  Q_EMIT datasetChanged(id);
}

void Selection::setStudy(StudyId id) {
  if (id == study_) return;
  study_ = id;
  setRun({});
  Q_EMIT studyChanged(id);
}

void Selection::setRun(RunId id) {
  if (id == run_) return;
  run_ = id;
  Q_EMIT runChanged(id);
}

void Selection::setBaseline(const QString& title) {
  if (title == baseline_) return;
  baseline_ = title;
  Q_EMIT baselineChanged(title);
}

void Selection::clear() {
  setDataset({});
  setStudy({});
  setBaseline({});
}

}  // namespace attune

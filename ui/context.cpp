#include "ui/context.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>

#include "ui/text.h"

namespace attune {

namespace {

template <typename Values, typename Id>
auto* findById(Values& values, Id id) {
  const auto found = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.id == id; });
  return found == values.end() ? nullptr : &*found;
}

struct Opened {
  ProjectView view;
  int interrupted = 0;
  int waiting = 0;
};

ProjectView readView(Store& store, StudyId study) {
  ProjectView view;
  view.datasets = store.datasets();
  view.studies = store.studies();
  if (!findById(view.studies, study)) study = view.studies.empty() ? StudyId{} : view.studies.back().id;
  if (study) view.runs = store.runs(study);
  view.runsOf = study;
  return view;
}

}  // namespace

Context::Context(Places places, QObject* parent)
    : QObject(parent), places_(std::move(places)), bridge_(), live_(bridge_) {
  connect(&selection_, &Selection::studyChanged, this, [this] { reload(); });
  connect(&live_, &LiveRuns::runEnded, this, [this] { reload(); });
}

Context::~Context() { queue_.reset(); }

const DatasetRecord* Context::dataset(DatasetId id) const { return findById(view_.datasets, id); }
const Study* Context::study(StudyId id) const { return findById(view_.studies, id); }
const Run* Context::run(RunId id) const { return findById(view_.runs, id); }

std::string Context::storePath() const { return fromQt(path_); }

QString Context::freshProjectPath(const QString& name) const {
  QDir().mkpath(places_.projectsFolder);
  const QDir folder(places_.projectsFolder);
  QString path = folder.filePath(name + QStringLiteral(".attune"));
  for (int number = 2; QFileInfo::exists(path); ++number) {
    path = folder.filePath(QStringLiteral("%1 %2.attune").arg(name).arg(number));
  }
  return path;
}

void Context::openProject(const QString& path, OpenMode mode) {
  inBackground(
      this,
      [file = fromQt(path), mode] {
        Store store(file, mode);
        Opened opened;
        store.markInterrupted();
        for (const Run& run : store.allRuns()) {
          opened.interrupted += run.state == RunState::kInterrupted ? 1 : 0;
          opened.waiting += run.state == RunState::kQueued ? 1 : 0;
        }
        opened.view = readView(store, {});
        return opened;
      },
      [this, path](Opened opened_) {
        closeProject();
        view_ = std::move(opened_.view);
        opened(path);
        if (opened_.interrupted + opened_.waiting > 0) {
          Q_EMIT leftOverFound(opened_.interrupted, opened_.waiting);
        }
      });
}

void Context::opened(const QString& path) {
  path_ = QFileInfo(path).absoluteFilePath();
  queue_ = std::make_unique<RunQueue>(storePath(), places_.queue, bridge_);
  if (!view_.datasets.empty()) selection_.setDataset(view_.datasets.back().id);
  selection_.setStudy(view_.runsOf);
  Q_EMIT projectOpened();
  Q_EMIT viewChanged();
}

void Context::closeProject() {
  if (!hasProject()) return;
  queue_.reset();
  path_.clear();
  view_ = {};
  selection_.clear();
  live_.clear();
  Q_EMIT projectClosed();
  Q_EMIT viewChanged();
}

void Context::reload() {
  if (!hasProject()) return;
  if (loading_) {
    again_ = true;
    return;
  }
  loading_ = true;
  const QString path = path_;
  attune::inBackground(
      this,
      [file = storePath(), study = selection_.study()] {
        Store store(file, OpenMode::kReadOnly);
        return readView(store, study);
      },
      [this, path](ProjectView view) {
        loading_ = false;
        if (path == path_) {
          view_ = std::move(view);
          if (!dataset(selection_.dataset()) && !view_.datasets.empty()) {
            selection_.setDataset(view_.datasets.back().id);
          }
          if (!selection_.study()) selection_.setStudy(view_.runsOf);
          Q_EMIT viewChanged();
        }
        if (std::exchange(again_, false)) reload();
      },
      [this](const Failure& failure) {
        loading_ = false;
        again_ = false;
        Q_EMIT failed(failure);
      });
}

void Context::submit(const std::vector<RunId>& runs) {
  if (queue_ && !runs.empty()) queue_->submit(runs);
  reload();
}

}  // namespace attune

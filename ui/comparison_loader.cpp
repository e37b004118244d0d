#include "ui/comparison_loader.h"

#include <utility>

#include "core/report/experiment_judge.h"
#include "ui/study_place.h"
#include "ui/text.h"

namespace attune {

namespace {

constexpr int kMillisecondsToWait = 150;

ComparisonPtr loadComparison(const std::string& path, StudyId study) {
  Store store(path, OpenMode::kReadOnly);
  auto loaded = std::make_shared<LoadedComparison>();
  loaded->comparison = Comparison::load(store, study);
  loaded->runs = store.runs(study);
  for (const Run& run : loaded->runs) {
    Curve curve;
    const auto place = placeInStudy(loaded->comparison.study, run.spec);
    if (!place) continue;
    curve.slot = place->slot;
    curve.title = loaded->comparison.study.methods[place->choice].title;
    curve.seed = run.spec.seed;
    for (const RunScored& scored : store.validationCurve(run.id)) {
      const auto accuracy = scored.scores.find("accuracy");
      if (accuracy == scored.scores.end()) continue;
      curve.x.push_back(static_cast<double>(scored.step));
      curve.y.push_back(accuracy->second);
    }
    if (!curve.x.empty()) loaded->curves.push_back(std::move(curve));
  }
  loaded->marks = store.marks(loaded->comparison.study.dataset);
  return loaded;
}

}  // namespace

std::size_t LoadedComparison::baselineIndex(const QString& title) const {
  const std::string wanted = fromQt(title);
  std::size_t untuned = 0;
  for (std::size_t i = 0; i < comparison.configurations.size(); ++i) {
    if (!wanted.empty() && comparison.configurations[i].title == wanted) return i;
    if (comparison.configurations[i].method == "untuned") untuned = i;
  }
  return untuned;
}

ComparisonLoader::ComparisonLoader(Context& context, QObject* parent) : QObject(parent), context_(context) {
  delay_.setSingleShot(true);
  delay_.setInterval(kMillisecondsToWait);
  connect(&delay_, &QTimer::timeout, this, &ComparisonLoader::load);
  connect(&context.selection(), &Selection::studyChanged, this, [this] {
    take(nullptr, {});
    request();
  });
  connect(&context.live(), &LiveRuns::runEnded, this, &ComparisonLoader::request);
  connect(&context, &Context::projectClosed, this, [this] { take(nullptr, {}); });
}

void ComparisonLoader::request() {
  if (!delay_.isActive()) delay_.start();
}

void ComparisonLoader::load() {
  const StudyId study = context_.selection().study();
  if (!context_.hasProject() || !study) return take(nullptr, {});
  if (loading_) {
    again_ = true;
    return;
  }
  loading_ = true;
  const auto ended = [this, study, path = context_.projectPath()](
                         ComparisonPtr comparison, const QString& reason, bool incomparable = false) {
    loading_ = false;
    if (path == context_.projectPath() && study == context_.selection().study()) {
      take(std::move(comparison), reason, incomparable);
    } else {
      again_ = true;
    }
    if (std::exchange(again_, false)) load();
  };
  inBackground(
      this, [path = context_.storePath(), study] { return loadComparison(path, study); },
      [ended](ComparisonPtr comparison) { ended(std::move(comparison), {}); },
      [ended](const Failure& failure) {
        ended(nullptr, failure.message + QLatin1Char('\n') + failure.hint, failure.incomparable);
      });
}

void ComparisonLoader::requestClaims() {
  if (comparison_ == nullptr || claimsOf_ == comparison_) return;
  claimsOf_ = comparison_;
  inBackground(
      this,
      [path = context_.storePath(), wanted = comparison_] {
        Store store(path, OpenMode::kReadOnly);
        return claimBoard(store, wanted->comparison, wanted->runs);
      },
      [this, wanted = comparison_](std::vector<Claim> claims) {
        if (claimsOf_ != wanted) return;
        claims_ = std::move(claims);
        Q_EMIT claimsChanged();
      },
      [](const Failure&) {});  // the comparison itself says what is wrong
}

void ComparisonLoader::take(ComparisonPtr comparison, const QString& reason, bool incomparable) {
  comparison_ = std::move(comparison);
  reason_ = reason;
  incomparable_ = incomparable;
  Q_EMIT changed();
}

}  // namespace attune

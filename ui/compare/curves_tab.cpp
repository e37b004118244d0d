#include "ui/compare/curves_tab.h"

#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/context.h"
#include "ui/study_place.h"
#include "ui/text.h"
#include "ui/widget/curve_plot.h"

namespace attune {

namespace {

// Of a long series every n-th point, the last one always: what a plot can show.
constexpr std::size_t kMaxPoints = 1000;

PlotCurve lossCurve(const QString& title, int slot, const std::vector<RunStep>& steps) {
  PlotCurve curve{title, slot, {}, {}};
  const std::size_t stride = std::max<std::size_t>(1, steps.size() / kMaxPoints);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i % stride != 0 && i + 1 != steps.size()) continue;
    curve.x.push_back(static_cast<double>(steps[i].step));
    curve.y.push_back(steps[i].loss);
  }
  return curve;
}

}  // namespace

CurvesTab::CurvesTab(Context& context, QWidget* parent) : QWidget(parent), context_(context) {
  validation_ = new CurvePlot(tr("Validation accuracy while training"), tr("right on validation, %"));
  validation_->setPercent(true);
  loss_ = new CurvePlot(tr("Training loss"), tr("loss of a step, nats"));
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->addWidget(validation_);
  splitter->addWidget(loss_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(splitter);
  delay_.setSingleShot(true);
  delay_.setInterval(300);
  connect(&delay_, &QTimer::timeout, this, [this] {
    if (isVisible()) refresh();
  });
  connect(&context.live(), &LiveRuns::changed, this, [this] {
    if (isVisible() && !delay_.isActive()) delay_.start();
  });
  connect(&context, &Context::viewChanged, this, [this] {
    if (isVisible()) loadLoss();
  });
}

void CurvesTab::setComparison(const ComparisonPtr& comparison) {
  comparison_ = comparison;
  if (isVisible()) loadLoss();
}

QWidget* CurvesTab::firstFocus() const { return validation_; }

void CurvesTab::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  loadLoss();
}

void CurvesTab::loadLoss() {
  refresh();
  if (loading_ || !context_.hasProject()) return;
  const StudyId study = context_.view().runsOf;
  std::vector<RunId> wanted;
  for (const Run& run : context_.view().runs) {
    if (isEnded(run.state) && (stepsOf_ != study || !storedSteps_.contains(run.id))) wanted.push_back(run.id);
  }
  if (wanted.empty()) return;
  loading_ = true;
  attune::inBackground(
      this,
      [path = context_.storePath(), wanted] {
        Store store(path, OpenMode::kReadOnly);
        std::map<RunId, std::vector<RunStep>> steps;
        for (const RunId id : wanted) steps[id] = store.steps(id);
        return steps;
      },
      [this, study](std::map<RunId, std::vector<RunStep>> steps) {
        loading_ = false;
        if (stepsOf_ != study) storedSteps_.clear();
        stepsOf_ = study;
        storedSteps_.merge(std::move(steps));
        refresh();
      },
      [this](const Failure&) { loading_ = false; });
}

void CurvesTab::refresh() {
  const Study* study = context_.study(context_.view().runsOf);
  std::vector<PlotCurve> validation;
  std::vector<PlotCurve> loss;
  if (study != nullptr) {
    for (const Run& run : context_.view().runs) {
      const auto place = placeInStudy(*study, run.spec);
      if (!place) continue;
      const QString title =
          tr("%1, seed %2").arg(toQt(study->methods[place->choice].title)).arg(run.spec.seed);
      const LiveRun* live = context_.live().find(run.id);
      const auto stored = storedSteps_.find(run.id);
      if (live != nullptr && live->steps.size() > 1) {
        loss.push_back(lossCurve(title, place->slot, live->steps));
      } else if (stored != storedSteps_.end() && stored->second.size() > 1) {
        loss.push_back(lossCurve(title, place->slot, stored->second));
      }
      PlotCurve curve{title, place->slot, {}, {}};
      if (live != nullptr && !live->curve.empty()) {
        for (const RunScored& scored : live->curve) {
          const auto accuracy = scored.scores.find("accuracy");
          if (accuracy == scored.scores.end()) continue;
          curve.x.push_back(static_cast<double>(scored.step));
          curve.y.push_back(accuracy->second);
        }
      } else if (comparison_) {
        for (const Curve& known : comparison_->curves) {
          if (known.slot == place->slot && known.seed == run.spec.seed) {
            curve.x = known.x;
            curve.y = known.y;
          }
        }
      }
      if (!curve.x.empty()) validation.push_back(std::move(curve));
    }
  }
  validation_->setCurves(std::move(validation));
  loss_->setCurves(std::move(loss));
}

}  // namespace attune

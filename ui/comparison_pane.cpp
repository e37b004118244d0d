#include "ui/comparison_pane.h"

#include <QAccessible>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/compare/claims_tab.h"
#include "ui/compare/confusion_tab.h"
#include "ui/compare/cost_tab.h"
#include "ui/compare/curves_tab.h"
#include "ui/compare/examples_tab.h"
#include "ui/compare/settings_tab.h"
#include "ui/compare/slices_tab.h"
#include "ui/compare/summary_tab.h"
#include "ui/context.h"
#include "ui/text.h"
#include "ui/widget/combo_items.h"
#include "ui/widget/empty_state.h"
#include "ui/widget/verdict_card.h"

namespace attune {

ComparisonPane::ComparisonPane(Context& context, ComparisonLoader& loader, const Actions& actions,
                               QWidget* parent)
    : QWidget(parent), context_(context), loader_(loader) {
  setObjectName(QStringLiteral("comparePane"));
  verdict_ = new VerdictCard;
  baseline_ = new QComboBox;
  baseline_->setAccessibleName(tr("Baseline: the method that others are compared with"));
  baseline_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  summary_ = new SummaryTab;
  curves_ = new CurvesTab(context);
  examples_ = new ExamplesTab(actions);
  settings_ = new SettingsTab;
  cost_ = new CostTab;
  confusion_ = new ConfusionTab;
  slices_ = new SlicesTab;
  claims_ = new ClaimsTab;
  tabs_ = new QTabWidget;
  tabs_->setDocumentMode(true);
  tabs_->tabBar()->setAccessibleName(tr("Views of the comparison"));
  tabs_->addTab(summary_, tr("Summary"));
  tabs_->addTab(curves_, tr("Curves"));
  tabs_->addTab(examples_, tr("Examples"));
  tabs_->addTab(settings_, tr("Settings"));
  tabs_->addTab(cost_, tr("Cost"));
  tabs_->addTab(confusion_, tr("Confusion"));
  tabs_->addTab(slices_, tr("Slices"));
  tabs_->addTab(claims_, tr("Claims"));
  auto* corner = new QWidget;
  auto* row = new QHBoxLayout(corner);
  row->setContentsMargins(0, 0, 0, 2);
  auto* label = new QLabel(tr("Baseline:"));
  label->setBuddy(baseline_);
  row->addWidget(label);
  row->addWidget(baseline_);
  tabs_->setCornerWidget(corner);

  auto* content = new QWidget;
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(8, 6, 8, 6);
  column->addWidget(verdict_);
  column->addWidget(tabs_, 1);
  empty_ = new EmptyState({}, actions.get(Command::kCompareMethods));
  stack_ = new QStackedWidget;
  stack_->addWidget(empty_);
  stack_->addWidget(content);
  incomparable_ = new EmptyState({}, actions.get(Command::kMakeComparable));
  stack_->addWidget(incomparable_);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(stack_);
  setMinimumWidth(420);

  connect(&loader, &ComparisonLoader::changed, this, &ComparisonPane::refresh);
  connect(&loader, &ComparisonLoader::claimsChanged, this, [this] {
    if (loader_.comparison() != nullptr)
      claims_->setClaims(loader_.claims(), loader_.comparison()->comparison.study.id);
  });
  connect(tabs_, &QTabWidget::currentChanged, this, [this] {
    if (tabs_->currentWidget() == claims_) loader_.requestClaims();
  });
  connect(&context.selection(), &Selection::baselineChanged, this, &ComparisonPane::refresh);
  connect(baseline_, &QComboBox::activated, this,
          [this](int index) { context_.selection().setBaseline(baseline_->itemText(index)); });
  connect(examples_, &ExamplesTab::marked, this, [this](qint64 example, const ExampleMark& mark) {
    if (loader_.comparison() == nullptr) return;
    context_.withStore(
        this,
        [dataset = loader_.comparison()->comparison.study.dataset, example, mark](Store& store) {
          store.setMark(dataset, example, mark);
          return true;
        },
        [](bool) {});
  });
  connect(claims_, &ClaimsTab::studyRequested, this,
          [this](StudyId study) { context_.selection().setStudy(study); });
  connect(claims_, &ClaimsTab::experimentRequested, this, &ComparisonPane::experimentRequested);
  connect(summary_, &SummaryTab::baselineRequested, this,
          [this](const QString& title) { context_.selection().setBaseline(title); });
  refresh();
}

void ComparisonPane::refresh() {
  const ComparisonPtr& loaded = loader_.comparison();
  const bool shown = loaded != nullptr && !loaded->comparison.configurations.empty();
  stack_->setCurrentIndex(shown ? 1 : loader_.isIncomparable() ? 2 : 0);
  if (loader_.isIncomparable()) incomparable_->setText(loader_.reason());
  if (!shown) {
    empty_->setText(
        !loader_.reason().isEmpty()
            ? loader_.reason()
            : tr("No result yet. Compare methods: the first answers appear here while others still learn."));
    return;
  }
  const std::size_t baseline = loaded->baselineIndex(context_.selection().baseline());
  const QString before = verdict_->text();
  verdict_->setComparison(loaded->comparison);
  fillBaselines(baseline);
  summary_->setComparison(loaded, baseline);
  curves_->setComparison(loaded);
  examples_->setComparison(loaded, baseline);
  settings_->setComparison(loaded);
  cost_->setComparison(loaded);
  confusion_->setComparison(loaded, baseline);
  slices_->setComparison(loaded);
  if (claims_->isVisible()) loader_.requestClaims();
  if (loaded->comparison.complete && before != verdict_->text()) {
    QAccessibleEvent event(verdict_, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
  }
}

void ComparisonPane::fillBaselines(std::size_t baseline) {
  const auto& all = loader_.comparison()->comparison.configurations;
  QStringList titles;
  for (const Configuration& configuration : all) titles.append(toQt(configuration.title));
  setComboItems(*baseline_, titles, {}, static_cast<int>(baseline));
}

QWidget* ComparisonPane::firstFocus() const {
  return stack_->currentIndex() == 0 ? static_cast<QWidget*>(empty_) : verdict_;
}

void ComparisonPane::focusSearch() {
  tabs_->setCurrentWidget(examples_);
  examples_->focusSearch();
}

void ComparisonPane::toggleWhy() { verdict_->setWhyShown(!verdict_->isWhyShown()); }

void ComparisonPane::showTab(int tab) {
  tabs_->setCurrentIndex(tab);
  QWidget* target = nullptr;
  if (tab == 0) target = summary_->firstFocus();
  if (tab == 1) target = curves_->firstFocus();
  if (tab == 2) target = examples_->firstFocus();
  if (tab == 3) target = settings_->firstFocus();
  if (tab == 4) target = cost_->firstFocus();
  if (tab == 5) target = confusion_->firstFocus();
  if (tab == 6) target = slices_->firstFocus();
  if (tab == 7) target = claims_->firstFocus();
  if (target != nullptr) target->setFocus(Qt::ShortcutFocusReason);
}

QString ComparisonPane::selectedMethod() const { return summary_->selectedMethod(); }

}  // namespace attune

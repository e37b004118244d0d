#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

class QComboBox;
class QStackedWidget;
class QTabWidget;

namespace attune {

class Actions;
class Context;
class ClaimsTab;
class ConfusionTab;
class CostTab;
class CurvesTab;
class EmptyState;
class ExamplesTab;
class SettingsTab;
class SlicesTab;
class SummaryTab;
class VerdictCard;

// The Compare pane: the verdict on top, below it the same comparison seen in several ways.
class ComparisonPane : public QWidget {
  Q_OBJECT

 public:
  ComparisonPane(Context& context, ComparisonLoader& loader, const Actions& actions,
                 QWidget* parent = nullptr);

  QWidget* firstFocus() const;
  void focusSearch();
  void toggleWhy();
  void showTab(int tab);
  QString selectedMethod() const;

 Q_SIGNALS:
  void experimentRequested(const QString& name);  // a claim that has not been measured

 private:
  void refresh();
  void fillBaselines(std::size_t baseline);

  Context& context_;
  ComparisonLoader& loader_;
  QStackedWidget* stack_;
  EmptyState* empty_;
  EmptyState* incomparable_;
  VerdictCard* verdict_;
  QComboBox* baseline_;
  QTabWidget* tabs_;
  SummaryTab* summary_;
  CurvesTab* curves_;
  ExamplesTab* examples_;
  SettingsTab* settings_;
  ConfusionTab* confusion_;
  SlicesTab* slices_;
  ClaimsTab* claims_;
  CostTab* cost_;
};

}  // namespace attune

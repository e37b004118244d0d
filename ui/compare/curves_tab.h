#pragma once

#include <QTimer>
#include <QWidget>
#include <map>
#include <vector>

#include "ui/comparison_loader.h"

namespace attune {

class Context;
class CurvePlot;

// Validation accuracy and training loss over the steps; those of working runs grow as they learn.
class CurvesTab : public QWidget {
  Q_OBJECT

 public:
  explicit CurvesTab(Context& context, QWidget* parent = nullptr);

  void setComparison(const ComparisonPtr& comparison);
  QWidget* firstFocus() const;

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void refresh();
  void loadLoss();

  Context& context_;
  ComparisonPtr comparison_;
  std::map<RunId, std::vector<RunStep>> storedSteps_;
  StudyId stepsOf_;
  bool loading_ = false;
  QTimer delay_;
  CurvePlot* validation_;
  CurvePlot* loss_;
};

}  // namespace attune

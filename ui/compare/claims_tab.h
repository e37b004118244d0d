#pragma once

#include <QWidget>

#include "ui/comparison_loader.h"

class QVBoxLayout;

namespace attune {

// What the usual article says of fine-tuning and prompts, a card a claim, held against the study's runs and
// the experiments on the same data and base.
class ClaimsTab : public QWidget {
  Q_OBJECT

 public:
  explicit ClaimsTab(QWidget* parent = nullptr);

  void setClaims(const std::vector<Claim>& claims, StudyId shown);
  QWidget* firstFocus() const;

 Q_SIGNALS:
  void experimentRequested(const QString& name);
  void studyRequested(attune::StudyId study);

 private:
  QWidget* card(const Claim& claim, StudyId shown);

  QWidget* cards_;
  QVBoxLayout* column_;
  QWidget* first_ = nullptr;
};

}  // namespace attune

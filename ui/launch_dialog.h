#pragma once

#include <QDialog>
#include <QTimer>
#include <map>
#include <memory>
#include <set>

#include "core/data/dataset.h"
#include "core/run/estimate.h"
#include "core/run/make_study.h"

class QButtonGroup;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QScrollArea;
class QSpinBox;

namespace attune {

class Context;
class DataTable;
class MethodTableModel;
class ParamForm;
class PromptPreview;

// "Compare methods on …", or measure a claim about them: which methods, how thorough, with which settings,
// and what it will need. Enter starts.
class LaunchDialog : public QDialog {
  Q_OBJECT

 public:
  LaunchDialog(Context& context, const DatasetRecord& dataset, QWidget* parent = nullptr);
  ~LaunchDialog() override;

  // Complete once isReady(): one study, or those of the experiment; none where it cannot be done.
  std::vector<Study> studies() const;
  bool isReady() const;

  // A named experiment with the methods that it is usually done with; empty: an ordinary comparison.
  void setExperiment(const std::string& name);

  void setPreset(const std::string& preset);

 Q_SIGNALS:
  void ready();  // base and data are known: Start can be pressed

 private:
  QWidget* buildTop();
  QWidget* buildSettings();
  void loadBase(const std::string& name, const std::string& folder);
  void chooseBase();
  void listBases();  // those that the user has made known
  void showMethod(int row);
  void showAgain();
  void choiceChanged();
  void estimate();
  void showEstimate(const StudyEstimate& estimate);
  // Does the first steps of the chosen methods, one after the other, where that was not done yet.
  void measureNext();
  StudyRequest request() const;
  std::string preset() const;
  std::string experiment() const;
  QString refusal() const;  // why base or data rule the experiment out; empty: they do not
  QWidget* buildQuestion();
  void updateStart();

  Context& context_;
  DatasetRecord record_;
  std::shared_ptr<const Dataset> dataset_;
  ModelInfo base_;
  std::string baseName_;
  double gflops_ = 0;
  std::map<std::string, Measured> measured_;  // by costKey
  std::set<std::string> notMeasurable_;
  bool measuring_ = false;
  bool fits_ = true;  // into memory and disk
  std::shared_ptr<StopToken> stopMeasuring_ = std::make_shared<StopToken>();
  int generation_ = 0;
  QTimer estimateDelay_;
  int shownRow_ = -1;

  QComboBox* experiments_;
  QLabel* claim_;
  QComboBox* bases_;
  QLabel* baseState_;
  QButtonGroup* presets_;
  QSpinBox* seeds_;
  QSpinBox* rows_;
  QSpinBox* rates_;
  QDoubleSpinBox* gap_;
  DataTable* table_;
  MethodTableModel* model_;
  QLabel* settingsTitle_;
  QLabel* summary_;
  QScrollArea* scroll_;
  ParamForm* form_ = nullptr;
  PromptPreview* preview_;
  QPushButton* expert_;
  QPushButton* reset_;
  QLabel* power_;
  QLabel* needs_;
  QPushButton* start_;
};

}  // namespace attune

#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

#include "core/base/id.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QStackedWidget;
class QTabWidget;

namespace attune {

class Actions;
class CellTableModel;
class Context;
class DataTable;
class DatasetFilter;
class DatasetTableModel;
struct DatasetRecord;
class LabelBars;

// The Data pane: which dataset, its splits, its rows with search, its labels, and what the checks found.
class DatasetPane : public QWidget {
  Q_OBJECT

 public:
  DatasetPane(Context& context, const Actions& actions, QWidget* parent = nullptr);

  void focusSearch();

 private:
  QWidget* buildRows();
  QWidget* buildChecks();
  void refreshDatasets();
  void showDataset();
  void showChecks(const DatasetRecord& record);
  void showCounts();
  void showFindingRows(int finding);

  Context& context_;
  QComboBox* datasets_;
  QLabel* summary_;
  QTabWidget* tabs_;
  QComboBox* splits_;
  QComboBox* labels_;
  QLineEdit* search_;
  QLabel* shown_;
  DataTable* table_;
  DataTable* checks_;
  LabelBars* bars_;
  DatasetTableModel* model_;
  DatasetFilter* filter_;
  CellTableModel* findings_;
  QStackedWidget* stack_;
  QTimer searchDelay_;
  std::vector<std::vector<std::int64_t>> findingLines_;
  DatasetId shownId_;
};

}  // namespace attune

#pragma once

#include <QDialog>
#include <QTimer>
#include <memory>

#include "core/data/import.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QTabWidget;

namespace attune {

class CellTableModel;
class Context;
class DataTable;

// A file on its way in: the first rows, three questions with guessed answers, and every finding before
// anything is stored. Reading and checking happen in the background.
class ImportDialog : public QDialog {
  Q_OBJECT

 public:
  ImportDialog(Context& context, const QString& file, QWidget* parent = nullptr);

  bool isReady() const { return imported_ != nullptr; }
  const std::shared_ptr<const ImportedDataset>& imported() const { return imported_; }
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  ImportOptions options() const;

 private:
  QWidget* buildPreview();
  QWidget* buildQuestions();
  QWidget* buildDetails();
  QWidget* buildSplit();
  void readFile();
  void showTable(Result<Table> table);
  void check();
  void showChecked(Result<ImportedDataset> checked);
  void chooseFile(QLineEdit* field);
  void say(const QString& text, bool problem);

  Context& context_;
  QString file_;
  std::shared_ptr<const Table> table_;
  std::shared_ptr<const ImportedDataset> imported_;
  std::vector<Diagnostic> readDiagnostics_;
  std::vector<Diagnostic> diagnostics_;
  int generation_ = 0;  // results of older questions are dropped
  bool filling_ = false;
  QTimer checkDelay_;

  QLabel* status_;
  DataTable* preview_;
  CellTableModel* previewModel_;
  CellTableModel* findings_;
  QTabWidget* tabs_;
  QComboBox* textColumn_;
  QComboBox* labelColumn_;
  QComboBox* task_;
  QLineEdit* name_;
  QComboBox* delimiter_;
  QComboBox* encoding_;
  QComboBox* header_;
  QSpinBox* train_;
  QSpinBox* validation_;
  QLabel* testShare_;
  QLineEdit* validationFile_;
  QLineEdit* testFile_;
  QPushButton* import_;
};

}  // namespace attune

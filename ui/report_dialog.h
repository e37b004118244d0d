#pragma once

#include <QDialog>
#include <map>
#include <string>
#include <vector>

#include "core/report/report.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace attune {

class Context;

struct ExportChoice {
  QString folder;
  std::vector<std::string> formats;  // of core: "html", "md", "csv", "json"
  bool pdf = false;
  std::vector<std::string> plots;  // "svg", "png", "pdf"
  ReportOptions options;
};
// Writes all that was chosen; any thread.
std::vector<WrittenFile> writeAll(Store& store, StudyId study, const ExportChoice& choice);

// "Export report…": which formats, where to, texts or not. Written in the background.
class ReportDialog : public QDialog {
  Q_OBJECT

 public:
  ReportDialog(Context& context, StudyId study, const QString& folder, QWidget* parent = nullptr);

  ExportChoice choice() const;

 Q_SIGNALS:
  void written(const QString& folder, int files);

 private:
  void updateButton();
  void write();

  Context& context_;
  StudyId study_;
  std::map<std::string, QCheckBox*> boxes_;
  QLineEdit* folder_;
  QCheckBox* anonymise_;
  QCheckBox* openAfter_;
  QLabel* state_;
  QPushButton* export_;
};

}  // namespace attune

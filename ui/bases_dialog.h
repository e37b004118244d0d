#pragma once

#include <QDialog>
#include <memory>
#include <vector>

#include "core/hub/hub.h"
#include "core/run/base_library.h"
#include "ui/background.h"

class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;

namespace attune {

class CellTableModel;
class DataTable;

// The Base models page: what is known, what each needs on this computer, and how to get more: a folder or
// GGUF file by button or drop, a download from the Hub.
class BasesDialog : public QDialog {
  Q_OBJECT

 public:
  explicit BasesDialog(BaseLibrary library, QWidget* parent = nullptr);
  ~BasesDialog() override;

  void add(const QString& path);       // a model folder or GGUF file
  void download(const QString& repo);  // "ORG/NAME"; lists first, then asks
  static bool canTake(const QString& path);

 Q_SIGNALS:
  void changed();  // the list of known bases

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void reject() override;

 private:
  struct Row {
    BaseDetails details;
    MemoryNeeds memory;
  };

  QWidget* buildHub();
  void refresh();
  void showRows(std::vector<Row> rows);
  void showDetail();
  void remove();
  void listed(const HubListing& listing);
  void fetch(const HubListing& listing);
  void say(const QString& text, bool isProblem);
  void failed(const Failure& failure);
  void setBusy(bool busy);
  const Row* selected() const;

  BaseLibrary library_;
  std::vector<Row> rows_;
  CellTableModel* model_;
  DataTable* table_;
  QLabel* detail_;
  QLabel* message_;
  QPushButton* remove_;
  QLineEdit* repo_;
  QPushButton* get_;
  QPushButton* stop_;
  QProgressBar* progress_;
  std::shared_ptr<StopToken> stopping_;  // of the download under way; else null
  QString selectNext_;
};

}  // namespace attune

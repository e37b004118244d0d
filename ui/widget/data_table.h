#pragma once

#include <QString>
#include <QTableView>

#include "core/report/report.h"

class QMimeData;

namespace attune {

// A table of data as it should be everywhere: whole rows, Tab leaves it, its selection can be copied, and
// when it is empty it says why.
class DataTable : public QTableView {
  Q_OBJECT

 public:
  explicit DataTable(const QString& accessibleName, QWidget* parent = nullptr);

  // Shown in the middle while there are no rows.
  void setEmptyText(const QString& text);
  // The selected rows (all without a selection) and the columns in the order shown, without a caption.
  ReportTable selectedTable() const;
  // The same with headers, as tab-separated text and as HTML. New; the caller owns it.
  QMimeData* copySelection() const;
  // Column widths by content once, at most `maximum` pixels each.
  void fitColumns(int maximum = 360);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString emptyText_;
};

}  // namespace attune

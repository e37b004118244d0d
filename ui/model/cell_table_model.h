#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <QStringList>
#include <QVariant>
#include <vector>

namespace attune {

enum class Tone { kPlain, kQuiet, kGood, kBad, kWarning };

// One cell as it is shown. Missing values have the text "–" and an invalid `sort`, and say why in `tip`.
struct Cell {
  QString text;
  QVariant sort;  // number or text to sort by; invalid: always last
  QString tip;
  Tone tone = Tone::kPlain;
  int slot = -1;     // marker in front; -1: none
  double heat = -1;  // 0–1: how strongly the background is coloured; below 0: not at all
};
struct CellRow {
  QString key;  // stays the same when the table is made again: selection follows it
  std::vector<Cell> cells;
};
struct CellTable {
  QStringList columns;
  std::vector<bool> numeric;  // right-aligned
  std::vector<CellRow> rows;
};

Cell textCell(const QString& text);
Cell numberCell(const QString& text, double value);
Cell missingCell(const QString& why);

// Shows a CellTable. setTable keeps what is selected: rows are compared by their keys.
class CellTableModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Role { kSortRole = Qt::UserRole, kKeyRole, kSlotRole };

  explicit CellTableModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void setTable(CellTable table);
  const CellTable& table() const { return table_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  CellTable table_;
};

}  // namespace attune

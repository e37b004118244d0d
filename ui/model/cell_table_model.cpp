#include "ui/model/cell_table_model.h"

#include <QGuiApplication>
#include <QIcon>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSet>

#include "ui/text.h"
#include "ui/theme.h"

namespace attune {

namespace {

QPixmap markerPixmap(int slot, const QPalette& palette) {
  constexpr int kPixels = 28;
  QPixmap pixmap(kPixels, kPixels);
  pixmap.setDevicePixelRatio(2);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  drawSlotMarker(painter, slot, QPointF(kPixels / 4.0, kPixels / 4.0), 10, slotColor(slot, palette));
  return pixmap;
}

QVariant toneColor(Tone tone, const ThemeColors& colors) {
  switch (tone) {
    case Tone::kQuiet:
      return colors.quiet;
    case Tone::kGood:
      return colors.good;
    case Tone::kBad:
      return colors.bad;
    case Tone::kWarning:
      return colors.warning;
    case Tone::kPlain:
      break;
  }
  return {};
}

}  // namespace

Cell textCell(const QString& text) {
  Cell cell;
  cell.text = text;
  cell.sort = text;
  return cell;
}

Cell numberCell(const QString& text, double value) {
  Cell cell;
  cell.text = text;
  cell.sort = value;
  return cell;
}

Cell missingCell(const QString& why) {
  Cell cell;
  cell.text = QStringLiteral("–");
  cell.tip = why;
  cell.tone = Tone::kQuiet;
  return cell;
}

void CellTableModel::setTable(CellTable table) {
  bool reset = table.columns != table_.columns;
  if (!reset) {
    QSet<QString> wanted;
    for (const CellRow& row : table.rows) wanted.insert(row.key);
    for (int i = static_cast<int>(table_.rows.size()) - 1; i >= 0; --i) {
      if (wanted.contains(table_.rows[static_cast<std::size_t>(i)].key)) continue;
      beginRemoveRows({}, i, i);
      table_.rows.erase(table_.rows.begin() + i);
      endRemoveRows();
    }
    QSet<QString> present;
    for (const CellRow& row : table_.rows) present.insert(row.key);
    for (std::size_t i = 0; i < table.rows.size() && !reset; ++i) {
      if (i < table_.rows.size() && table_.rows[i].key == table.rows[i].key) continue;
      if (present.contains(table.rows[i].key)) {
        reset = true;  // the order has changed
      } else {
        const int place = static_cast<int>(i);
        beginInsertRows({}, place, place);
        table_.rows.insert(table_.rows.begin() + place, table.rows[i]);
        endInsertRows();
      }
    }
  }
  if (reset) {
    beginResetModel();
    table_ = std::move(table);
    endResetModel();
    return;
  }
  table_ = std::move(table);
  if (!table_.rows.empty() && !table_.columns.isEmpty()) {
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
  }
}

int CellTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.rows.size());
}

int CellTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.columns.size());
}

QVariant CellTableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const CellRow& row = table_.rows[static_cast<std::size_t>(index.row())];
  const auto column = static_cast<std::size_t>(index.column());
  if (role == kKeyRole) return row.key;
  if (column >= row.cells.size()) return {};
  const Cell& cell = row.cells[column];
  switch (role) {
    case Qt::DisplayRole:
      return cell.text;
    case kSortRole:
      return cell.sort;
    case kSlotRole:
      return cell.slot;
    case Qt::ToolTipRole:
      return cell.tip.isEmpty() ? QVariant() : QVariant(plainToolTip(cell.tip));
    case Qt::TextAlignmentRole: {
      const bool right = column < table_.numeric.size() && table_.numeric[column];
      return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    case Qt::ForegroundRole:
      return toneColor(cell.tone, themeColors(QGuiApplication::palette()));
    case Qt::BackgroundRole: {
      if (cell.heat < 0) return {};
      constexpr double kMost = 110;  // of 255: the text stays easy to read
      QColor color = QGuiApplication::palette().color(QPalette::Active, QPalette::Highlight);
      color.setAlpha(static_cast<int>(kMost * cell.heat));
      return color;
    }
    case Qt::DecorationRole:
      return cell.slot < 0 ? QVariant() : QVariant(markerPixmap(cell.slot, QGuiApplication::palette()));
    default:
      return {};
  }
}

QVariant CellTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= table_.columns.size()) return {};
  if (role == Qt::DisplayRole) return table_.columns[section];
  if (role == Qt::TextAlignmentRole) {
    const auto column = static_cast<std::size_t>(section);
    const bool right = column < table_.numeric.size() && table_.numeric[column];
    return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
  }
  return {};
}

}  // namespace attune

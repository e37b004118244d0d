#include "ui/widget/data_table.h"

#include <QHeaderView>
#include <QMimeData>
#include <QPainter>
#include <algorithm>
#include <set>

namespace attune {

DataTable::DataTable(const QString& accessibleName, QWidget* parent) : QTableView(parent) {
  setAccessibleName(accessibleName);
  setTabKeyNavigation(false);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setAlternatingRowColors(true);
  setShowGrid(false);
  setWordWrap(false);
  setTextElideMode(Qt::ElideRight);
  setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 9);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setSectionsMovable(true);
  horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
}

void DataTable::setEmptyText(const QString& text) {
  emptyText_ = text;
  setAccessibleDescription(text);
  viewport()->update();
}

QMimeData* DataTable::copySelection() const {
  auto* mime = new QMimeData;
  if (model() == nullptr) return mime;
  std::set<int> rows;
  if (selectionModel() != nullptr) {
    for (const QModelIndex& index : selectionModel()->selectedRows()) rows.insert(index.row());
  }
  if (rows.empty()) {
    for (int row = 0; row < model()->rowCount(); ++row) rows.insert(row);
  }
  QString text;
  QString html = QStringLiteral("<table>");
  const auto addRow = [&](auto&& cell, const QString& tag) {
    QStringList parts;
    html += QStringLiteral("<tr>");
    for (int visual = 0; visual < model()->columnCount(); ++visual) {
      const int column = horizontalHeader()->logicalIndex(visual);
      if (isColumnHidden(column)) continue;
      QString value = cell(column);
      html += QStringLiteral("<%1>%2</%1>").arg(tag, value.toHtmlEscaped());
      value.replace(QLatin1Char('\t'), QLatin1Char(' ')).replace(QLatin1Char('\n'), QLatin1Char(' '));
      parts.append(value);
    }
    html += QStringLiteral("</tr>");
    text += parts.join(QLatin1Char('\t')) + QLatin1Char('\n');
  };
  addRow([this](int column) { return model()->headerData(column, Qt::Horizontal).toString(); },
         QStringLiteral("th"));
  for (const int row : rows) {
    addRow([this, row](int column) { return model()->index(row, column).data().toString(); },
           QStringLiteral("td"));
  }
  mime->setText(text);
  mime->setHtml(html + QStringLiteral("</table>"));
  return mime;
}

void DataTable::fitColumns(int maximum) {
  if (model() == nullptr) return;
  resizeColumnsToContents();
  for (int column = 0; column < model()->columnCount(); ++column) {
    setColumnWidth(column, std::min(maximum, columnWidth(column) + 10));
  }
}

void DataTable::paintEvent(QPaintEvent* event) {
  QTableView::paintEvent(event);
  if (emptyText_.isEmpty() || (model() != nullptr && model()->rowCount() > 0)) return;
  QPainter painter(viewport());
  painter.setPen(palette().color(QPalette::PlaceholderText));
  painter.drawText(viewport()->rect().adjusted(16, 16, -16, -16), Qt::AlignCenter | Qt::TextWordWrap,
                   emptyText_);
}

}  // namespace attune

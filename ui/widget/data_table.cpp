#include "ui/widget/data_table.h"

#include <QHeaderView>
#include <QMimeData>
#include <QPainter>
#include <algorithm>
#include <set>

#include "ui/text.h"

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

ReportTable DataTable::selectedTable() const {
  ReportTable table;
  if (model() == nullptr) return table;
  std::set<int> rows;
  if (selectionModel() != nullptr) {
    for (const QModelIndex& index : selectionModel()->selectedRows()) rows.insert(index.row());
  }
  if (rows.empty()) {
    for (int row = 0; row < model()->rowCount(); ++row) rows.insert(row);
  }
  std::vector<int> columns;
  for (int visual = 0; visual < model()->columnCount(); ++visual) {
    const int column = horizontalHeader()->logicalIndex(visual);
    if (!isColumnHidden(column)) columns.push_back(column);
  }
  for (const int column : columns) {
    table.columns.push_back(fromQt(model()->headerData(column, Qt::Horizontal).toString()));
    const QVariant alignment =
        rows.empty() ? QVariant() : model()->index(*rows.begin(), column).data(Qt::TextAlignmentRole);
    table.numeric.push_back((alignment.toInt() & Qt::AlignRight) != 0);
  }
  for (const int row : rows) {
    auto& cells = table.rows.emplace_back();
    for (const int column : columns) cells.push_back(fromQt(model()->index(row, column).data().toString()));
  }
  return table;
}

QMimeData* DataTable::copySelection() const {
  auto* mime = new QMimeData;
  const ReportTable table = selectedTable();
  QString text;
  QString html = QStringLiteral("<table>");
  const auto addRow = [&](const std::vector<std::string>& cells, const QString& tag) {
    QStringList parts;
    html += QStringLiteral("<tr>");
    for (const std::string& cell : cells) {
      QString value = toQt(cell);
      html += QStringLiteral("<%1>%2</%1>").arg(tag, value.toHtmlEscaped());
      value.replace(QLatin1Char('\t'), QLatin1Char(' ')).replace(QLatin1Char('\n'), QLatin1Char(' '));
      parts.append(value);
    }
    html += QStringLiteral("</tr>");
    text += parts.join(QLatin1Char('\t')) + QLatin1Char('\n');
  };
  addRow(table.columns, QStringLiteral("th"));
  for (const auto& row : table.rows) addRow(row, QStringLiteral("td"));
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

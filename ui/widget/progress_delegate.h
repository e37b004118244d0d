#pragma once

#include <QStyledItemDelegate>

namespace attune {

// Draws ActivityTableModel's progress as a bar with its text.
class ProgressDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace attune

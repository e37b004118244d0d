#include "ui/widget/progress_delegate.h"

#include <QApplication>
#include <QStyle>
#include <QStyleOptionProgressBar>

#include "ui/model/activity_table_model.h"

namespace attune {

void ProgressDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                             const QModelIndex& index) const {
  const double progress = index.data(ActivityTableModel::kProgressRole).toDouble();
  if (progress < 0) {
    QStyledItemDelegate::paint(painter, option, index);
    return;
  }
  QStyleOptionProgressBar bar;
  bar.rect = option.rect.adjusted(2, 3, -2, -3);
  bar.minimum = 0;
  bar.maximum = 1000;
  bar.progress = static_cast<int>(progress * 1000);
  bar.text = index.data().toString();
  bar.textVisible = true;
  bar.textAlignment = Qt::AlignCenter;
  bar.state = option.state | QStyle::State_Horizontal | QStyle::State_Enabled;
  bar.palette = option.palette;
  bar.fontMetrics = option.fontMetrics;
  bar.direction = option.direction;
  QApplication::style()->drawControl(QStyle::CE_ProgressBar, &bar, painter, option.widget);
}

}  // namespace attune

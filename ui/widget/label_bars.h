#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

namespace attune {

// How often each label occurs, as horizontal bars that start at 0.
class LabelBars : public QWidget {
  Q_OBJECT

 public:
  explicit LabelBars(QWidget* parent = nullptr);

  void setCounts(const QStringList& labels, const std::vector<qint64>& counts);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QStringList labels_;
  std::vector<qint64> counts_;
};

}  // namespace attune

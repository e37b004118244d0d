#pragma once

#include <QAbstractTableModel>
#include <QList>
#include <QSet>
#include <QSortFilterProxyModel>
#include <QStringList>
#include <memory>
#include <vector>

#include "core/study/dataset_record.h"

namespace attune {

using ExamplesPtr = std::shared_ptr<const std::vector<StoredExample>>;

// The rows of a dataset: number, text, label, split.
class DatasetTableModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kRow, kText, kLabel, kSplit, kColumnCount };
  enum Role { kFoldedRole = Qt::UserRole, kLabelRole, kSplitRole, kLineRole, kSortRole };

  explicit DatasetTableModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void setExamples(ExamplesPtr examples, const std::vector<std::string>& labels);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  struct Row {
    QString text;
    QString folded;  // lower-case, one line: for the search
  };
  ExamplesPtr examples_;
  std::vector<Row> rows_;
  QStringList labels_;
};

// Search text, label and split together.
class DatasetFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  explicit DatasetFilter(QObject* parent = nullptr);

  void setSearch(const QString& text);
  void setLabel(int label);                   // -1: all
  void setSplit(const QString& split);        // empty: all
  void setLines(const QList<qint64>& lines);  // only rows of these source lines; empty: all

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  QString search_;
  int label_ = -1;
  QString split_;
  QSet<qint64> lines_;
};

}  // namespace attune

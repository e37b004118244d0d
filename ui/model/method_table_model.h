#pragma once

#include <QAbstractTableModel>
#include <map>
#include <string>
#include <vector>

#include "core/method/catalog.h"
#include "core/run/estimate.h"
#include "core/study/study.h"

namespace attune {

// The methods that can be compared, with a tick each, their settings and what a run will need.
class MethodTableModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kMethod, kSummary, kTrained, kTime, kColumnCount };

  explicit MethodTableModel(QObject* parent = nullptr);

  // Settings of the preset for the base's layout; those changed by hand stay.
  void setPreset(const std::string& preset);
  void setParams(int row, const ParamSet& params);
  const ParamSet& params(int row) const { return rows_[static_cast<std::size_t>(row)].params; }
  ParamSet presetOf(int row) const { return presetParams(info(row), preset_, layout_); }
  const MethodInfo& info(int row) const { return *rows_[static_cast<std::size_t>(row)].info; }
  void setEstimate(const StudyEstimate& estimate);
  // A method that a base of this layout does not allow for labels or free answers cannot be ticked; its row
  // says why.
  void setBase(Layout layout, bool freeAnswers);
  std::vector<MethodChoice> chosen() const;
  // Ticks these methods and no others; empty: all.
  void setChosen(const std::vector<std::string>& names);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 Q_SIGNALS:
  void choiceChanged();

 private:
  struct Row {
    const MethodInfo* info = nullptr;
    ParamSet params;
    bool checked = true;
    bool edited = false;
    QString refusal;  // empty: allowed
  };
  std::vector<Row> rows_;
  std::map<std::string, MethodEstimate> estimates_;
  std::string preset_ = "quick";
  Layout layout_ = Layout::kDecoder;
};

}  // namespace attune

#pragma once

#include <QWidget>
#include <functional>
#include <vector>

#include "core/base/param.h"

class QFormLayout;
class QLabel;

namespace attune {

// An editor for each ParamSpec, made from the specs alone. What cannot be read as a value is marked beside
// its field and is not taken over.
class ParamForm : public QWidget {
  Q_OBJECT

 public:
  ParamForm(std::vector<ParamSpec> specs, const ParamSet& values, QWidget* parent = nullptr);

  const ParamSet& values() const { return values_; }
  void setValues(const ParamSet& values);
  // True when every field holds a valid value.
  bool isValid() const;
  void setExpertVisible(bool visible);
  bool hasExpert() const;
  // The editing widget of a parameter; nullptr for an unknown name.
  QWidget* editor(const std::string& name) const;

 public Q_SLOTS:
  void resetToDefaults();

 Q_SIGNALS:
  void changed();

 private:
  struct Field {
    ParamSpec spec;
    QWidget* label = nullptr;
    QWidget* editor = nullptr;
    QLabel* note = nullptr;  // help, or what is wrong
    std::function<void(const ParamValue&)> write;
    bool valid = true;
  };

  void addField(const ParamSpec& spec);
  void take(std::size_t field, const std::string& text);
  void showHelp(Field& field);

  QFormLayout* layout_;
  std::vector<Field> fields_;
  ParamSet values_;
  ParamSet defaults_;
  bool writing_ = false;
};

}  // namespace attune

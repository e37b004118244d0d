#include "ui/widget/param_form.h"

#include <QAbstractItemView>
#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/error.h"
#include "ui/text.h"
#include "ui/theme.h"

namespace attune {

namespace {

QString rangeText(const ParamSpec& spec) {
  const bool number = spec.type == ParamType::kInt || spec.type == ParamType::kDouble;
  const QString standard = toQt(formatParamValue(spec.defaultValue));
  if (!number || spec.min >= spec.max) {
    return standard.isEmpty() || standard.size() > 24 ? QString()
                                                      : ParamForm::tr("Default %1.").arg(standard);
  }
  const auto bound = [](double value) {
    return QString::number(value, 'g', 6);  // QString::number never uses the locale
  };
  return ParamForm::tr("Default %1, from %2 to %3.").arg(standard, bound(spec.min), bound(spec.max));
}

}  // namespace

ParamForm::ParamForm(std::vector<ParamSpec> specs, const ParamSet& values, QWidget* parent)
    : QWidget(parent), values_(values), defaults_(values) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  layout_ = new QFormLayout;
  outer->addLayout(layout_);
  outer->addStretch(1);
  layout_->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  layout_->setRowWrapPolicy(QFormLayout::WrapLongRows);
  layout_->setContentsMargins(0, 0, 6, 0);
  fields_.reserve(specs.size());
  for (const ParamSpec& spec : specs) addField(spec);
  setValues(values);
}

void ParamForm::addField(const ParamSpec& spec) {
  const std::size_t place = fields_.size();
  Field field;
  field.spec = spec;
  const QString title = toQt(spec.title.empty() ? spec.name : spec.title);
  switch (spec.type) {
    case ParamType::kBool: {
      auto* box = new QCheckBox;
      field.write = [box](const ParamValue& v) { box->setChecked(std::get<bool>(v)); };
      connect(box, &QCheckBox::toggled, this, [this, place](bool on) { take(place, on ? "true" : "false"); });
      field.editor = box;
      break;
    }
    case ParamType::kChoice: {
      auto* box = new QComboBox;
      for (const std::string& choice : spec.choices) box->addItem(toQt(choice));
      field.write = [box](const ParamValue& v) { box->setCurrentText(toQt(std::get<std::string>(v))); };
      connect(box, &QComboBox::currentTextChanged, this,
              [this, place](const QString& text) { take(place, fromQt(text)); });
      field.editor = box;
      break;
    }
    case ParamType::kText: {
      auto* edit = new QPlainTextEdit;
      edit->setTabChangesFocus(true);
      edit->setFixedHeight(edit->fontMetrics().lineSpacing() * 4 + 14);
      field.write = [edit](const ParamValue& v) { edit->setPlainText(toQt(std::get<std::string>(v))); };
      connect(edit, &QPlainTextEdit::textChanged, this,
              [this, place, edit] { take(place, fromQt(edit->toPlainText())); });
      field.editor = edit;
      break;
    }
    case ParamType::kInt:
    case ParamType::kDouble:
    case ParamType::kString: {
      auto* edit = new QLineEdit;
      field.write = [edit](const ParamValue& v) { edit->setText(toQt(formatParamValue(v))); };
      connect(edit, &QLineEdit::textChanged, this,
              [this, place](const QString& text) { take(place, fromQt(text)); });
      field.editor = edit;
      break;
    }
  }
  field.editor->setAccessibleName(title);
  field.editor->setObjectName(toQt(spec.name));
  field.note = new QLabel;
  field.note->setTextFormat(Qt::PlainText);
  field.note->setWordWrap(true);
  QFont small = field.note->font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  field.note->setFont(small);

  auto* cell = new QWidget;
  auto* column = new QVBoxLayout(cell);
  column->setContentsMargins(0, 0, 0, 6);
  column->setSpacing(2);
  column->addWidget(field.editor);
  column->addWidget(field.note);
  auto* label = new QLabel(title);
  label->setTextFormat(Qt::PlainText);
  label->setBuddy(field.editor);
  field.label = label;
  layout_->addRow(label, cell);
  fields_.push_back(std::move(field));
  showHelp(fields_.back());
}

void ParamForm::setValues(const ParamSet& values) {
  values_ = values;
  writing_ = true;
  for (Field& field : fields_) {
    const auto found = values.values().find(field.spec.name);
    field.write(found == values.values().end() ? field.spec.defaultValue : found->second);
    field.valid = true;
    showHelp(field);
  }
  writing_ = false;
  Q_EMIT changed();
}

void ParamForm::resetToDefaults() { setValues(defaults_); }

bool ParamForm::isValid() const {
  return std::all_of(fields_.begin(), fields_.end(), [](const Field& field) { return field.valid; });
}

bool ParamForm::hasExpert() const {
  return std::any_of(fields_.begin(), fields_.end(), [](const Field& field) { return field.spec.expert; });
}

void ParamForm::setExpertVisible(bool visible) {
  for (const Field& field : fields_) {
    const bool shown = visible || !field.spec.expert;
    field.label->setVisible(shown);
    field.editor->parentWidget()->setVisible(shown);
  }
}

QWidget* ParamForm::editor(const std::string& name) const {
  for (const Field& field : fields_) {
    if (field.spec.name == name) return field.editor;
  }
  return nullptr;
}

void ParamForm::take(std::size_t place, const std::string& text) {
  if (writing_) return;
  Field& field = fields_[place];
  try {
    const bool isText = field.spec.type == ParamType::kText || field.spec.type == ParamType::kString;
    ParamValue value = isText ? ParamValue(text) : parseParamValue(field.spec, text);
    checkParamValue(field.spec, value);
    values_.set(field.spec.name, std::move(value));
    field.valid = true;
    showHelp(field);
  } catch (const Error& error) {
    field.valid = false;
    field.note->setText(toQt(error.what()));
    QPalette palette = field.note->palette();
    palette.setColor(QPalette::WindowText, themeColors(palette).bad);
    field.note->setPalette(palette);
    field.editor->setAccessibleDescription(toQt(error.what()));
  }
  Q_EMIT changed();
}

void ParamForm::showHelp(Field& field) {
  QString help = toQt(field.spec.help);
  const QString range = rangeText(field.spec);
  if (!range.isEmpty()) help += QLatin1Char(' ') + range;
  field.note->setText(help);
  field.note->setPalette(QPalette());
  field.note->setForegroundRole(QPalette::PlaceholderText);
  field.editor->setAccessibleDescription(help);
}

}  // namespace attune

#include <gtest/gtest.h>

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>

#include "ui/widget/param_form.h"

namespace attune {
namespace {

std::vector<ParamSpec> allTypes() {
  const auto spec = [](const char* name, ParamType type, ParamValue value, double min, double max) {
    ParamSpec s;
    s.name = name;
    s.title = name;
    s.help = "Help.";
    s.type = type;
    s.defaultValue = std::move(value);
    s.min = min;
    s.max = max;
    return s;
  };
  std::vector<ParamSpec> specs{
      spec("flag", ParamType::kBool, true, 0, 0),
      spec("count", ParamType::kInt, std::int64_t{8}, 1, 100),
      spec("rate", ParamType::kDouble, 0.001, 1e-7, 10),
      spec("name", ParamType::kString, std::string("x"), 0, 0),
      spec("kind", ParamType::kChoice, std::string("b"), 0, 0),
      spec("text", ParamType::kText, std::string("one\ntwo"), 0, 0),
  };
  specs[4].choices = {"a", "b", "c"};
  specs[3].expert = true;
  return specs;
}

TEST(ParamForm, ShowsAndGivesBackEveryType) {
  const auto specs = allTypes();
  ParamForm form(specs, ParamSet(specs));
  EXPECT_TRUE(form.values() == ParamSet(specs));
  ParamSet other(specs);
  other.set("flag", false);
  other.set("count", std::int64_t{99});
  other.set("rate", 2.5e-5);
  other.set("name", std::string("ä \"q\""));
  other.set("kind", std::string("c"));
  other.set("text", std::string("a = b\nc = d"));
  form.setValues(other);
  EXPECT_TRUE(form.values() == other);
  EXPECT_EQ(qobject_cast<QLineEdit*>(form.editor("rate"))->text(), QStringLiteral("2.5e-05"));
}

TEST(ParamForm, TakesWhatIsTyped) {
  const auto specs = allTypes();
  ParamForm form(specs, ParamSet(specs));
  qobject_cast<QCheckBox*>(form.editor("flag"))->setChecked(false);
  qobject_cast<QLineEdit*>(form.editor("count"))->setText(QStringLiteral("16"));
  qobject_cast<QLineEdit*>(form.editor("rate"))->setText(QStringLiteral("3e-4"));
  qobject_cast<QLineEdit*>(form.editor("name"))->setText(QStringLiteral("new"));
  qobject_cast<QComboBox*>(form.editor("kind"))->setCurrentText(QStringLiteral("a"));
  qobject_cast<QPlainTextEdit*>(form.editor("text"))->setPlainText(QStringLiteral("three"));
  EXPECT_TRUE(form.isValid());
  EXPECT_FALSE(form.values().getBool("flag"));
  EXPECT_EQ(form.values().getInt("count"), 16);
  EXPECT_EQ(form.values().getDouble("rate"), 3e-4);
  EXPECT_EQ(form.values().getString("name"), "new");
  EXPECT_EQ(form.values().getString("kind"), "a");
  EXPECT_EQ(form.values().getString("text"), "three");
  form.resetToDefaults();
  EXPECT_TRUE(form.values() == ParamSet(specs));
}

TEST(ParamForm, RefusesWhatIsOutOfRangeAndKeepsTheLastValidValue) {
  const auto specs = allTypes();
  ParamForm form(specs, ParamSet(specs));
  auto* count = qobject_cast<QLineEdit*>(form.editor("count"));
  for (const char* wrong : {"0", "101", "eight", "", "1.5"}) {
    count->setText(QLatin1String(wrong));
    EXPECT_FALSE(form.isValid()) << wrong;
    EXPECT_EQ(form.values().getInt("count"), 8) << wrong;
  }
  count->setText(QStringLiteral("9"));
  EXPECT_TRUE(form.isValid());
  EXPECT_EQ(form.values().getInt("count"), 9);
}

TEST(ParamForm, ReadsNumbersWithAPointWhateverTheLocale) {
  const QLocale before;
  QLocale::setDefault(QLocale(QLocale::German));
  const auto specs = allTypes();
  ParamForm form(specs, ParamSet(specs));
  auto* rate = qobject_cast<QLineEdit*>(form.editor("rate"));
  EXPECT_EQ(rate->text(), QStringLiteral("0.001"));
  rate->setText(QStringLiteral("0.5"));
  EXPECT_EQ(form.values().getDouble("rate"), 0.5);
  QLocale::setDefault(before);
}

TEST(ParamForm, HidesExpertSettingsUntilAskedFor) {
  const auto specs = allTypes();
  ParamForm form(specs, ParamSet(specs));
  form.show();
  EXPECT_TRUE(form.hasExpert());
  form.setExpertVisible(false);
  EXPECT_FALSE(form.editor("name")->isVisible());
  EXPECT_TRUE(form.editor("rate")->isVisible());
  form.setExpertVisible(true);
  EXPECT_TRUE(form.editor("name")->isVisible());
}

}  // namespace
}  // namespace attune

#include "ui/plain_svg.h"

#include <QHash>
#include <QRegularExpression>
#include <QString>

#include "ui/text.h"

namespace attune {

namespace {

// Qt's reader does not know the shorthand "font:13px family, family".
QString withoutFontShorthand(const QString& declarations) {
  QStringList kept;
  for (const QString& declaration : declarations.split(QLatin1Char(';'), Qt::SkipEmptyParts)) {
    if (!declaration.startsWith(QLatin1String("font:"))) {
      kept.append(declaration);
      continue;
    }
    const QString size = declaration.mid(5).trimmed().section(QLatin1Char(' '), 0, 0);
    kept.append(QStringLiteral("font-size:%1").arg(size));
    kept.append(QStringLiteral("font-family:DejaVu Sans, sans-serif"));
  }
  return kept.join(QLatin1Char(';'));
}

}  // namespace

QByteArray plainSvg(const std::string& svg, bool dark) {
  QString text = toQt(svg);
  const auto begin = text.indexOf(QLatin1String("<style>"));
  const auto end = text.indexOf(QLatin1String("</style>"));
  if (begin < 0 || end < begin) return text.toUtf8();
  const QString sheets = text.mid(begin + 7, end - begin - 7);
  text.remove(begin, end + 8 - begin);

  QHash<QString, QString> rules;
  static const QRegularExpression kRule(QStringLiteral("\\.([\\w-]+)\\{([^}]*)\\}"));
  for (int part = 0; part < (dark ? 2 : 1); ++part) {
    const QString sheet = sheets.section(QLatin1String("@media"), part, part);
    for (auto rule = kRule.globalMatch(sheet); rule.hasNext();) {
      const QRegularExpressionMatch match = rule.next();
      rules.insert(match.captured(1), withoutFontShorthand(match.captured(2)));
    }
  }
  // ".af text{fill:…}": the ink of all words.
  static const QRegularExpression kInk(QStringLiteral("\\.af text\\{fill:([^};]*)"));
  QString ink;
  for (auto rule = kInk.globalMatch(dark ? sheets : sheets.section(QLatin1String("@media"), 0, 0));
       rule.hasNext();)
    ink = rule.next().captured(1);
  if (!ink.isEmpty()) text.replace(QLatin1String("<text "), QStringLiteral("<text fill=\"%1\" ").arg(ink));
  QString plain;
  qsizetype done = 0;
  static const QRegularExpression kClass(QStringLiteral(" class=\"([^\"]*)\""));
  for (auto place = kClass.globalMatch(text); place.hasNext();) {
    const QRegularExpressionMatch match = place.next();
    QStringList declarations;
    for (const QString& name : match.captured(1).split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
      if (rules.contains(name)) declarations.append(rules.value(name));
    }
    plain += QStringView(text).mid(done, match.capturedStart() - done);
    if (!declarations.isEmpty())
      plain += QStringLiteral(" style=\"%1\"").arg(declarations.join(QLatin1Char(';')));
    done = match.capturedEnd();
  }
  plain += QStringView(text).mid(done);
  return plain.toUtf8();
}

}  // namespace attune

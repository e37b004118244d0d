#pragma once

#include <QString>
#include <string>
#include <string_view>

// Text of core is UTF-8 in std::string, text of the window is QString.
namespace attune {

inline QString toQt(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

inline std::string fromQt(const QString& text) {
  const QByteArray bytes = text.toUtf8();
  return std::string(bytes.constData(), static_cast<std::size_t>(bytes.size()));
}

// A tool tip that shows data as it is: Qt would take "<b>" in it for markup.
inline QString plainToolTip(const QString& text) {
  return QStringLiteral("<qt>") + text.toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>")) +
         QStringLiteral("</qt>");
}

}  // namespace attune

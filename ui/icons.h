#pragma once

#include <QIcon>
#include <QString>

class QPalette;

namespace attune {

// An icon of resources/icons, drawn in the palette's text colour, so it is readable in every theme.
QIcon themedIcon(const QString& name, const QPalette& palette);

}  // namespace attune

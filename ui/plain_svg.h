#pragma once

#include <QByteArray>
#include <string>

namespace attune {

// The picture with its style sheet, the light part or also the dark one over it, written into the elements:
// Qt's SVG reader understands little CSS. Printed pictures are always light.
QByteArray plainSvg(const std::string& svg, bool dark = false);

}  // namespace attune

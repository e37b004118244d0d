#pragma once

#include <QByteArray>
#include <string>

namespace attune {

// The picture with its style sheet (the light part) written into the elements: Qt's SVG reader understands
// little CSS, and printed pictures are always light.
QByteArray plainSvg(const std::string& svg);

}  // namespace attune

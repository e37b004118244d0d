#pragma once

#include <QString>
#include <string>
#include <vector>

#include "core/report/report.h"

// What of a report needs Qt: PDF and pixels. The pictures are those of core (figureSvg, curvesSvg), so that
// every format shows the same. Any thread; throws Error(kIo). Files are written under a temporary name and
// renamed.
namespace attune {

WrittenFile writePdf(const Report& report, const QString& path);

// "comparison" and, if there are curves, "curves" as "svg", "png" (300 dpi) or "pdf" files in `folder`.
std::vector<WrittenFile> writePlots(const Report& report, const QString& folder,
                                    const std::vector<std::string>& formats);

}  // namespace attune

#include <gtest/gtest.h>

#include <QColor>
#include <QFile>
#include <QImage>

#include "core/base/clock.h"
#include "core/report/palette.h"
#include "tests/support/report_support.h"
#include "tests/support/ui_fixture.h"
#include "ui/export_pdf.h"
#include "ui/plain_svg.h"

namespace attune {
namespace {

Report smallReport() {
  Report report;
  report.title = "Comparison <b>of</b> methods";
  report.question = "Which one?";
  ReportSection section;
  section.heading = "Answer";
  section.paragraphs = {"LoRA is the best buy."};
  section.tables = {
      {"Scores", {"method", "right"}, {false, true}, {{"LoRA", "91.5 %"}, {"Untuned", "62.0 %"}}}};
  section.figures = {"comparison"};
  report.sections.push_back(section);
  FigureRow row;
  row.title = "LoRA";
  row.slot = 5;
  row.mean = 0.915;
  row.low = 0.86;
  row.high = 0.95;
  row.seeds = {0.915};
  row.trainableParameters = 158000;
  row.trainSeconds = 10;
  row.storedBytes = 1000;
  report.figure.push_back(row);
  Curve curve;
  curve.title = "LoRA";
  curve.slot = 5;
  curve.seed = 1;
  curve.x = {0, 100, 200};
  curve.y = {0.2, 0.7, 0.8};
  report.curves.push_back(curve);
  report.figures = {{"comparison", "Accuracy", figureSvg(report.figure), ""},
                    {"curves", "Validation", curvesSvg(report.curves), ""}};
  return report;
}

// How many pixels have the colour of a slot, a little off allowed for the drawing's smoothing.
int pixelsOf(const QImage& image, const QColor& color) {
  int count = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      count += std::abs(pixel.red() - color.red()) + std::abs(pixel.green() - color.green()) +
                           std::abs(pixel.blue() - color.blue()) <
                       12
                   ? 1
                   : 0;
    }
  }
  return count;
}

TEST(PlainSvg, WritesTheLightRulesIntoTheElements) {
  const std::string svg =
      "<svg class=\"af\"><style>.af{font:13px system-ui}.af-s1{stroke:#112233;fill:none}"
      "@media screen{.af-s1{stroke:#ffffff}}</style><line class=\"af-s1\" x1=\"1\"/><text "
      "class=\"other\">x</text></svg>";
  EXPECT_EQ(plainSvg(svg).toStdString(),
            "<svg style=\"font-size:13px;font-family:DejaVu Sans, sans-serif\">"
            "<line style=\"stroke:#112233;fill:none\" x1=\"1\"/><text>x</text></svg>");
}

TEST(ExportPdf, WritesAPdf) {
  QTemporaryDir folder;
  const WrittenFile file = writePdf(smallReport(), folder.filePath(QStringLiteral("report.pdf")));
  QFile written(folder.filePath(QStringLiteral("report.pdf")));
  ASSERT_TRUE(written.open(QIODevice::ReadOnly));
  const QByteArray bytes = written.readAll();
  EXPECT_TRUE(bytes.startsWith("%PDF-"));
  EXPECT_EQ(file.bytes, bytes.size());
  EXPECT_EQ(file.sha256.size(), 64u);
}

TEST(ExportPdf, PicturesShowTheLinesInTheColourOfTheirSlot) {
  QTemporaryDir folder;
  const auto files = writePlots(smallReport(), folder.path(), {"png", "svg", "pdf"});
  EXPECT_EQ(files.size(), 6u);
  const QColor ink(QLatin1String(slotStyle(5).light));
  const QImage comparison(folder.filePath(QStringLiteral("comparison.png")));
  const QImage curves(folder.filePath(QStringLiteral("curves.png")));
  ASSERT_FALSE(comparison.isNull());
  EXPECT_GT(comparison.width(), 2000) << "300 dpi";
  EXPECT_GT(pixelsOf(comparison, ink), 2000);
  // A curve over more than half of the width, at least two pixels wide.
  EXPECT_GT(pixelsOf(curves, ink), curves.width());
}

// Eight methods, five seeds, 2,000 examples: ATTUNE_SIMULATIONS=1 prints how long it takes.
TEST(ExportPdf, WritesALargeReport) {
  test::ReportFolder folder;
  Store store(folder.file("p.attune"), OpenMode::kCreateOrOpen);
  const test::InventedStudy invented = test::largeStudy();
  const Report report = makeReport(store, test::fillStore(store, invented).study);
  const double begin = monotonicSeconds();
  const WrittenFile file = writePdf(report, QString::fromStdString(folder.file("report.pdf")));
  const double pdf = monotonicSeconds();
  const auto plots = writePlots(report, QString::fromStdString(folder.file("plots")), {"png", "svg", "pdf"});
  if (std::getenv("ATTUNE_SIMULATIONS"))
    std::printf("8 methods, 5 seeds, 2,000 examples: PDF in %.2f s, pictures in three formats in %.2f s\n",
                pdf - begin, monotonicSeconds() - pdf);
  EXPECT_GT(file.bytes, 50'000);
  EXPECT_EQ(plots.size(), 3 * report.figures.size());
}

TEST(ExportPdf, LeavesTheOldFileWhenTheFolderCannotBeWritten) {
  EXPECT_ANY_THROW(writePdf(smallReport(), QStringLiteral("/proc/none/report.pdf")));
}

}  // namespace
}  // namespace attune

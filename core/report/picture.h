#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/report/contrast.h"

namespace attune {

// A claim's picture as data. With `rows` every series stands in rows of these names, y is the row's place
// and x the value; else series are lines over x.
struct PicturePoint {
  double x = 0;
  Estimate y;  // with rows: of x
};
struct PictureSeries {
  std::string title;
  int slot = 0;
  std::vector<PicturePoint> points;
  bool plain = false;  // a thin line without markers, behind the others
};
struct Picture {
  std::string title;
  std::string xTitle, yTitle;  // with their units
  std::vector<std::string> rows;
  bool logX = false, logY = false;
  double scale = 1;  // numbers are shown times this: 100 for percent
  double xScale = 1;
  double mark = 0;  // with rows: a line at this value, where the axis has it
  std::vector<PictureSeries> series;

  bool empty() const { return series.empty(); }
};

// Pictures without series yet: of rows, to which addRow() adds a method with its point, and of lines.
Picture rowsPicture(std::string title, std::string xTitle, double scale);
void addRow(Picture& picture, const std::string& row, int slot, const Estimate& value);
Picture linesPicture(std::string title, std::string xTitle, std::string yTitle, bool logX, bool logY,
                     double scale);

std::string pictureText(const Picture& picture);  // its numbers in words
std::string pictureSvg(const Picture& picture);
std::string pictureCsv(const Picture& picture);  // a line a point
// {title, x, y, …, series: [{title, slot, points: [{x, row, y, low, high}]}]}, and back. Throws
// Error(kInvalidInput) for a row that there is not.
Json toJson(const Picture& picture);
Picture pictureFromJson(const Json& json);

}  // namespace attune

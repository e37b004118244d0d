#pragma once

#include <string>
#include <vector>

#include "core/report/markup.h"

// What the pictures of the report have in common.
namespace attune::svg {

std::string number(double value);  // a coordinate

// Opens <svg> with title, description, style sheet and background. Light and dark follow the reader's system
// on the screen; paper is always light.
void begin(Markup& out, double width, double height, const std::string& title,
           const std::string& description);

void line(Markup& out, double x1, double y1, double x2, double y2, const char* style);
void text(Markup& out, double x, double y, const std::string& content, const char* style,
          const char* anchor = "start");
// The slot's marker, filled, about `radius` wide to each side.
void marker(Markup& out, int slot, double x, double y, double radius);
std::string fillOf(int slot);  // class names
std::string strokeOf(int slot);

struct Axis {
  double low = 0, high = 1;       // in data units
  double from = 0, to = 1;        // in pixels
  bool log = false;               // low > 0
  double at(double value) const;  // clamped to the axis
};
// 1, 2 or 5 times a power of ten, so that there are at most `most` steps.
double niceStep(double range, int most);
double niceCeiling(double value);

}  // namespace attune::svg

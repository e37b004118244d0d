#include "core/report/picture.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/palette.h"
#include "core/report/svg_parts.h"

namespace attune {
namespace {

constexpr double kWidth = 760;

struct Range {
  double low = 0, high = 1;
};

// Of everything that is drawn, a little wider, and to round numbers.
Range rangeOf(const Picture& picture, bool values, bool log) {
  double low = INFINITY, high = -INFINITY;
  const auto see = [&](double value) {
    if (!std::isfinite(value) || (log && value <= 0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const PictureSeries& series : picture.series)
    for (const PicturePoint& point : series.points) {
      if (!values) {
        see(point.x);
        continue;
      }
      for (const double value : {point.y.value, point.y.low, point.y.high}) see(value);
    }
  if (!std::isfinite(low)) return {};
  if (log) {
    // Points on a line may stand at its ends, others not.
    const bool line = !values && picture.series.back().points.size() > 1;
    if (line && high > low) return {low, high};
    const Range round{1 / svg::niceCeiling(1 / low), svg::niceCeiling(high)};
    return round.high > round.low ? round : Range{round.low, 10 * round.low};
  }
  if (values && !picture.rows.empty()) {
    low = std::min(low, picture.mark);
    high = std::max(high, picture.mark);
  }
  if (high - low < 1e-12) high = low + (low != 0 ? std::fabs(low) : 1);
  const double step = svg::niceStep(high - low, 6);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step};
}

std::vector<double> ticks(const svg::Axis& axis, int most) {
  std::vector<double> list;
  if (axis.log) {
    const double decades = std::log10(axis.high / axis.low);
    for (double power = std::floor(std::log10(axis.low)); power <= std::log10(axis.high); ++power)
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double value = factor * std::pow(10, power);
        if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) continue;
        if (factor == 1 || decades <= 2) list.push_back(value);
      }
    return list;
  }
  const double step = svg::niceStep(axis.high - axis.low, most);
  for (double k = std::ceil(axis.low / step - 1e-9); k * step <= axis.high + 1e-9 * step; ++k)
    list.push_back(k * step);
  return list;
}

std::string shown(double value, double scale) {
  const double number = std::fabs(value * scale) < 1e-9 ? 0 : value * scale;
  for (const auto& [limit, unit] : {std::pair{1e9, " G"}, {1e6, " M"}, {1e4, " k"}})
    if (std::fabs(number) >= limit * (1 - 1e-9))
      return formatShortest(std::round(number / (limit == 1e4 ? 1e3 : limit) * 100) / 100) + unit;
  return formatShortest(std::round(number * 1e4) / 1e4);
}

void stroke(Markup& out, int slot, const std::string& path, const char* width, const char* dashes = "") {
  Markup::Attributes attributes{{"class", svg::strokeOf(slot)}, {"d", path}, {"stroke-width", width}};
  if (*dashes) attributes.emplace_back("stroke-dasharray", dashes);
  out.empty("path", attributes);
}
std::string to(char letter, double x, double y) { return letter + svg::number(x) + " " + svg::number(y); }

void drawRows(Markup& out, const Picture& picture) {
  constexpr double kLeft = 250, kRow = 26, kTop = 34;
  const double bottom = kTop + kRow * static_cast<double>(picture.rows.size());
  svg::begin(out, kWidth, bottom + 44, picture.title, pictureText(picture));
  svg::text(out, 8, 18, picture.title, "af-bold");
  const Range range = rangeOf(picture, true, picture.logX);
  const svg::Axis xs{range.low, range.high, kLeft, kWidth - 30, picture.logX};
  for (const double tick : ticks(xs, 6)) {
    svg::line(out, xs.at(tick), kTop - 6, xs.at(tick), bottom, "af-grid");
    svg::text(out, xs.at(tick), bottom + 16, shown(tick, picture.scale), "af-small", "middle");
  }
  if (picture.mark >= range.low && picture.mark <= range.high)
    svg::line(out, xs.at(picture.mark), kTop - 6, xs.at(picture.mark), bottom, "af-axis");
  svg::text(out, (xs.from + xs.to) / 2, bottom + 34, picture.xTitle, "af-small", "middle");
  svg::line(out, xs.from, bottom, xs.to, bottom, "af-axis");
  out.line();
  for (std::size_t r = 0; r < picture.rows.size(); ++r)
    svg::text(out, 8, kTop + kRow * (static_cast<double>(r) + 0.5) + 4, elide(picture.rows[r], 36), "af");
  for (const PictureSeries& series : picture.series) {
    out.open("g").leaf("title", series.title);
    for (const PicturePoint& point : series.points) {
      const double y = kTop + kRow * (point.x + 0.5);
      const double low = xs.at(point.y.low), high = xs.at(point.y.high);
      if (point.y.high > point.y.low)
        stroke(out, series.slot,
               to('M', low, y) + to('L', high, y) + to('M', low, y - 4) + to('L', low, y + 4) +
                   to('M', high, y - 4) + to('L', high, y + 4),
               "2");
      svg::marker(out, series.slot, xs.at(point.y.value), y,
                  series.points.size() > picture.rows.size() ? 3 : 5);
    }
    out.close().line();
  }
}

void drawLines(Markup& out, const Picture& picture) {
  constexpr double kLegend = 560, kTop = 36, kBottom = 250;
  const double height = std::max(300.0, 60 + 22 * static_cast<double>(picture.series.size()));
  svg::begin(out, kWidth, height, picture.title, pictureText(picture));
  svg::text(out, 8, 18, picture.title, "af-bold");
  const Range x = rangeOf(picture, false, picture.logX), y = rangeOf(picture, true, picture.logY);
  const svg::Axis xs{x.low, x.high, 72, kLegend - 24, picture.logX},
      ys{y.low, y.high, kBottom, kTop, picture.logY};
  for (const double tick : ticks(ys, 6)) {
    svg::line(out, xs.from, ys.at(tick), xs.to, ys.at(tick), "af-grid");
    svg::text(out, xs.from - 8, ys.at(tick) + 4, shown(tick, picture.scale), "af-small", "end");
  }
  for (const double tick : ticks(xs, 7))
    svg::text(out, xs.at(tick), kBottom + 17, shown(tick, picture.xScale), "af-small", "middle");
  svg::text(out, (xs.from + xs.to) / 2, kBottom + 36, picture.xTitle, "af-small", "middle");
  out.leaf("text", picture.yTitle,
           {{"class", "af-small"},
            {"text-anchor", "middle"},
            {"transform", "translate(16 " + svg::number((kTop + kBottom) / 2) + ") rotate(-90)"}});
  svg::line(out, xs.from, kBottom, xs.to, kBottom, "af-axis");
  out.line();
  double legendY = kTop + 10;
  for (const PictureSeries& series : picture.series) {
    out.open("g").leaf("title", series.title);
    const char* dashes = slotStyle(series.slot).dashes;
    std::string path;
    for (const PicturePoint& point : series.points)
      path += to(path.empty() ? 'M' : 'L', xs.at(point.x), ys.at(point.y.value));
    if (!path.empty()) stroke(out, series.slot, path, series.plain ? "1" : "2.5", dashes);
    // Whiskers of the series stand beside each other.
    const double shift = series.points.size() < 2 ? 0
                                                  : 3 * static_cast<double>(&series - picture.series.data()) -
                                                        1.5 * static_cast<double>(picture.series.size() - 1);
    for (const PicturePoint& point : series.points) {
      if (point.y.high > point.y.low)
        stroke(out, series.slot,
               to('M', xs.at(point.x) + shift, ys.at(point.y.low)) +
                   to('L', xs.at(point.x) + shift, ys.at(point.y.high)),
               "1.5");
      if (series.points.size() <= 12 && !series.plain)
        svg::marker(out, series.slot, xs.at(point.x), ys.at(point.y.value), 4);
    }
    if (series.points.size() > 1)
      stroke(out, series.slot, to('M', kLegend, legendY) + "h28", series.plain ? "1" : "2.5", dashes);
    if (!series.plain) svg::marker(out, series.slot, kLegend + 14, legendY, 4);
    svg::text(out, kLegend + 36, legendY + 4, elide(series.title, 22), "af");
    out.close().line();
    legendY += 22;
  }
}

}  // namespace

Picture rowsPicture(std::string title, std::string xTitle, double scale) {
  Picture picture;
  picture.title = std::move(title);
  picture.xTitle = std::move(xTitle);
  picture.scale = scale;
  return picture;
}

void addRow(Picture& picture, const std::string& row, int slot, const Estimate& value) {
  picture.series.push_back({row, slot, {{static_cast<double>(picture.rows.size()), value}}});
  picture.rows.push_back(row);
}

Picture linesPicture(std::string title, std::string xTitle, std::string yTitle, bool logX, bool logY,
                     double scale) {
  Picture picture = rowsPicture(std::move(title), std::move(xTitle), scale);
  picture.yTitle = std::move(yTitle);
  picture.logX = logX;
  picture.logY = logY;
  return picture;
}

std::string pictureText(const Picture& picture) {
  std::string text;
  for (const PictureSeries& series : picture.series) {
    if (series.points.empty()) continue;
    text += (text.empty() ? "" : " ") + series.title + ":";
    for (const PicturePoint& point : series.points)
      text += (picture.rows.empty() ? " " + shown(point.x, picture.xScale) + " → " : " ") +
              shown(std::round(point.y.value * picture.scale * 100) / 100, 1) + ",";
    text.back() = '.';
  }
  return text;
}

std::string pictureSvg(const Picture& picture) {
  Markup out;
  picture.rows.empty() ? drawLines(out, picture) : drawRows(out, picture);
  return out.take() + "\n";
}

Json toJson(const Picture& picture) {
  Json list = Json::array();
  for (const PictureSeries& series : picture.series) {
    Json points = Json::array();
    for (const PicturePoint& point : series.points) {
      Json json = Json().set("x", point.x);
      if (!picture.rows.empty()) json.set("row", picture.rows[static_cast<std::size_t>(point.x)]);
      points.push(json.set("y", point.y.value).set("low", point.y.low).set("high", point.y.high));
    }
    list.push(Json()
                  .set("title", series.title)
                  .set("slot", series.slot)
                  .set("plain", series.plain)
                  .set("points", std::move(points)));
  }
  return Json()
      .set("title", picture.title)
      .set("x", picture.xTitle)
      .set("y", picture.yTitle)
      .set("rows", Json::list(picture.rows))
      .set("log_x", picture.logX)
      .set("log_y", picture.logY)
      .set("scale", picture.scale)
      .set("x_scale", picture.xScale)
      .set("mark", picture.mark)
      .set("series", std::move(list));
}

Picture pictureFromJson(const Json& json) {
  Picture picture;
  picture.title = json.stringOr("title", "");
  picture.xTitle = json.stringOr("x", "");
  picture.yTitle = json.stringOr("y", "");
  picture.rows = json.at("rows").texts();
  picture.logX = json.boolOr("log_x", false);
  picture.logY = json.boolOr("log_y", false);
  picture.scale = json.numberOr("scale", 1);
  picture.xScale = json.numberOr("x_scale", 1);
  picture.mark = json.numberOr("mark", NAN);
  for (const Json& one : json.at("series").items()) {
    PictureSeries series{
        one.stringOr("title", ""), static_cast<int>(one.intOr("slot", 0)), {}, one.boolOr("plain", false)};
    for (const Json& at : one.at("points").items()) {
      PicturePoint point;
      point.x = at.numberOr("x", NAN);
      const auto rows = static_cast<double>(picture.rows.size());
      if (rows > 0 && !(point.x >= 0 && point.x < rows))
        throw Error(ErrorKind::kInvalidInput,
                    "the picture '" + picture.title + "' has a point in a row that it does not have",
                    "Use the file as it was written.");
      point.y = {at.numberOr("y", NAN), at.numberOr("low", NAN), at.numberOr("high", NAN)};
      series.points.push_back(point);
    }
    picture.series.push_back(std::move(series));
  }
  return picture;
}

}  // namespace attune

#include "core/report/palette.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>

namespace attune {
namespace {

using Colour = std::array<double, 3>;  // linear light, or Lab

Colour linear(const std::string& hex) {
  Colour colour{};
  for (std::size_t k = 0; k < 3; ++k) {
    const double c = std::stoi(hex.substr(1 + 2 * k, 2), nullptr, 16) / 255.0;
    colour[k] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  }
  return colour;
}

double contrast(const std::string& a, const std::string& b) {
  const auto luminance = [](const Colour& c) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
  const double x = luminance(linear(a));
  const double y = luminance(linear(b));
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

Colour lab(const Colour& c) {
  const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
  const double x = f((0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]) / 0.95047);
  const double y = f(0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2]);
  const double z = f((0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

// Machado, Oliveira, Fernandes 2009, severity 1; the first is normal sight.
constexpr double kSights[4][3][3] = {
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
    {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};

double distance(const std::string& a, const std::string& b, std::size_t sight) {
  const auto seen = [sight](const Colour& c) {
    Colour out{};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) out[i] += kSights[sight][i][j] * c[j];
      out[i] = std::clamp(out[i], 0.0, 1.0);
    }
    return lab(out);
  };
  const Colour x = seen(linear(a));
  const Colour y = seen(linear(b));
  return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

TEST(Palette, EveryColourStandsOutFromItsPaper) {
  for (const SlotStyle& style : kSlotStyles) {
    EXPECT_GE(contrast(style.light, kLightPaper), 3.0) << style.light;
    EXPECT_GE(contrast(style.dark, kDarkPaper), 3.0) << style.dark;
  }
  EXPECT_GE(contrast(kLightInk, kLightPaper), 4.5);
  EXPECT_GE(contrast(kDarkInk, kDarkPaper), 4.5);
}

TEST(Palette, NoTwoColoursLookAlikeToAnyEye) {
  for (std::size_t a = 0; a < kSlotStyles.size(); ++a)
    for (std::size_t b = a + 1; b < kSlotStyles.size(); ++b)
      for (std::size_t sight = 0; sight < 4; ++sight) {
        EXPECT_GE(distance(kSlotStyles[a].light, kSlotStyles[b].light, sight), 15)
            << a << ' ' << b << ' ' << sight;
        EXPECT_GE(distance(kSlotStyles[a].dark, kSlotStyles[b].dark, sight), 15)
            << a << ' ' << b << ' ' << sight;
      }
}

TEST(Palette, NoColourIsGrey) {
  for (const SlotStyle& style : kSlotStyles)
    for (const char* colour : {style.light, style.dark}) {
      const Colour c = lab(linear(colour));
      EXPECT_GE(std::hypot(c[1], c[2]), 30) << colour;
    }
}

TEST(Palette, MarkersTellTheSlotsApartAndSixteenSlotsAreDifferent) {
  std::set<std::string> markers;
  for (const SlotStyle& style : kSlotStyles) markers.insert(style.marker);
  EXPECT_EQ(markers.size(), 8U);
  std::set<std::string> styles;
  for (int slot = 0; slot < 24; ++slot)
    styles.insert(std::string(slotStyle(slot).light) + slotStyle(slot).marker);
  EXPECT_EQ(styles.size(), 24U);
}

}  // namespace
}  // namespace attune

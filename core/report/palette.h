#pragma once

#include <array>
#include <cstddef>

// Colours and markers by slot, the same in the window and in every export. Plain data. No two colours of a
// theme come closer than 19 (CIE 1976) for normal sight, protanopia, deuteranopia or tritanopia; each has a
// contrast of at least 3:1 against its background; none is grey. The eight markers tell them apart without
// colour.
namespace attune {

struct SlotStyle {
  const char* light;  // on kLightPaper
  const char* dark;   // on kDarkPaper
  const char*
      marker;  // "circle", "square", "triangle", "diamond", "triangle_down", "pentagon", "star", "cross"
  const char* dashes;  // of lines, in pixels as in SVG's stroke-dasharray; empty: solid
};

inline constexpr const char* kLightPaper = "#ffffff";
inline constexpr const char* kDarkPaper = "#1b1e24";
inline constexpr const char* kLightInk = "#1b1e24";
inline constexpr const char* kDarkInk = "#e8eaee";

inline constexpr std::array<SlotStyle, 8> kSlotStyles{{
    {"#785400", "#f0d860", "cross", "2 3"},
    {"#005484", "#90b4fc", "circle", ""},
    {"#e46c18", "#f0783c", "square", "8 3"},
    {"#609060", "#18b484", "triangle", "6 2 2 2"},
    {"#603cb4", "#9c78fc", "diamond", "12 3"},
    {"#b46c90", "#f084c0", "triangle_down", "4 2"},
    {"#189ccc", "#78e4fc", "pentagon", "10 2 2 2"},
    {"#780c24", "#d83c54", "star", "3 2"},
}};

// From the ninth slot on colours come again, each with another marker than before.
inline constexpr SlotStyle slotStyle(int slot) {
  const std::size_t s = static_cast<std::size_t>(slot < 0 ? 0 : slot);
  const SlotStyle& colour = kSlotStyles[s % 8];
  const SlotStyle& shape = kSlotStyles[(s + s / 8) % 8];
  return {colour.light, colour.dark, shape.marker, shape.dashes};
}

}  // namespace attune

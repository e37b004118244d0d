#pragma once

#include <string>
#include <vector>

#include "core/report/comparison.h"

namespace attune {

constexpr std::size_t kFewestInSlice = 30;  // below, an interval says next to nothing

// How every configuration does on a part of the test items.
struct Slice {
  std::string kind;  // "Label", "Length", or the name of a column of the file
  std::string name;  // the label, "12 to 40 characters", the column's value
  std::vector<std::size_t> items;
  struct Share {
    double mean = 0;
    Interval interval;  // 95 %, not corrected for the number of slices
  };
  std::vector<Share> shares;  // of each configuration

  bool tooFew() const { return items.size() < kFewestInSlice; }
};

// By right label (not of free answers), by length of the text in four parts of about as many items each, and
// by every other column of the file that has 2 to 12 values, or numbers, which are cut in four parts too; in
// that order. Parts without items are left out.
std::vector<Slice> slicesOf(const Comparison& comparison);

// How often each label was answered where another was right: means over seeds, [right][answered].
std::vector<std::vector<double>> confusionOf(const Comparison& comparison,
                                             const Configuration& configuration);

}  // namespace attune

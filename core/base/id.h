#pragma once

#include <compare>
#include <cstdint>

namespace attune {

// A row number in a project file that cannot be mixed up with another kind of row. 0 means "none yet".
template <typename Tag>
struct Id {
  std::int64_t value = 0;

  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using DatasetId = Id<struct DatasetTag>;
using StudyId = Id<struct StudyTag>;
using RunId = Id<struct RunTag>;

}  // namespace attune

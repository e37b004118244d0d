#pragma once

#include <optional>

#include "core/study/study.h"

namespace attune {

// Where a run belongs in its study: which choice, and the slot (colour and marker) of that choice. The slots
// are those of Configuration::slot: 0 for always guessing the most frequent label, the others counted from 1.
struct StudyPlace {
  std::size_t choice = 0;
  int slot = 0;
};
std::optional<StudyPlace> placeInStudy(const Study& study, const RunSpec& spec);

}  // namespace attune

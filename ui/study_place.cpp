#include "ui/study_place.h"

namespace attune {

std::optional<StudyPlace> placeInStudy(const Study& study, const RunSpec& spec) {
  int slot = 0;
  for (std::size_t i = 0; i < study.methods.size(); ++i) {
    const MethodChoice& choice = study.methods[i];
    const int own = choice.method == "majority" ? 0 : ++slot;
    if (choice.method == spec.method && choice.params == spec.params) return StudyPlace{i, own};
  }
  return std::nullopt;
}

}  // namespace attune

#include "ui/study_place.h"

namespace attune {

std::optional<StudyPlace> placeInStudy(const Study& study, const RunSpec& spec) {
  const MethodChoice* choice = study.choiceOf(spec);
  if (choice == nullptr) return std::nullopt;
  const auto index = static_cast<std::size_t>(choice - study.methods.data());
  int slot = 0;
  for (std::size_t i = 0; i <= index; ++i) slot += study.methods[i].method == "majority" ? 0 : 1;
  return StudyPlace{index, choice->method == "majority" ? 0 : slot};
}

}  // namespace attune

#include "core/study/budget.h"

namespace attune {

Json Budget::toJson() const { return Json().set("max_steps", maxSteps).set("train_rows", trainRows); }

Budget Budget::fromJson(const Json& json) {
  return {json.intOr("max_steps", 0), json.intOr("train_rows", 0)};
}

}  // namespace attune

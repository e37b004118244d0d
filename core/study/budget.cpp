#include "core/study/budget.h"

namespace attune {

Json Budget::toJson() const {
  Json json = Json().set("max_steps", maxSteps).set("train_rows", trainRows);
  if (search > 1) json.set("search", search);  // without one the text, and with it a run's key, is as it was
  return json;
}

Budget Budget::fromJson(const Json& json) {
  return {json.intOr("max_steps", 0), json.intOr("train_rows", 0), json.intOr("search", 0)};
}

}  // namespace attune

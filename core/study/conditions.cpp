#include "core/study/conditions.h"

#include <string>

#include "core/base/seed.h"

namespace attune {

Json Conditions::toJson() const {
  Json json = Json()
                  .set("flipped_labels", flippedLabels)
                  .set("asks_training", asksTraining)
                  .set("asks_wordings", asksWordings)
                  .set("reads_general", readsGeneral);
  // Came later: a run without them keeps its identity.
  if (asksParaphrases) json.set("asks_paraphrases", true);
  if (disturbsPrompt) json.set("disturbs_prompt", true);
  if (orders > 0) json.set("orders", orders);
  if (asksSideTasks) json.set("asks_side_tasks", true);
  return json;
}

Conditions Conditions::fromJson(const Json& json) {
  Conditions conditions;
  conditions.flippedLabels = json.numberOr("flipped_labels", 0);
  conditions.asksTraining = json.boolOr("asks_training", false);
  conditions.asksWordings = json.boolOr("asks_wordings", false);
  conditions.readsGeneral = json.boolOr("reads_general", false);
  conditions.asksParaphrases = json.boolOr("asks_paraphrases", false);
  conditions.disturbsPrompt = json.boolOr("disturbs_prompt", false);
  conditions.orders = json.intOr("orders", 0);
  conditions.asksSideTasks = json.boolOr("asks_side_tasks", false);
  return conditions;
}

std::int64_t taughtLabel(std::int64_t row, std::int64_t label, std::int64_t labels, double flippedShare,
                         std::uint64_t seed) {
  if (flippedShare <= 0 || labels < 2) return label;
  Random random(Seed{seed}.sub("flipped labels").sub(std::to_string(row)));
  if (random.uniform() >= flippedShare) return label;
  const auto others = static_cast<std::uint64_t>(labels - 1);
  return (label + 1 + static_cast<std::int64_t>(random.below(others))) % labels;
}

}  // namespace attune

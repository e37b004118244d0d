#include "core/store/series.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/store/query.h"
#include "core/store/run_state.h"
#include "core/store/run_table.h"

namespace attune {

void appendSteps(Database& database, RunId id, const std::vector<RunStep>& steps) {
  if (steps.empty()) return;
  Transaction transaction(database, Durability::kNormal);
  insertSteps(database, id, steps);
  transaction.commit();
}

void insertSteps(Database& database, RunId id, const std::vector<RunStep>& steps) {
  requireWorking(database, id, "steps");
  Query insert(
      database,
      "INSERT OR REPLACE INTO steps (run_id, step, loss, learning_rate, gradient_norm, seconds, examples) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)");
  std::int64_t last = 0;
  for (const RunStep& s : steps) {
    insert.run(id, s.step, s.loss, s.learningRate, s.gradientNorm, s.seconds, s.examples);
    last = std::max(last, s.step);
  }
  Query(database, "UPDATE runs SET step = max(step, ?) WHERE id = ?", last, id).run();
}

std::vector<RunStep> loadSteps(Database& database, RunId id) {
  const Snapshot snapshot(database);
  requireRun(database, id);
  std::vector<RunStep> steps;
  Query query(
      database,
      "SELECT step, loss, learning_rate, gradient_norm, seconds, examples FROM steps WHERE run_id = ? "
      "ORDER BY step",
      id);
  while (query.next())
    steps.push_back(
        {query.integer(0), query.real(1), query.real(2), query.real(3), query.real(4), query.integer(5)});
  return steps;
}

std::vector<RunStep> thinSteps(const std::vector<RunStep>& steps, std::size_t points,
                               double RunStep::*value) {
  points = std::max<std::size_t>(points, 4);
  if (steps.size() <= points) return steps;
  const auto height = [value](const RunStep& step) {
    return std::isnan(step.*value) ? std::numeric_limits<double>::infinity() : step.*value;
  };
  const auto isLower = [&](const RunStep& a, const RunStep& b) { return height(a) < height(b); };
  const std::size_t buckets = (points - 2) / 2;
  const std::size_t inner = steps.size() - 2;
  const auto at = [&](std::size_t i) { return steps.begin() + static_cast<std::ptrdiff_t>(i); };
  std::vector<RunStep> thinned{steps.front()};
  for (std::size_t k = 0; k < buckets; ++k) {
    const auto begin = at(1 + inner * k / buckets);
    const auto end = at(1 + inner * (k + 1) / buckets);
    auto first = std::min_element(begin, end, isLower);
    auto second = std::max_element(begin, end, isLower);
    if (second < first) std::swap(first, second);
    thinned.push_back(*first);
    if (second != first) thinned.push_back(*second);
  }
  thinned.push_back(steps.back());
  return thinned;
}

}  // namespace attune

#include "core/report/learning_curve.h"

#include <algorithm>
#include <cmath>

namespace attune {

std::vector<double> curveWeights(const std::vector<double>& rows) {
  std::vector<double> weights(rows.size(), 0);
  if (rows.size() < 2) return std::vector<double>(rows.size(), 1);
  const double all = std::log(rows.back() / rows.front());
  for (std::size_t k = 1; k < rows.size(); ++k) {
    const double half = std::log(rows[k] / rows[k - 1]) / all / 2;
    weights[k - 1] += half;
    weights[k] += half;
  }
  return weights;
}

std::optional<double> crossing(const std::vector<double>& rows, const std::vector<double>& gaps) {
  std::optional<double> at;
  std::size_t before = rows.size();  // the last point that is not 0
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (gaps[k] == 0) continue;
    if (before < k && gaps[before] * gaps[k] < 0) {
      const double share = gaps[before] / (gaps[before] - gaps[k]);
      const double straight = std::log(rows[before]) + share * std::log(rows[k] / rows[before]);
      at = before + 1 < k ? rows[before + 1] : std::exp(straight);  // it lies on 0 there
    }
    before = k;
  }
  return at;
}

std::vector<double> isotonic(std::vector<double> scores) {
  struct Block {
    double mean;
    std::size_t count;
  };
  std::vector<Block> blocks;
  for (const double score : scores) {
    blocks.push_back({score, 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean > blocks.back().mean) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& before = blocks.back();
      before.mean =
          (before.mean * static_cast<double>(before.count) + last.mean * static_cast<double>(last.count)) /
          static_cast<double>(before.count + last.count);
      before.count += last.count;
    }
  }
  scores.clear();
  for (const Block& block : blocks) scores.insert(scores.end(), block.count, block.mean);
  return scores;
}

std::optional<double> rowsForTarget(const std::vector<double>& rows, const std::vector<double>& lows,
                                    double target) {
  std::optional<double> least;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (lows[k] < target)
      least.reset();
    else if (!least)
      least = rows[k];
  }
  return least;
}

std::optional<double> rowsSaved(const std::vector<double>& rows, const std::vector<double>& own,
                                const std::vector<double>& reference) {
  const std::vector<double> mine = isotonic(own), theirs = isotonic(reference);
  const double low = std::max(mine.front(), theirs.front()), high = std::min(mine.back(), theirs.back());
  if (rows.size() < 2 || high <= low) return std::nullopt;
  // Rows at a score; where a curve is level, its beginning.
  const auto at = [&](const std::vector<double>& curve, double score) {
    for (std::size_t k = 1; k < curve.size(); ++k)
      if (curve[k] >= score && curve[k] > curve[k - 1])
        return rows[k - 1] +
               (rows[k] - rows[k - 1]) * std::max(0.0, score - curve[k - 1]) / (curve[k] - curve[k - 1]);
    return rows.back();
  };
  // Both are straight between their scores, so the trapezoid rule over all of these is exact but for jumps,
  // which the middle of each piece passes by.
  std::vector<double> scores{low, high};
  for (const auto* curve : {&mine, &theirs})
    for (const double score : *curve)
      if (score > low && score < high) scores.push_back(score);
  std::sort(scores.begin(), scores.end());
  double area = 0;
  for (std::size_t k = 1; k < scores.size(); ++k) {
    const double middle = (scores[k] + scores[k - 1]) / 2;
    area += (at(theirs, middle) - at(mine, middle)) * (scores[k] - scores[k - 1]);
  }
  return area / (high - low);
}

}  // namespace attune

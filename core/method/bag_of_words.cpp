#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <numeric>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/text_classifier.h"
#include "core/model/safetensors.h"

namespace attune {
namespace bag_of_words {

struct Term {
  std::size_t feature;
  double weight;
};
using Row = std::vector<Term>;

// Words and, from `longest` 2 on, word pairs (…) of a text.
std::vector<std::string> terms(const std::string& text, std::int64_t longest) {
  std::vector<std::string> words = splitText(foldForComparison(text), ' ');
  std::erase(words, "");
  std::vector<std::string> all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string gram;
    for (std::size_t n = 0; n < static_cast<std::size_t>(longest) && i + n < words.size(); ++n) {
      gram += (n ? " " : "") + words[i + n];
      all.push_back(gram);
    }
  }
  return all;
}

// Weighted logistic regression over sparse rows:
// mean cross entropy + ‖W‖² / (2·C·rows); the biases are not penalised.
class Objective {
 public:
  Objective(const std::vector<Row>& rows, const std::vector<std::int64_t>& labels, std::size_t features,
            std::size_t classes, double c)
      : rows_(rows),
        labels_(labels),
        features_(features),
        classes_(classes),
        penalty_(1.0 / (c * static_cast<double>(rows.size()))) {}

  std::size_t size() const { return (features_ + 1) * classes_; }

  // Scores of one row into `out` [classes]; parameters are [feature][class], the last "feature" is the bias.
  void scores(const std::vector<double>& w, const Row& row, std::vector<double>& out) const {
    std::copy_n(w.begin() + static_cast<std::ptrdiff_t>(features_ * classes_), classes_, out.begin());
    for (const Term& t : row)
      for (std::size_t k = 0; k < classes_; ++k) out[k] += t.weight * w[t.feature * classes_ + k];
  }

  double value(const std::vector<double>& w, std::vector<double>& gradient) const {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    std::vector<double> s(classes_);
    const double share = 1.0 / static_cast<double>(rows_.size());
    double loss = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      scores(w, rows_[i], s);
      const double top = *std::max_element(s.begin(), s.end());
      double sum = 0;
      for (const double v : s) sum += std::exp(v - top);
      const auto right = static_cast<std::size_t>(labels_[i]);
      loss += (top + std::log(sum) - s[right]) * share;
      for (std::size_t k = 0; k < classes_; ++k) {
        const double g = (std::exp(s[k] - top) / sum - (k == right ? 1.0 : 0.0)) * share;
        gradient[features_ * classes_ + k] += g;
        for (const Term& t : rows_[i]) gradient[t.feature * classes_ + k] += g * t.weight;
      }
    }
    for (std::size_t j = 0; j < features_ * classes_; ++j) {
      loss += 0.5 * penalty_ * w[j] * w[j];
      gradient[j] += penalty_ * w[j];
    }
    return loss;
  }

 private:
  const std::vector<Row>& rows_;
  const std::vector<std::int64_t>& labels_;
  std::size_t features_;
  std::size_t classes_;
  double penalty_;
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// L-BFGS with ten pairs and backtracking (Nocedal and Wright 2006, algorithm 7.4).
std::int64_t minimise(const Objective& objective, std::vector<double>& w, const StopToken& stop) {
  constexpr std::size_t kPairs = 10;
  constexpr int kMaxSteps = 200;
  struct Pair {
    std::vector<double> s, y;
    double rho;
  };
  std::deque<Pair> pairs;
  std::vector<double> gradient(w.size()), next(w.size()), nextGradient(w.size());
  double value = objective.value(w, gradient);
  for (int step = 0; step < kMaxSteps; ++step) {
    double largest = 0;
    for (const double g : gradient) largest = std::max(largest, std::fabs(g));
    if (largest < 1e-6 || stop.requested()) return step;

    std::vector<double> direction = gradient;
    std::vector<double> alphas;
    for (auto p = pairs.rbegin(); p != pairs.rend(); ++p) {
      alphas.push_back(p->rho * dot(p->s, direction));
      for (std::size_t j = 0; j < w.size(); ++j) direction[j] -= alphas.back() * p->y[j];
    }
    if (!pairs.empty()) {
      const double scale = 1.0 / (pairs.back().rho * dot(pairs.back().y, pairs.back().y));
      for (double& d : direction) d *= scale;
    }
    for (auto& p : pairs) {
      const double beta = p.rho * dot(p.y, direction);
      for (std::size_t j = 0; j < w.size(); ++j) direction[j] += (alphas.back() - beta) * p.s[j];
      alphas.pop_back();
    }
    const double slope = -dot(direction, gradient);
    double length = pairs.empty() ? std::min(1.0, 1.0 / std::sqrt(dot(gradient, gradient))) : 1.0;
    double nextValue = 0;
    bool lower = false;
    for (int attempt = 0; attempt < 30 && !lower; ++attempt, length *= 0.5) {
      for (std::size_t j = 0; j < w.size(); ++j) next[j] = w[j] - length * direction[j];
      nextValue = objective.value(next, nextGradient);
      lower = nextValue <= value + 1e-4 * length * slope;
    }
    if (!lower) return step;
    Pair pair{next, nextGradient, 0};
    for (std::size_t j = 0; j < w.size(); ++j) {
      pair.s[j] -= w[j];
      pair.y[j] -= gradient[j];
    }
    if (const double curvature = dot(pair.s, pair.y); curvature > 1e-12) {
      pair.rho = 1.0 / curvature;
      pairs.push_back(std::move(pair));
      if (pairs.size() > kPairs) pairs.pop_front();
    }
    w.swap(next);
    gradient.swap(nextGradient);
    value = nextValue;
  }
  return kMaxSteps;
}

class BagOfWords final : public TextClassifier {
 public:
  void fit(const LabelledTexts& train, const LabelledTexts& validation, std::int64_t labelCount,
           const ParamSet& params, const StopToken& stop) override {
    longest_ = params.getInt("ngram_max");
    classes_ = static_cast<std::size_t>(labelCount);

    // 1. Vocabulary with document counts; ids in order of the terms, so that the same texts give the same
    // ids.
    std::map<std::string, std::int64_t> counts;
    std::vector<std::vector<std::string>> documents;
    for (const std::string& text : train.texts) {
      documents.push_back(terms(text, longest_));
      std::vector<std::string> distinct = documents.back();
      std::sort(distinct.begin(), distinct.end());
      distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
      for (const std::string& term : distinct) ++counts[term];
    }
    features_.clear();
    idf_.clear();
    const auto n = static_cast<double>(train.texts.size());
    for (const auto& [term, count] : counts) {
      if (count < params.getInt("min_count")) continue;
      features_.emplace(term, idf_.size());
      idf_.push_back(std::log((1 + n) / (1 + static_cast<double>(count))) + 1);
    }

    // 2. Fit; the strength of the penalty is chosen on the validation split unless it is given.
    std::vector<Row> rows;
    for (const auto& document : documents) rows.push_back(row(document));
    std::vector<double> candidates{params.getDouble("C")};
    if (candidates.front() <= 0) candidates = {1, 10, 100};
    double best = -1;
    for (const double c : candidates) {
      const Objective objective(rows, train.labels, idf_.size(), classes_, c);
      std::vector<double> w(objective.size(), 0.0);
      steps_ += minimise(objective, w, stop);
      std::int64_t right = 0;
      weights_.swap(w);
      for (std::size_t i = 0; i < validation.texts.size(); ++i) {
        const auto p = probabilities(validation.texts[i]);
        right += std::max_element(p.begin(), p.end()) - p.begin() == validation.labels[i] ? 1 : 0;
      }
      if (static_cast<double>(right) > best)
        best = static_cast<double>(right);
      else
        weights_.swap(w);  // an equal score keeps the stronger penalty
    }
  }

  std::vector<float> probabilities(const std::string& text) const override {
    static const std::vector<Row> kNone;
    static const std::vector<std::int64_t> kNoLabels;
    const Objective objective(kNone, kNoLabels, idf_.size(), classes_, 1);
    std::vector<double> s(classes_);
    objective.scores(weights_, row(terms(text, longest_)), s);
    const double top = *std::max_element(s.begin(), s.end());
    double sum = 0;
    for (double& v : s) sum += v = std::exp(v - top);
    std::vector<float> result;
    for (const double v : s) result.push_back(static_cast<float>(v / sum));
    return result;
  }

  std::int64_t parameterCount() const override { return static_cast<std::int64_t>(weights_.size()); }
  std::int64_t stepCount() const override { return steps_; }

  void save(const std::string& folder) const override {
    std::string vocabulary;
    for (const auto& [term, id] : features_) vocabulary += term + "\n";
    writeFileAtomically(folder + "/vocabulary.txt", vocabulary);
    at::Tensor weights = at::empty(
        {static_cast<std::int64_t>(idf_.size()) + 1, static_cast<std::int64_t>(classes_)}, at::kFloat);
    at::Tensor idf = at::empty({static_cast<std::int64_t>(idf_.size())}, at::kFloat);
    std::transform(weights_.begin(), weights_.end(), weights.data_ptr<float>(),
                   [](double v) { return static_cast<float>(v); });
    std::transform(idf_.begin(), idf_.end(), idf.data_ptr<float>(),
                   [](double v) { return static_cast<float>(v); });
    writeSafetensors(folder + "/weights.safetensors", {{"idf", idf}, {"weight", weights}});
  }

 private:
  // TF-IDF with unit length; unknown terms are left out.
  Row row(const std::vector<std::string>& document) const {
    std::map<std::size_t, double> counts;
    for (const std::string& term : document)
      if (const auto found = features_.find(term); found != features_.end()) counts[found->second] += 1;
    Row row;
    double squares = 0;
    for (const auto& [feature, count] : counts) {
      row.push_back({feature, count * idf_[feature]});
      squares += row.back().weight * row.back().weight;
    }
    for (Term& t : row) t.weight /= std::sqrt(squares);
    return row;
  }

  std::int64_t longest_ = 1;
  std::size_t classes_ = 0;
  std::map<std::string, std::size_t> features_;
  std::vector<double> idf_;
  std::vector<double> weights_;
  std::int64_t steps_ = 0;
};

}  // namespace bag_of_words

MethodInfo bagOfWordsInfo() {
  MethodInfo info;
  info.name = "bag_of_words";
  info.title = "Bag of words";
  info.summary =
      "Counts words, without any language model (TF-IDF and logistic regression): the honest yardstick.";
  info.usual = true;
  info.source = "Salton and Buckley 1988; logistic regression with L2 penalty";
  info.kind = MethodKind::kYardstick;
  info.seeded = false;
  info.needsBase = false;
  info.labelsOnly = true;
  info.parameters = {
      intParam("ngram_max", "Longest term", "1 counts single words, 2 also pairs of neighbours.", 2, 1, 5),
      intParam("min_count", "Rare terms", "Terms in fewer training texts than this are left out.", 1, 1, 1000,
               true),
      doubleParam("C", "Freedom",
                  "Inverse strength of the penalty; 0 chooses 1, 10 or 100 on the validation split.", 0, 0,
                  1e6, true)};
  return info;
}

std::unique_ptr<TextClassifier> makeBagOfWords() { return std::make_unique<bag_of_words::BagOfWords>(); }

}  // namespace attune

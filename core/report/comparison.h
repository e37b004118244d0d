#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/report/skew.h"
#include "core/report/stats.h"
#include "core/report/verdict.h"
#include "core/store/store.h"

namespace attune {

// Runs that differ only in the seed.
struct Configuration {
  std::string method;  // catalog name; "majority" is always there
  std::string title;
  int slot = 0;                      // colour and marker, fixed by the place in the study
  std::vector<RunId> runs;           // with a result, in order of seed; id 0: worked out here (majority)
  std::vector<RunId> unfinished;     // queued, working, failed, …
  std::vector<std::uint64_t> seeds;  // of `runs`
  std::vector<double> accuracies;    // on the test split, of `runs`
  Outcomes outcomes;                 // [seed][test item], items in order of row
  std::vector<std::vector<std::int64_t>> predicted;  // [seed][test item]; -1: a free answer of its own
  std::vector<std::vector<std::string>> texts;       // [seed][test item] of free answers; else empty
  double mean = 0;
  double low = 0;
  double high = 0;
  double spread = 0;                            // standard deviation over seeds; 0 with one
  double macroF1 = 0;                           // mean over seeds; of free answers the token F1
  std::vector<std::vector<float>> confidences;  // [seed][test item] of the answer; empty where not known
  SideScores side;                              // where Comparison::skewed
  std::map<std::string, double> scores;         // means over seeds of all scores on the test split, by metric
  double validation = 0;                        // mean validation accuracy; not-a-number when not measured
  RunCost cost;                                 // means over seeds; peakBytes is the maximum
  bool seeded = false;                          // another seed would answer otherwise
  bool provisional = false;                     // some of its runs have not ended

  int n() const { return static_cast<int>(runs.size()); }
  bool luckIsAssumed() const { return seeded && n() == 1; }
};

// Two configurations on the same test items. difference = a - b.
struct ConfigurationPair {
  std::size_t a = 0;  // index into configurations
  std::size_t b = 0;
  Difference difference;
  double adjustedP = 1;    // Holm over the pairs shown
  double mcnemarP = 1;     // of majority votes over seeds
  std::int64_t onlyA = 0;  // items that the majority of a's seeds got right and b's did not
  std::int64_t onlyB = 0;
  std::int64_t bothRight = 0;
  std::int64_t bothWrong = 0;
  PairWord word = PairWord::kNotEnoughData;
  // What the word is made from: the interval at the level of the Holm step, and the smallest difference that
  // this many examples and seeds can show between these two.
  Interval corrected;
  double correctedLevel = 0.95;
  double detectableGap = 0;
  double seedError = 0;  // the part of the standard error that training luck makes, measured or assumed
  Interval bootstrap;    // 95 %, hierarchical over seeds and items: beside the interval, the words use it not
};

// A study's methods side by side, read from the store only, so that it can always be drawn again.
struct Comparison {
  Study study;
  DatasetRecord dataset;
  std::vector<StoredExample> testItems;
  std::vector<Configuration> configurations;  // those with a result, in the study's order, majority first
  std::vector<Run> failed;                    // failed, diverged, interrupted: never hidden
  std::vector<ConfigurationPair> pairs;       // every two configurations
  Verdict verdict;
  double detectableGap = 0;  // median over the pairs without the majority class
  std::int64_t testOpenings = 0;
  bool complete = false;  // no run is queued or working
  bool skewed = false;    // isSkewed: accuracy alone would mislead

  // Throws Error(kIncomparable) when runs of the study differ in data, split or base, naming them.
  // Without `bootstrap` the pairs have no interval of that kind: for those who read the words alone.
  static Comparison load(Store& store, StudyId study, bool bootstrap = true);

  // nullptr when there is none.
  const ConfigurationPair* pair(std::size_t a, std::size_t b) const;
  // "better", … of configuration `a` against `b`, whichever way round the pair is stored.
  PairWord word(std::size_t a, std::size_t b) const;
};

// What the share of right answers is called, and the score beside it: "Accuracy" and "Macro F1" of labels,
// "Exact match" and "Token F1" of free answers.
std::string mainMetricTitle(const Comparison& comparison);
std::string sideMetricTitle(const Comparison& comparison);
// What else is told: of free answers ROUGE-L and perplexity, where classes are skewed macro F1's interval and
// the calibration error with its own. Texts, "–" where not measured.
std::vector<std::pair<std::string, std::string>> furtherScores(const Comparison& comparison,
                                                               const Configuration& configuration);
// The answer of most seeds to a test item as a text.
std::string answerText(const Comparison& comparison, const Configuration& configuration, std::size_t item);

// The study's contract JSON: `study`, `runs`, `configurations`, `pairs`, `verdict`.
Json comparisonToJson(const Comparison& comparison, const std::vector<Run>& runs);
Json runToJson(const Run& run);

}  // namespace attune

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attune {

// A study's place in an experiment of several. Of an ordinary study `experiment` is empty.
struct Arm {
  std::string experiment;  // name in the catalog
  std::string group;       // the same for the studies of one experiment
  std::string title;       // shown: "32 rows"
  double value = 0;        // what the arms differ in, as a number: rows, share of flipped labels
  bool altered = false;    // the task is not what the analyst brought: fewer rows, wrong labels, other words

  // The study goes on by itself, with more seeds or another method: what was altered stays so.
  void leaveExperiment() { experiment = group = {}; }
};

// Something that articles claim about fine-tuning and prompts, and how it is measured.
struct ExperimentInfo {
  std::string name;     // fixed, as in the command line: "data_efficiency"
  std::string title;    // "Data efficiency"
  std::string claim;    // as the article says it
  std::string summary;  // what is run, in a sentence
  std::string methods;  // used where nobody chose any, with commas between
  // An ordinary comparison of such methods answers it: no runs of its own.
  bool fromComparison = false;
  bool asksMore = false;    // … but its own runs are asked more than that
  bool needsWords = false;  // asks for label words: impossible on an encoder, and with free answers
  bool labelsOnly = true;   // impossible with free answers
};

// In the order of the claim board.
const std::vector<ExperimentInfo>& experimentCatalog();
// Throws Error(kUsage) naming the nearest known experiment.
const ExperimentInfo& experimentInfo(std::string_view name);

}  // namespace attune

#pragma once

#include <string>
#include <vector>

// Free of torch.
namespace attune {

struct PredictRequest {
  std::string base;     // model folder
  std::string adapter;  // adapter folder, or empty
  std::string pattern;  // prompt template; empty: the adapter's prompt.json, else the neutral one
  std::vector<std::string> labels;
  std::string labelWords;  // as in labelWords(); empty: the adapter's prompt.json, else the labels themselves
  std::vector<std::string> texts;
};

struct Answer {
  std::size_t label = 0;              // index into PredictRequest::labels
  std::vector<double> probabilities;  // one a label
};

// One answer a text, in order. Throws Error.
std::vector<Answer> predictTexts(const PredictRequest& request);

}  // namespace attune

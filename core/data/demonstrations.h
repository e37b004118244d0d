#pragma once

#include <string>
#include <vector>

#include "core/base/seed.h"
#include "core/data/dataset.h"

namespace attune {

// An example that is shown in front of a question, with its answer.
struct Demonstration {
  std::string text;
  std::string answer;
};

// Numbers of `count` among `rows` (fewer where there are fewer): drawn by the seed, the labels in turn so
// that none comes twice before all that can have come once, in an order that is drawn too. With free answers
// any rows.
std::vector<std::int64_t> chooseDemonstrations(const Dataset& data, const std::vector<std::int64_t>& rows,
                                               std::int64_t count, Seed seed);

// The pattern of a question (PromptTemplate) with the examples in front of it, each filled in and followed by
// its answer and an empty line. The result is a pattern again: braces of the examples stay braces.
std::string withDemonstrations(const std::string& pattern, const std::vector<Demonstration>& examples,
                               const std::vector<std::string>& labelWords);

}  // namespace attune

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attune {

// A small task that nobody tunes for: by it is measured what tuning for another one costs.
struct SideTask {
  std::string name;                 // "mood"
  std::string pattern;              // template (PromptTemplate)
  std::vector<std::string> labels;  // as they are asked for
  struct Item {
    std::string text;
    std::int64_t label = 0;
  };
  std::vector<Item> items;
};

// Three tasks of forty sentences each, half or a quarter of them with each label, written for Attune: is the
// writer pleased, what is the sentence about, is it a question of place, time, person or number. Never
// changed without another name of its own.
const std::vector<SideTask>& sideTasks();
inline constexpr const char* kSideTasksName = "side/1";

}  // namespace attune

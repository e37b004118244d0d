#pragma once

#include <cstddef>
#include <functional>

namespace attune {

class TrainingProducts;

constexpr std::size_t kParts = 2;  // of a training batch
constexpr std::size_t kLanes = 8;  // threads at most that inParts() works on

// What a thread knows of the work that it does.
struct PartState {
  TrainingProducts* products = nullptr;  // products.h
  bool recomputing = false;              // blocks.h
  std::size_t part = 0;                  // number of the part that it does
  std::size_t lane = 0;                  // which of the threads it is; 0: the one that called inParts()
};
PartState& partState();

// How many cores this process may keep busy with the parts of one run; 1 until somebody says that more stand
// idle. May change at any time and from any thread: what is computed does not depend on it.
void allowCores(int count);
int allowedCores();

// work(0) … work(count - 1), each once, as many at a time as cores are allowed, under the caller's settings
// (gradients, products, recomputing). Returns when all are done; of what they throw the first part's is
// thrown. One thread at a time calls it.
void inParts(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace attune

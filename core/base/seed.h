#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

// One master seed from which every use draws a seed of its own by name, so that adding a use never changes
// the others. Equal on every platform.
struct Seed {
  std::uint64_t value = 0;

  Seed sub(std::string_view name) const;
};

// xoshiro256** (Blackman, Vigna 2018), seeded by SplitMix64. The standard library's engines are portable but
// its distributions are not; these are.
class Random {
 public:
  explicit Random(Seed seed);

  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound), without modulo bias; bound > 0
  double uniform();                          // [0, 1)

  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace attune

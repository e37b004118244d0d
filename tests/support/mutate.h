#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>

#include "core/base/error.h"
#include "core/base/seed.h"
#include "core/base/text.h"

// Damaged copies of good input: bytes flipped, inserted, deleted, cut off, blocks repeated, numbers of eight
// bytes and digits enlarged. The seed is fixed, so a failure comes again.
namespace attune {

// How many copies a parser is given: $ATTUNE_MUTATIONS, else few enough for every day.
inline int mutationCount() {
  const char* set = std::getenv("ATTUNE_MUTATIONS");
  return set && *set ? static_cast<int>(parseInt(set).value_or(300)) : 300;
}

inline std::string mutated(std::string text, Random& random) {
  const auto place = [&] {
    return text.empty() ? std::size_t{0} : static_cast<std::size_t>(random.below(text.size()));
  };
  const auto byte = [&] { return static_cast<char>(random.below(256)); };
  const int times = 1 + static_cast<int>(random.below(3));
  for (int i = 0; i < times && !text.empty(); ++i) {
    switch (random.below(7)) {
      case 0:
        text[place()] = byte();
        break;
      case 1:
        text[place()] ^= static_cast<char>(1 << random.below(8));
        break;
      case 2:
        text.resize(place());
        break;
      case 3:
        text.insert(place(), 1, byte());
        break;
      case 4: {
        const std::size_t at = place();
        text.erase(at, 1 + random.below(16));
        break;
      }
      case 5: {  // a length of eight bytes, made large
        const std::size_t at = place();
        for (std::size_t k = at; k < std::min(at + 8, text.size()); ++k)
          text[k] = static_cast<char>(random.below(4) == 0 ? 0xFF : random.below(256));
        break;
      }
      default: {  // a piece of the file once more, or a digit made many
        const std::size_t at = place();
        if (text[at] >= '0' && text[at] <= '9')
          text.insert(at, std::string(1 + random.below(20), '9'));
        else
          text.insert(at, text.substr(at, 1 + random.below(64)));
      }
    }
  }
  return text;
}

// Gives `parse` damaged copies of `good` in `file`. Each ends well or in an Error with a message; no case may
// take longer than a second (checked over all of them, so that a busy machine does no harm). Counts the
// refusals.
inline int survivesMutations(const std::string& good, const std::string& file, std::uint64_t seed,
                             const std::function<void()>& parse) {
  Random random(Seed{seed});
  int refused = 0;
  const int count = mutationCount();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    const std::string bad = mutated(good, random);
    std::ofstream(file, std::ios::binary).write(bad.data(), static_cast<std::streamsize>(bad.size()));
    try {
      parse();
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()), "");
      EXPECT_NE(e.kind(), ErrorKind::kInternal) << e.what();
      ++refused;
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(spent.count(), 1.0 * count);
  std::cout << file.substr(file.rfind('/') + 1) << ": " << count << " damaged copies, " << refused
            << " refused\n";
  return refused;
}

}  // namespace attune

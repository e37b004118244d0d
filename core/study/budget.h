#pragma once

#include <cstdint>

#include "core/base/json.h"

namespace attune {

constexpr std::int64_t kMaxSearchTrials = 9;

// Limits that hold for every run of a study alike. 0 means no limit.
struct Budget {
  std::int64_t maxSteps = 0;   // optimiser steps of one run
  std::int64_t trainRows = 0;  // training rows used (the first ones of a seeded, label-balanced order)
  // Learning rates that every trained method tries in every run, the best by validation kept; 0 or 1: its
  // own.
  std::int64_t search = 0;

  Json toJson() const;
  static Budget fromJson(const Json& json);
  friend bool operator==(const Budget&, const Budget&) = default;
};

}  // namespace attune

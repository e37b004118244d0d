#pragma once

#include <array>

namespace attune {

// Keys of attune.report/1 that a table of the methods has as columns, in every format for spreadsheets: of a
// configuration, and of its cost.
constexpr std::array<const char*, 11> kSummaryColumns{
    "title",      "method", "n",        "mean",       "low",
    "high",       "spread", "macro_f1", "validation", "against_recommended",
    "provisional"};
constexpr std::array<const char*, 9> kSummaryCostColumns{"trainable_parameters",
                                                         "total_parameters",
                                                         "train_seconds",
                                                         "active_seconds",
                                                         "peak_bytes",
                                                         "stored_bytes",
                                                         "tokens_per_second",
                                                         "seconds_per_prediction",
                                                         "prompt_tokens_per_request"};

}  // namespace attune

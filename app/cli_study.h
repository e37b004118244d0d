#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/cli_commands.h"
#include "core/run/make_study.h"
#include "core/store/store.h"

namespace attune {

// What is to be compared, on what, and how thoroughly: options that compare and experiment share.
struct StudyOptions {
  std::string project, data, base = "bundled", methods, preset = "quick", device = "cpu";
  std::int64_t seeds = 0, maxSteps = 0, trainRows = 0, search = 0;
  double smallestGap = 0.01;
  int workers = 0;
  std::vector<std::string> settings;
  DataOptions dataOptions;

  void addTo(CLI::App& command);
};

// The options as a request, with the methods `names` (commas between; empty: the usual ones). What can be
// wrong with the command line and the base is found before anything is written; then the project is opened
// into `store`, or made, and the data imported where it is a file.
StudyRequest studyRequest(const StudyOptions& options, const std::string& names, std::optional<Store>& store,
                          const Output& output);

// GFLOP/s, where only memory and disk space are asked of an estimate.
constexpr double kAnySpeed = 100;

// Throws Error(kUsage) saying what of memory or disk space the study would need too much of.
void requireFits(Store& store, const Study& study, const StudyRequest& request, const StudyOptions& options);

}  // namespace attune

#pragma once

#include <string>

#include "tests/support/cli_test.h"

namespace attune::cli {

// One small comparison on the first rows of the sample, made when it is first asked for and shared by the
// tests that only look at it.
struct SmallProject {
  Place place;
  std::string project = "small.attune";
  std::string data;
  Result compared;

  static std::vector<std::string> command(const std::string& project, const std::string& data,
                                          const std::string& methods, const std::string& seeds,
                                          const std::string& workers) {
    return {"compare", "--project",   project, "--data",       data,      "--methods",
            methods,   "--max-steps", "8",     "--train-rows", "64",      "--seeds",
            seeds,     "--workers",   workers, "--base",       "bundled", "--json"};
  }

  SmallProject() {
    data = place.write("messages.csv", fewMessages(150));
    Options options;
    options.seconds = 150;
    compared =
        place.run(command(project, data, "bag_of_words,untuned,lora,prompt_tuning", "2", "2"), options);
  }
};

inline const SmallProject& smallProject() {
  static const SmallProject project;
  return project;
}

// The run of a method and seed in the JSON of `compare` or `list`; null: not there.
inline Json runOf(const Json& document, const std::string& method, std::int64_t seed) {
  if (const Json* runs = document.find("runs"))
    for (const Json& run : runs->items())
      if (run.stringOr("method", "") == method && run.intOr("seed", -1) == seed) return run;
  ADD_FAILURE() << "no run of " << method << " with seed " << seed;
  return {};
}

}  // namespace attune::cli

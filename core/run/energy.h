#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace attune {

// What the processor's own counters (RAPL) say that the machine has used: by all its programs.
class EnergyMeter {
 public:
  explicit EnergyMeter(std::string folder = "/sys/class/powercap");
  // Joules since it was made; 0: no counter can be read.
  double joules() const;

 private:
  struct Counter {
    std::int64_t begin = 0;
    std::int64_t range = 0;  // where it starts again from 0
  };
  std::string folder_;
  std::map<std::string, Counter> counters_;  // of the processor packages, in microjoules
};

}  // namespace attune

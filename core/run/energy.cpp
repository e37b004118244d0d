#include "core/run/energy.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

namespace attune {
namespace energy {

std::optional<std::int64_t> numberIn(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::int64_t number = 0;
  if (!(in >> number)) return {};
  return number;
}

}  // namespace energy

EnergyMeter::EnergyMeter(std::string folder) : folder_(std::move(folder)) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    // "intel-rapl:0" is a package, "intel-rapl:0:1" a part of it.
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("intel-rapl:") || std::count(name.begin(), name.end(), ':') != 1) continue;
    if (const auto now = energy::numberIn(entry.path() / "energy_uj"))
      counters_[name] = {*now, energy::numberIn(entry.path() / "max_energy_range_uj").value_or(0)};
  }
}

double EnergyMeter::joules() const {
  double sum = 0;
  for (const auto& [name, counter] : counters_) {
    const auto now = energy::numberIn(std::filesystem::path(folder_) / name / "energy_uj");
    if (!now) return 0;
    const std::int64_t used = *now - counter.begin;
    sum += static_cast<double>(used < 0 ? used + counter.range : used) / 1e6;
  }
  return sum;
}

}  // namespace attune

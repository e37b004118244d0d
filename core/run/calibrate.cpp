#include "core/run/calibrate.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/GradMode.h>
#include <torch/version.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/gemm.h"
#include "core/run/blas.h"
#include "core/run/estimate.h"

namespace attune {
namespace calibrate {

std::string cpuModel() {
  std::ifstream in("/proc/cpuinfo");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with("model name")) return std::string(trim(line.substr(line.find(':') + 1)));
  return "unknown";
}

// The file that a loaded library came from, by a part of its name.
std::string loadedLibrary(const std::string& part) {
  std::ifstream in("/proc/self/maps");
  std::string line;
  while (std::getline(in, line))
    if (const auto slash = line.find('/');
        slash != std::string::npos && line.find(part, slash) != std::string::npos)
      return line.substr(slash);
  return "";
}

// The instruction set that libtorch's own kernels use: "AVX2", "AVX512", …
std::string cpuCapability() {
  const std::string config = at::show_config();
  const std::string mark = "CPU capability usage: ";
  const auto at = config.find(mark);
  if (at == std::string::npos) return "unknown";
  const auto start = at + mark.size();
  return config.substr(start, config.find('\n', start) - start);
}

// A product of 512 x 512 matrices.
class Product {
 public:
  explicit Product(bool half) {
    if (half) weight_ = c10::make_intrusive<SortedMatrix>(b_);
  }

  // GFLOP/s of one.
  double rate() const {
    const c10::NoGradGuard noGrad;
    const double start = monotonicSeconds();
    if (weight_)
      weight_->forward(halfOf(a_));
    else
      wholeProduct(a_, b_);
    return 2.0 * kSize * kSize * kSize / (monotonicSeconds() - start) / 1e9;
  }

 private:
  static constexpr std::int64_t kSize = 512;
  at::Tensor a_ = at::ones({kSize, kSize}), b_ = at::ones({kSize, kSize});
  c10::intrusive_ptr<SortedMatrix> weight_;
};

// GFLOP/s of at least three products for about `seconds`.
std::vector<double> productRates(int threads, double seconds, const Product& product) {
  const int before = at::get_num_threads();
  at::set_num_threads(threads);
  product.rate();  // warm
  std::vector<double> rates;
  const double end = monotonicSeconds() + seconds;
  while (monotonicSeconds() < end || rates.size() < 3) rates.push_back(product.rate());
  at::set_num_threads(before);
  return rates;
}

}  // namespace calibrate

bool hasHalfInstructions() {
  static const bool has = [] {
    std::ifstream in("/proc/cpuinfo");
    std::string line;
    while (std::getline(in, line))
      if (line.starts_with("flags"))
        return line.find(" avx512_bf16") != std::string::npos || line.find(" amx_bf16") != std::string::npos;
    return false;
  }();
  return has;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double gemmGflops(int threads, double seconds) {
  return median(calibrate::productRates(threads, seconds, calibrate::Product(false)));
}

ProductRates measureProducts(int threads, double seconds) {
  if (!hasHalfInstructions()) return {gemmGflops(threads, seconds), 0, false};
  constexpr int kTurns = 4;
  const calibrate::Product inWhole(false), inHalf(true);
  std::vector<double> whole, half;
  for (int turn = 0; turn < kTurns; ++turn) {
    for (const double rate : calibrate::productRates(threads, seconds / kTurns, inWhole))
      whole.push_back(rate);
    for (const double rate : calibrate::productRates(threads, seconds / kTurns, inHalf)) half.push_back(rate);
  }
  const bool pays =
      *std::max_element(half.begin(), half.end()) > 1.5 * *std::max_element(whole.begin(), whole.end());
  return {median(std::move(whole)), median(std::move(half)), pays};
}

std::function<double()> productGauge(bool half) {
  return [product = calibrate::Product(half)] {
    product.rate();  // warm
    return std::max({product.rate(), product.rate(), product.rate()});
  };
}

double measureGflops() { return gemmGflops(1, 0.2); }

Json engineEnvironment() {
  std::string blas = calibrate::loadedLibrary("openblas");
  if (blas.empty()) blas = calibrate::loadedLibrary("mkl");
  if (blas.empty()) blas = calibrate::loadedLibrary("blas");
  return Json()
      .set("attune", ATTUNE_VERSION)
      .set("libtorch", TORCH_VERSION)
      .set("cpu", calibrate::cpuModel())
      .set("cpu_capability", calibrate::cpuCapability())
      .set("blas", blas)
      .set("blas_kernels", blasKernels())
      .set("threads", static_cast<std::int64_t>(at::get_num_threads()));
}

std::int64_t peakResidentBytes() {
  std::ifstream in("/proc/self/status");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with("VmHWM:")) {
      const auto number = trim(std::string_view(line).substr(6));
      return parseInt(number.substr(0, number.find(' '))).value_or(0) * 1024;
    }
  return 0;
}

}  // namespace attune

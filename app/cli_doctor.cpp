#include <thread>

#include "app/cli_commands.h"
#include "app/services.h"
#include "core/base/text.h"
#include "core/model/catalog.h"
#include "core/run/blas.h"
#include "core/run/calibrate.h"
#include "core/store/store.h"
#include "core/token/tokenizer.h"

namespace attune {
namespace {

// Below this a core uses a reference BLAS: an optimised one gives 20 to 150.
constexpr double kSlowGflops = 8;

int doctor(const Output& output, const std::string& project) {
  Json checks = Json::array();
  bool allOk = true;
  const auto add = [&](const std::string& name, bool ok, const std::string& value, const std::string& cure) {
    allOk = allOk && ok;
    checks.push(Json().set("name", name).set("ok", ok).set("value", value).set("cure", ok ? "" : cure));
    output.line((ok ? "ok    " : "WRONG ") + name + ": " + value + (ok ? "" : "\n      " + cure));
  };
  const Json environment = engineEnvironment();
  for (const char* name : {"attune", "libtorch", "cpu", "cpu_capability"})
    add(name, true, environment.stringOr(name, ""), "");
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (const int threads : cores > 1 ? std::vector<int>{1, cores} : std::vector<int>{1}) {
    const double gflops = gemmGflops(threads, 0.3);
    add("gemm float32, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"),
        gflops > kSlowGflops, formatFixed(gflops, 1) + " GFLOP/s",
        "libtorch uses a slow BLAS: install libopenblas0, then look again.");
  }
  if (const ProductRates rates = measureProducts(1, 0.3); rates.halfGflops > 0)
    add("gemm bfloat16, 1 thread", true,
        formatFixed(rates.halfGflops, 1) + " GFLOP/s with conversions: training " +
            (rates.halfPays ? "uses it" : "does not use it"),
        "");
  const std::string better = betterBlasKernels();
  add("blas", true,
      environment.stringOr("blas", "") +
          (better.empty() ? "" : ", too old to know this processor: runs use its kernels for " + better),
      "");
  try {
    const ModelInfo base = describeModel(bundledBase());
    openTokenizer(bundledBase());
    add("bundled base", true, std::to_string(base.parameters) + " parameters", "");
  } catch (const Error& e) {
    add("bundled base", false, e.what(), e.hint());
  }
  if (!project.empty()) {
    Store store(project, OpenMode::kReadOnly);
    const auto problems = store.checkIntegrity();
    add("project", problems.empty(), problems.empty() ? "intact" : joinText(problems, "; "),
        "Restore a copy of the project file, or export what can still be read.");
  }
  if (output.json) output.document("attune.doctor/1", Json().set("checks", std::move(checks)));
  return allOk ? kOk : kFailed;
}

}  // namespace

void addDoctorCommands(CLI::App& app, Action& action) {
  CLI::App* command = addCommand(app, "doctor", "Look whether this computer and installation are in order.",
                                 "attune-cli doctor");
  const auto project = std::make_shared<std::string>();
  command->add_option("--project", *project, "Project file to check too");
  command->callback(
      [=, &action] { action = [=](const Output& output) { return doctor(output, *project); }; });
}

}  // namespace attune

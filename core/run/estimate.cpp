#include "core/run/estimate.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "core/base/text.h"
#include "core/method/catalog.h"
#include "core/method/floor.h"
#include "core/model/config.h"
#include "core/model/gemm.h"
#include "core/run/calibrate.h"
#include "core/run/memory.h"
#include "core/train/trainer.h"

namespace attune {
namespace estimate {

// What is not in the formulas, fitted on runs of the bundled model.
constexpr double kProgramSeconds = 0.4;     // a worker's start: until its libraries are loaded
constexpr double kStartSeconds = 0.5;       // a run's start: base, tokenising
constexpr double kKernelEfficiency = 0.45;  // share of the GEMM rate that a small model's step reaches
constexpr double kBytesPerToken = 4.0;      // of English text, a token
constexpr double kTemplateTokens = 8;
constexpr std::int64_t kProcessBytes = 220 << 20;  // libtorch and the program, before the model
constexpr double kTypicalDisagreement = 0.15;      // share of items on which just one of two methods is right
constexpr double kValidations = 10;

double tokensOf(const Dataset& data, Split split) {
  double bytes = 0;
  for (const std::int64_t row : data.rows(split))
    bytes += static_cast<double>(data.examples()[static_cast<std::size_t>(row)].text.size());
  return bytes / kBytesPerToken;
}

// Of the blocks' weights, in bfloat16: as products of either direction want those that stay, one of those
// that are trained.
double copiedBytes(const MethodInfo& method, const ParamSet& params, const ModelConfig& config,
                   std::int64_t trained) {
  if (method.ownsHead || !params.has("precision") || params.getString("precision") == "fp32" ||
      !hasHalfInstructions())
    return 0;
  const double blocks = blockParameters(config);
  return (static_cast<double>(trained) < blocks ? 4 : 2) * blocks;
}

// Of the blocks' weights as products in fp32 want them, for both directions: as far as there is room beside
// `needed` bytes.
std::int64_t sortedBytes(const MethodInfo& method, const ParamSet& params, const ModelConfig& config,
                         std::int64_t trained, std::int64_t needed) {
  const double blocks = blockParameters(config);
  if (method.ownsHead || copiedBytes(method, params, config, trained) > 0 ||
      static_cast<double>(trained) >= blocks || !sortingSpeedsWholeProducts())
    return 0;
  return std::min(static_cast<std::int64_t>(8 * blocks), roomForCopies(needed));
}

std::string sizeText(std::int64_t bytes) { return formatFixed(static_cast<double>(bytes) / 1e9, 1) + " GB"; }

// Of one run, from its first steps and answers.
double secondsOf(const Measured& measured, const Study& study, const MethodChoice& choice,
                 const Dataset& data, const ModelConfig& config) {
  const auto rows = [&](Split split) { return static_cast<double>(data.rows(split).size()); };
  const double answers = (rows(Split::kValidation) + rows(Split::kTest)) * measured.answerSeconds;
  double seconds = measured.startSeconds + answers;
  const MethodInfo& info = methodInfo(choice.method);
  if (info.kind != MethodKind::kTuned) return seconds;
  std::size_t examples = data.rows(Split::kTrain).size();
  if (study.budget.trainRows > 0)
    examples = std::min(examples, static_cast<std::size_t>(study.budget.trainRows));
  const TrainOptions options = TrainOptions::fromParams(choice.params, study.budget.maxSteps);
  const std::int64_t steps = plannedSteps(options, examples);
  const std::int64_t looks =
      1 + plannedValidations(steps * options.batchSize,
                             static_cast<std::int64_t>(data.rows(Split::kValidation).size()));
  const double once = info.ownsHead ? 1 : trainingWork(info, choice.params, config).kept;  // read once a text
  seconds += once * static_cast<double>(examples) * measured.answerSeconds;
  const double training = static_cast<double>(steps) * measured.stepSeconds +
                          static_cast<double>(looks) * rows(Split::kValidation) * measured.lookSeconds;
  return seconds + training * static_cast<double>(std::max<std::int64_t>(1, study.budget.search));
}

}  // namespace estimate

std::int64_t peakBytes(const MethodInfo& method, const ParamSet& params, const ModelConfig& config,
                       std::int64_t parameters, double batchTokens, std::int64_t classes, bool recomputed) {
  constexpr double kKept = 30;  // numbers a token, width and block
  double bytes = static_cast<double>(estimate::kProcessBytes) + 4.0 * static_cast<double>(parameters);
  if (method.kind == MethodKind::kTuned) {
    const std::int64_t trained = trainableParameters(method, params, config, classes);
    bytes += 16.0 * static_cast<double>(trained);
    bytes += estimate::copiedBytes(method, params, config, trained);
    const auto blocks = static_cast<double>(config.layers + config.decoderLayers);
    bytes += batchTokens * 4.0 * static_cast<double>(config.hidden) *
             (recomputed ? blocks + kKept : blocks * kKept);
  }
  return static_cast<std::int64_t>(bytes);
}

bool mayRecompute(const ParamSet& params) {
  return params.has("activation_checkpointing") && params.getString("activation_checkpointing") != "off";
}

StudyEstimate estimateStudy(const Study& study, const Dataset& data, const ModelInfo& base, double gflops,
                            int workers, const std::map<std::string, Measured>& measured) {
  StudyEstimate total;
  const ModelConfig config = readModelConfig(base.path);
  const double blocks = blockParameters(config);
  const double rate = std::max(1.0, gflops) * 1e9 * estimate::kKernelEfficiency;

  const auto split = [&](Split which) {
    return estimate::tokensOf(data, which) +
           estimate::kTemplateTokens * static_cast<double>(data.rows(which).size());
  };
  double trainRows = static_cast<double>(data.rows(Split::kTrain).size());
  double trainTokens = split(Split::kTrain);
  if (study.budget.trainRows > 0 && trainRows > 0) {
    const double share = std::min(1.0, static_cast<double>(study.budget.trainRows) / trainRows);
    trainTokens *= share;
    trainRows *= share;
  }

  double seconds = 0;
  std::vector<std::int64_t> peaks, least;
  for (const MethodChoice& choice : study.methods) {
    const MethodInfo& info = methodInfo(choice.method);
    MethodEstimate m;
    m.peakBytes = m.leastBytes = estimate::kProcessBytes;
    m.seconds = 0.5;
    if (info.needsBase) {
      double batchTokens = 0;
      const double virtualShare = [&] {
        // Examples in front of a question make it as many times longer.
        if (choice.params.has("shots")) return 1 + static_cast<double>(choice.params.getInt("shots"));
        if (!choice.params.has("num_virtual_tokens") || trainRows <= 0) return 1.0;
        return 1 +
               static_cast<double>(choice.params.getInt("num_virtual_tokens")) / (trainTokens / trainRows);
      }();
      double flops = 2 * blocks * (split(Split::kValidation) + split(Split::kTest)) * virtualShare;
      m.trainableParameters =
          trainableParameters(info, choice.params, config, static_cast<std::int64_t>(data.labels().size()));
      if (info.kind == MethodKind::kTuned) {
        const auto trials = static_cast<double>(std::max<std::int64_t>(1, study.budget.search));
        const auto batch = static_cast<double>(choice.params.getInt("batch_size"));
        double steps = std::ceil(trainRows / batch) * static_cast<double>(choice.params.getInt("epochs"));
        for (const std::int64_t limit : {study.budget.maxSteps, choice.params.getInt("max_steps")})
          if (limit > 0) steps = std::min(steps, static_cast<double>(limit));
        const double tokens = trainRows > 0 ? steps * batch * trainTokens / trainRows * virtualShare : 0;
        const auto trained = static_cast<double>(m.trainableParameters);
        // Frozen weights need no gradient of their own: 4 instead of 6 operations a weight and token.
        if (info.ownsHead) {  // the base reads every text once
          flops += 2 * blocks * trainTokens + trials * tokens * 6 * trained;
        } else {
          flops += trials * tokens * (4 * blocks + std::min(2 * blocks, 6 * trained));
          flops += trials * estimate::kValidations * 2 * blocks * split(Split::kValidation) * virtualShare;
        }
        if (trainRows > 0) batchTokens = batch * trainTokens / trainRows * virtualShare;
      }
      const std::int64_t needed = peakBytes(info, choice.params, config, base.parameters, batchTokens,
                                            static_cast<std::int64_t>(data.labels().size()));
      const std::int64_t sorted =
          info.kind == MethodKind::kTuned
              ? estimate::sortedBytes(info, choice.params, config, m.trainableParameters, needed)
              : 0;
      m.peakBytes = needed + sorted;
      m.storedBytes =
          4 * storedNumbers(info, choice.params, config, static_cast<std::int64_t>(data.labels().size()));
      m.seconds = estimate::kStartSeconds + flops / rate;
      if (const auto known = measured.find(costKey(runOf(study, choice, 0))); known != measured.end()) {
        m.seconds = estimate::secondsOf(known->second, study, choice, data, config);
        m.peakBytes = known->second.peakBytes;
        m.trainableParameters = known->second.trainableParameters;
        m.twoCoresShare = known->second.twoCoresShare;
        m.measured = true;
      }
      m.leastBytes = m.peakBytes - sorted;
      if (batchTokens > 0 && !info.ownsHead && mayRecompute(choice.params))
        m.leastBytes =
            std::min(m.leastBytes, peakBytes(info, choice.params, config, base.parameters, batchTokens,
                                             static_cast<std::int64_t>(data.labels().size()), true));
    }
    const auto repeats = static_cast<double>(choice.seeded ? study.seeds : 1);
    seconds += m.seconds * repeats;
    total.storedBytes += m.storedBytes * static_cast<std::int64_t>(repeats);
    peaks.push_back(m.peakBytes);
    least.push_back(m.leastBytes);
    total.methods[choice.title] = m;
  }
  const auto together = [&](std::vector<std::int64_t>& bytes) {
    std::sort(bytes.rbegin(), bytes.rend());
    bytes.resize(std::min(bytes.size(), static_cast<std::size_t>(std::max(1, workers))));
    return std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0});
  };
  total.peakBytes = together(peaks);
  total.leastBytes = together(least);
  double longest = 0;
  // Cores that have no run of their own work on the last ones.
  for (const auto& [title, m] : total.methods)
    longest = std::max(longest, m.seconds * (workers > 1 ? m.twoCoresShare : 1));
  // A worker starts once and does one run after the other.
  const double wall = estimate::kProgramSeconds + std::max(longest, seconds / std::max(1, workers));
  const bool known = std::all_of(total.methods.begin(), total.methods.end(), [](const auto& entry) {
    return entry.second.measured || entry.second.seconds < 1;
  });
  total.secondsLow = wall * (known ? 0.85 : 0.7);
  total.secondsHigh = wall * (known ? 1.25 : 1.4);
  const auto items = static_cast<double>(data.rows(Split::kTest).size());
  // 80 % power at the 5 % level for a paired difference: sqrt(7.84·q/N).
  total.smallestDetectableGap = items > 0 ? std::sqrt(7.84 * estimate::kTypicalDisagreement / items) : 1;
  return total;
}

StudyEstimate& StudyEstimate::operator+=(const StudyEstimate& other) {
  for (const auto& [title, method] : other.methods) methods.insert_or_assign(title, method);
  secondsLow += other.secondsLow;
  secondsHigh += other.secondsHigh;
  peakBytes = std::max(peakBytes, other.peakBytes);
  leastBytes = std::max(leastBytes, other.leastBytes);
  storedBytes += other.storedBytes;
  smallestDetectableGap = std::max(smallestDetectableGap, other.smallestDetectableGap);
  return *this;
}

std::string whatDoesNotFit(const StudyEstimate& needs, std::int64_t freeMemory, std::int64_t freeDisk) {
  if (freeDisk > 0 && needs.storedBytes > freeDisk)
    return "The results need " + estimate::sizeText(needs.storedBytes) + " of disk space and " +
           estimate::sizeText(freeDisk) +
           " are free: make room, leave out full fine-tuning, or use fewer seeds.";
  if (freeMemory <= 0) return {};
  for (const auto& [title, method] : needs.methods)
    if (method.leastBytes > freeMemory)
      return title + " needs about " + estimate::sizeText(method.leastBytes) + " of memory and " +
             estimate::sizeText(freeMemory) +
             " are free: leave it out, use a smaller batch size or a smaller base model.";
  if (needs.leastBytes > freeMemory)
    return "The runs at the same time need about " + estimate::sizeText(needs.leastBytes) +
           " of memory and " + estimate::sizeText(freeMemory) +
           " are free: use fewer workers, a smaller batch size or a smaller base model.";
  return {};
}

std::int64_t freeDiskBytes(const std::string& path) {
  std::error_code error;
  const auto space = std::filesystem::space(std::filesystem::absolute(path, error).parent_path(), error);
  return error ? 0 : static_cast<std::int64_t>(space.available);
}

}  // namespace attune

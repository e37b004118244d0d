#include "core/method/catalog.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/text_classifier.h"

namespace attune {
namespace method_catalog {

struct Entry {
  MethodInfo (*info)();
  std::unique_ptr<TextClassifier> (*classifier)();
  std::unique_ptr<Method> (*method)();
};

// Cheapest first.
constexpr std::array<Entry, 22> kEntries{{
    {majorityInfo, makeMajority, nullptr},
    {bagOfWordsInfo, makeBagOfWords, nullptr},
    {untunedInfo, nullptr, makeUntuned},
    {handPromptInfo, nullptr, makeHandPrompt},
    {fewShotInfo, nullptr, makeFewShot},
    {calibratedFewShotInfo, nullptr, makeCalibratedFewShot},
    {linearProbeInfo, nullptr, makeLinearProbe},
    {promptTuningInfo, nullptr, makePromptTuning},
    {pTuningInfo, nullptr, makePTuning},
    {prefixTuningInfo, nullptr, makePrefixTuning},
    {ia3Info, nullptr, makeIa3},
    {bitFitInfo, nullptr, makeBitFit},
    {layerNormInfo, nullptr, makeLayerNorm},
    {veraInfo, nullptr, makeVera},
    {oftInfo, nullptr, makeOft},
    {adapterInfo, nullptr, makeAdapter},
    {loraInfo, nullptr, makeLora},
    {rsLoraInfo, nullptr, makeRsLora},
    {doraInfo, nullptr, makeDora},
    {adaLoraInfo, nullptr, makeAdaLora},
    {lastLayersInfo, nullptr, makeLastLayers},
    {fullInfo, nullptr, makeFull},
}};

const Entry& entry(std::string_view name) {
  for (const Entry& e : kEntries)
    if (e.info().name == name) return e;
  methodInfo(name);  // throws
  return kEntries.front();
}

}  // namespace method_catalog

const std::vector<MethodInfo>& methodCatalog() {
  static const std::vector<MethodInfo> catalog = [] {
    std::vector<MethodInfo> list;
    for (const auto& e : method_catalog::kEntries) list.push_back(e.info());
    return list;
  }();
  return catalog;
}

const MethodInfo& methodInfo(std::string_view name) {
  std::vector<std::string> names;
  for (const MethodInfo& info : methodCatalog()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  const std::string nearest = nearestName(name, names);
  throw Error(
      ErrorKind::kUsage, "there is no method '" + std::string(name) + "'",
      nearest.empty() ? "Methods: " + joinText(names, ", ") + "." : "Did you mean '" + nearest + "'?");
}

std::string methodRefusal(const MethodInfo& info, Layout layout, bool freeAnswers) {
  if (freeAnswers && info.labelsOnly) return info.title + " chooses among labels and writes nothing.";
  if (freeAnswers && info.needsBase && layout == Layout::kEncoder)
    return "An encoder writes nothing: " + info.title + " needs a base that does for free answers.";
  if (info.needsWords && layout == Layout::kEncoder)
    return info.title + " asks the model for words, and an encoder has none: it answers only after training.";
  return {};
}

std::int64_t trainableParameters(const MethodInfo& info, const ParamSet& params, const ModelConfig& base,
                                 std::int64_t classes) {
  std::int64_t count = info.trainable ? info.trainable(params, base) : 0;
  if (info.kind != MethodKind::kTuned) return count;
  if (info.ownsHead || base.layout == Layout::kEncoder || base.isClassifier())
    count += classes * (base.hidden + (base.layout == Layout::kDecoder ? 0 : 1));
  return count;
}

std::int64_t storedNumbers(const MethodInfo& info, const ParamSet& params, const ModelConfig& base,
                           std::int64_t classes) {
  const std::int64_t trained = trainableParameters(info, params, base, classes);
  return info.stored ? trained - info.trainable(params, base) + info.stored(params, base) : trained;
}

int presetSeeds(std::string_view preset) {
  if (preset == "quick") return 1;
  if (preset == "standard") return 3;
  if (preset == "thorough") return 5;
  throw Error(ErrorKind::kUsage, "there is no preset '" + std::string(preset) + "'",
              "Presets: quick, standard, thorough.");
}

ParamSet presetParams(const MethodInfo& info, std::string_view preset, Layout layout) {
  ParamSet params(info.parameters);
  if (layout == Layout::kEncoder && info.encoderRate > 0) params.set("learning_rate", info.encoderRate);
  const int seeds = presetSeeds(preset);
  if (params.has("epochs") && seeds != 3) {
    const auto epochs = static_cast<double>(params.getInt("epochs"));
    params.set("epochs", static_cast<std::int64_t>(std::ceil(seeds == 1 ? epochs * 0.6 : epochs * 1.5)));
  }
  return params;
}

void StoredAdapter::requireHeld(std::int64_t numbers) const {
  std::int64_t held = 0;
  for (const auto& [name, tensor] : tensors) held += tensor.numel();
  if (4 * held < numbers)
    throw Error(ErrorKind::kInvalidInput,
                "asks for " + std::to_string(numbers) + " trained numbers, but the tensors hold " +
                    std::to_string(held),
                "The adapter is incomplete, or its configuration belongs to another one.");
}

std::unique_ptr<TunedModel> Method::reopen(const StoredAdapter&) const {
  throw Error(ErrorKind::kUnsupported, "the method stores no adapter", "Give a folder that a run wrote.");
}

std::unique_ptr<Method> makeMethod(std::string_view name) {
  const auto& entry = method_catalog::entry(name);
  if (!entry.method)
    throw Error(ErrorKind::kUsage, "'" + std::string(name) + "' is a yardstick without a language model");
  return entry.method();
}

std::unique_ptr<TextClassifier> makeTextClassifier(std::string_view name) {
  const auto& entry = method_catalog::entry(name);
  if (!entry.classifier) throw Error(ErrorKind::kUsage, "'" + std::string(name) + "' needs a language model");
  return entry.classifier();
}

}  // namespace attune

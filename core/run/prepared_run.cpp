#include "core/run/prepared_run.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/base/error.h"
#include "core/data/split.h"
#include "core/method/peft_folder.h"
#include "core/run/calibrate.h"
#include "core/run/estimate.h"
#include "core/run/memory.h"

namespace attune {

PreparedRun::PreparedRun(const RunSpec& spec, const Dataset& data, const std::string& filesFolder)
    : spec_(spec),
      data_(data),
      info_(methodInfo(spec.method)),
      trainRows_(trainSubset(data, spec.budget.trainRows, Seed{spec.seed}.sub("train rows"))) {
  if (spec.device != "cpu")
    throw Error(ErrorKind::kUnsupported, "device '" + spec.device + "' is not available in this build",
                "Choose the device cpu.");
  base_ = openBase(spec.base.path);
  requireFinite(base_.warnings);
  const ModelConfig& config = base_.model->config();
  if (const std::string why = methodRefusal(info_, config.layout, data.freeAnswers()); !why.empty())
    throw Error(ErrorKind::kUnsupported, why, "Choose another method or base.");
  if (config.isClassifier() && config.layout == Layout::kDecoder)
    throw Error(ErrorKind::kUnsupported,
                spec.base.path + ": is a sequence classifier; label words need a language model",
                "Choose a base whose architecture ends in ForCausalLM.");

  if (spec.params.has("num_virtual_tokens")) virtualTokens_ = spec.params.getInt("num_virtual_tokens");
  if (spec.isImported()) {
    adapter_ = (std::filesystem::path(filesFolder) / spec.params.getString(kAdapterSetting)).string();
    virtualTokens_ = attach()->virtualTokens();
  }
  questions_ =
      makeQuestions({data, base_, spec.params, virtualTokens_, trainRows_, Seed{spec.seed}.sub("examples")});
  request_ = {base_.model, spec.params, Seed{spec.seed}.sub("method"), questions_->labels().ids,
              static_cast<std::int64_t>(data.labels().size())};
  if (spec.params.has("prompt_tuning_init_text"))
    request_.initTokens = base_.tokenizer->encode(spec.params.getString("prompt_tuning_init_text"));
}

std::unique_ptr<Questions> PreparedRun::reworded(const Wording& wording) const {
  ParamSet params = spec_.params;
  params.set("template", wording.pattern);
  std::string lines;
  for (std::size_t i = 0; i < wording.labelWords.size(); ++i)
    lines += data_.labels()[i] + " = " + wording.labelWords[i] + "\n";
  params.set("label_words", lines);
  return makeQuestions({data_, base_, params, virtualTokens_, trainRows_, Seed{spec_.seed}.sub("examples"),
                        wording.exampleOrder});
}

std::unique_ptr<Questions> PreparedRun::paraphrased(const Paraphrase& paraphrase) const {
  return makeQuestions({data_, base_, spec_.params, virtualTokens_, trainRows_,
                        Seed{spec_.seed}.sub("examples"), 0, paraphrase.change});
}

std::unique_ptr<TunedModel> PreparedRun::attach() const {
  return adapter_.empty() ? makeMethod(spec_.method)->attach(request_) : openAdapter(adapter_, base_.model);
}

std::unique_ptr<TunedModel> PreparedRun::untuned() const { return makeMethod("untuned")->attach(request_); }

Precision choosePrecision(const RunSpec& spec) {
  const auto threads = static_cast<int>(spec.threads);
  // What a head alone reads is read once, for training and answers.
  const bool free = spec.params.has("precision") && !methodInfo(spec.method).ownsHead;
  const std::string wanted = free ? spec.params.getString("precision") : std::string("fp32");
  if (wanted == "fp32") return {false, gemmGflops(threads, 0.05), 0};
  const ProductRates rates = measureProducts(threads, 0.05);
  return {wanted == "bf16" || rates.halfPays, rates.gflops, rates.halfGflops};
}

MemoryPlan planMemory(const RunSpec& spec, const PreparedRun& prepared,
                      const std::vector<TrainingExample>& examples, std::int64_t labels) {
  const BaseModel& base = *prepared.base().model;
  if (prepared.info().ownsHead) return {};
  // The largest batch: the longest texts.
  std::vector<double> lengths;
  for (const TrainingExample& e : examples)
    lengths.push_back(static_cast<double>(e.ids.size() + e.answer.size()));
  std::sort(lengths.rbegin(), lengths.rend());
  lengths.resize(std::min(lengths.size(), static_cast<std::size_t>(spec.params.getInt("batch_size"))));
  double tokens = std::accumulate(lengths.begin(), lengths.end(), 0.0);
  if (spec.params.has("num_virtual_tokens"))
    tokens +=
        static_cast<double>(lengths.size()) * static_cast<double>(spec.params.getInt("num_virtual_tokens"));
  const auto peak = [&](const char* method) {
    return peakBytes(methodInfo(method), spec.params, base.config(), base.parameterCount(), tokens, labels);
  };
  // The program and the base are there already.
  const std::int64_t needed = peak(spec.method.c_str()) - peak("untuned"), free = freeMemoryBytes();
  const bool recomputes =
      mayRecompute(spec.params) &&
      (spec.params.getString("activation_checkpointing") == "on" || (free > 0 && needed > free));
  return {recomputes, roomForCopies(needed)};
}

}  // namespace attune

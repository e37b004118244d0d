#include "core/run/playground.h"

#include <algorithm>
#include <map>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/encode.h"
#include "core/eval/evaluator.h"
#include "core/method/method.h"
#include "core/model/generate.h"
#include "core/run/open_base.h"
#include "core/run/stored_prompt.h"

namespace attune {
namespace playground {

// One model with the prompt that it was tuned for.
struct Loaded : OpenedModel {
  std::unique_ptr<PromptEncoder> encoder;
  std::vector<double> prior = {};  // of a calibrated method
};

}  // namespace playground

struct Playground::Impl {
  DatasetRecord dataset;
  std::vector<Variant> variants;
  std::vector<RunSpec> specs;
  std::vector<std::string> folders;
  std::vector<std::string> none;
  std::map<std::size_t, playground::Loaded> loaded;
  std::map<std::string, OpenedBase> bases;  // by path: variants share one

  const OpenedBase& base(const std::string& path) {
    const auto found = bases.find(path);
    if (found != bases.end()) return found->second;
    return bases.emplace(path, openBase(path)).first->second;
  }

  playground::Loaded& load(std::size_t index) {
    if (const auto found = loaded.find(index); found != loaded.end()) return found->second;
    const RunSpec& spec = specs[index];
    playground::Loaded fresh{openTuned(folders[index], [&] { return base(spec.base.path); }), nullptr};
    const ModelConfig& config = fresh.base.model->config();
    const std::vector<std::string> words =
        dataset.freeAnswers ? std::vector<std::string>()
                            : labelWords(dataset.labels, spec.params.getString("label_words"));
    std::string pattern = spec.params.getString("template");
    if (const auto prompt = readPrompt(folders[index])) {
      pattern = prompt->wholePattern(words);
      fresh.prior = prompt->prior;
    }
    fresh.encoder =
        std::make_unique<PromptEncoder>(*fresh.base.tokenizer, PromptTemplate(pattern), words,
                                        config.context - fresh.model->virtualTokens(), answerForm(config));
    if (dataset.freeAnswers) fresh.encoder->leaveRoom(std::min<std::int64_t>(128, config.context / 2));
    return loaded.emplace(index, std::move(fresh)).first->second;
  }
};

Playground::Playground(Store& store, StudyId id) : impl_(std::make_unique<Impl>()) {
  const Study study = store.study(id);
  impl_->dataset = store.dataset(study.dataset);
  const std::vector<Run> runs = store.runs(id);
  for (std::size_t slot = 0; slot < study.methods.size(); ++slot) {
    const MethodChoice& choice = study.methods[slot];
    if (!methodInfo(choice.method).needsBase) continue;
    for (const Run& run : runs) {
      if (run.spec.method != choice.method || run.spec.params != choice.params || !hasResult(run.state))
        continue;
      impl_->variants.push_back({choice.title, run.id, static_cast<int>(slot)});
      impl_->specs.push_back(run.spec);
      impl_->folders.push_back(store.filesFolder() + "/runs/" + std::to_string(run.id.value));
      break;
    }
  }
}

Playground::~Playground() = default;

const std::vector<Playground::Variant>& Playground::variants() const { return impl_->variants; }

const std::vector<std::string>& Playground::labels() const {
  return impl_->dataset.freeAnswers ? impl_->none : impl_->dataset.labels;
}

Playground::Answer Playground::ask(std::size_t variant, const std::string& text, const StopToken& stop,
                                   const std::function<void(const std::string&)>& onText) {
  if (trim(text).empty())
    throw Error(ErrorKind::kUsage, "there is no text to ask about", "Write or pick one.");
  const playground::Loaded& loaded = impl_->load(variant);
  const Tokenizer& tokenizer = *loaded.base.tokenizer;
  Answer answer;
  const double begin = monotonicSeconds();
  const std::vector<std::int64_t> ids = loaded.encoder->encode(text).ids;
  answer.promptTokens = static_cast<std::int64_t>(ids.size()) + loaded.model->virtualTokens();
  answer.extraTokens = loaded.model->virtualTokens() + loaded.encoder->templateTokens() -
                       static_cast<std::int64_t>(tokenizer.encodeInput("").size());
  if (impl_->dataset.freeAnswers) {
    std::vector<std::int64_t> written;
    const GenerateOptions options{128, tokenizer.endIds(), true};
    generateGreedy(*loaded.model, {ids}, options, stop, [&](std::size_t, std::int64_t id) {
      written.push_back(id);
      if (onText) onText(std::string(trim(tokenizer.decode(written, true))));
    });
    answer.text = std::string(trim(tokenizer.decode(written, true)));
  } else {
    auto predictions = predictLabels(*loaded.model, {{ids, 0, 0}}, {loaded.encoder->labelTokens()}, stop);
    if (!loaded.prior.empty()) calibrate(predictions, loaded.prior);
    if (!predictions.empty()) {
      const auto& p = predictions.front().probabilities;
      answer.probabilities.assign(p.begin(), p.end());
      answer.text = impl_->dataset.labels.at(static_cast<std::size_t>(predictions.front().predicted));
    }
  }
  answer.seconds = monotonicSeconds() - begin;
  return answer;
}

}  // namespace attune

#include <ATen/ATen.h>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"
#include "core/method/peft_folder.h"
#include "core/method/virtual_rows.h"

namespace attune {
namespace prompt_tuning {

const char* const kRows = "prompt_embeddings";
const char* const kHeadPrefix = "base_model.";

// [P; E(x)]: trained rows in front of the embedded input (Lester et al. 2021).
class PromptModel final : public TunedModel {
 public:
  // `start` [count · storedSets, hidden]; `text`: that it was taken from, or empty.
  PromptModel(const AttachRequest& request, const at::Tensor& start, std::string text)
      : TunedModel(request.base),
        count_(start.size(0) / storedSets(base().config())),
        text_(std::move(text)) {
    rows_ = addParameter(kRows, start, /*decays=*/false);
    addClassHead(kHeadPrefix, request.classes, request.seed);
  }

  Json adapterConfig() const override {
    // PEFT has no name for starting from class labels; where training began does not matter to a reader.
    return virtualTokensConfig(base(), "PROMPT_TUNING", count_, rows_.size(1), trainsClassHead())
        .set("prompt_tuning_init", text_.empty() ? "SAMPLE_VOCAB" : "TEXT")
        .set("prompt_tuning_init_text", text_.empty() ? Json() : Json(text_))
        .set("tokenizer_name_or_path", nullptr)
        .set("tokenizer_kwargs", nullptr);
  }

 private:
  at::Tensor virtualRows() const override { return rows_.slice(0, 0, count_); }

  at::Tensor rows_;
  std::int64_t count_;
  std::string text_;
};

class PromptTuning final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    const std::int64_t count = request.params.getInt("num_virtual_tokens");
    requireRoom(*request.base, count);
    const std::string& kind = request.params.getString("prompt_tuning_init");
    const at::Tensor start = startRows(request, kind, count * storedSets(request.base->config()));
    return std::make_unique<PromptModel>(
        request, start, kind == "TEXT" ? request.params.getString("prompt_tuning_init_text") : std::string());
  }

  std::unique_ptr<TunedModel> reopen(const StoredAdapter& stored) const override {
    return makeStoredPrompt(stored);
  }
};

}  // namespace prompt_tuning

std::unique_ptr<TunedModel> makeStoredPrompt(const StoredAdapter& stored) {
  const std::int64_t count = rankOf(stored.config, "num_virtual_tokens", 0);
  requireRoom(*stored.base, count);
  const ModelConfig& c = stored.base->config();
  stored.requireHeld(count * storedSets(c) * c.hidden);
  return std::make_unique<prompt_tuning::PromptModel>(
      stored.request(), at::zeros({count * storedSets(c), c.hidden}), std::string());
}

MethodInfo promptTuningInfo() {
  MethodInfo info;
  info.name = "prompt_tuning";
  info.title = "Prompt tuning";
  info.summary = "Learns invisible words in front of the text; the model stays as it is.";
  info.usual = true;
  info.source = "Lester et al. 2021, arXiv:2104.08691; PEFT type PROMPT_TUNING";
  info.peftType = "PROMPT_TUNING";
  info.parameters =
      std::vector<ParamSpec>{
          intParam("num_virtual_tokens", "Virtual tokens",
                   "How many invisible words: more can learn more, and every request gets longer by as many.",
                   20, 1, 1000),
          choiceParam("prompt_tuning_init", "Start", "What the invisible words are before training.",
                      "CLASS_LABELS", {"CLASS_LABELS", "SAMPLE_VOCAB", "TEXT", "RANDOM"}, true),
          stringParam("prompt_tuning_init_text", "Start text",
                      "With the start TEXT: the words that the invisible ones begin as.", "", true)} +
      trainingParams({.learningRate = 3e-1, .epochs = 15}) + promptParams(kNeutralTemplate);
  info.work = [](const ParamSet& params, const ModelConfig&) {
    return TrainingWork{.fromInputs = true,
                        .tokens = static_cast<double>(params.getInt("num_virtual_tokens"))};
  };
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    return params.getInt("num_virtual_tokens") * storedSets(base) * base.hidden;
  };
  return info;
}

std::unique_ptr<Method> makePromptTuning() { return std::make_unique<prompt_tuning::PromptTuning>(); }

}  // namespace attune

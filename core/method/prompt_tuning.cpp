#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <cstring>

#include "core/base/error.h"
#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {
namespace prompt_tuning {

// Where the virtual tokens begin: rows [n, hidden] near or among the embeddings of real words, without which
// soft prompts fail silently.
at::Tensor startRows(const AttachRequest& request, std::int64_t count) {
  const at::Tensor& table = request.base->weights().at(request.base->embeddingName());
  const std::string& kind = request.params.getString("prompt_tuning_init");
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed.sub("prompt").value);
  if (kind == "RANDOM") {
    // Normal with the spread of the table's own entries.
    const double spread = table.std().item<double>();
    return at::empty({count, table.size(1)}).normal_(0, spread, generator);
  }
  // Rows of random words, drawn with replacement from the whole vocabulary …
  const at::Tensor drawn = at::empty({count}, at::kLong).random_(0, table.size(0), generator);
  at::Tensor rows = table.index_select(0, drawn);
  // … the first ones replaced by the means of the label words' tokens (Lester et al. 2021).
  if (kind == "CLASS_LABELS")
    for (std::int64_t i = 0; i < count && i < static_cast<std::int64_t>(request.labelTokens.size()); ++i) {
      const auto& ids = request.labelTokens[static_cast<std::size_t>(i)];
      at::Tensor index = at::empty({static_cast<std::int64_t>(ids.size())}, at::kLong);
      std::memcpy(index.data_ptr(), ids.data(), ids.size() * sizeof(std::int64_t));
      rows[i] = table.index_select(0, index).mean(0);
    }
  return rows;
}

// [P; E(x)]: trained rows in front of the embedded input (Lester et al. 2021).
class PromptModel final : public TunedModel {
 public:
  explicit PromptModel(const AttachRequest& request)
      : TunedModel(request.base), start_(request.params.getString("prompt_tuning_init")) {
    const std::int64_t count = request.params.getInt("num_virtual_tokens");
    if (count + 8 > request.base->config().context)
      throw Error(ErrorKind::kUsage,
                  "num_virtual_tokens " + std::to_string(count) + " leaves no room in a context of " +
                      std::to_string(request.base->config().context) + " tokens",
                  "Use fewer virtual tokens.");
    const c10::NoGradGuard noGrad;
    const at::Tensor start = startRows(request, count);
    rows_ = addParameter("prompt_embeddings", start, /*decays=*/false);
    addClassHead("base_model.", request.classes, request.seed);
  }

  Json adapterConfig() const override {
    const ModelConfig& c = base().config();
    return Json()
        .set("peft_type", "PROMPT_TUNING")
        .set("num_virtual_tokens", rows_.size(0))
        .set("token_dim", rows_.size(1))
        .set("num_transformer_submodules", 1)
        .set("num_attention_heads", c.heads)
        .set("num_layers", c.layers)
        // PEFT has no name for starting from class labels; where training began does not matter to a reader.
        .set("prompt_tuning_init", start_ == "RANDOM" ? "RANDOM" : "SAMPLE_VOCAB")
        .set("prompt_tuning_init_text", nullptr)
        .set("tokenizer_name_or_path", nullptr)
        .set("tokenizer_kwargs", nullptr)
        .set("modules_to_save",
             hasClassHead() ? Json::list(std::vector<std::string>{"classifier", "score"}) : Json());
  }

 private:
  at::Tensor virtualRows() const override { return rows_; }

  std::string start_;
  at::Tensor rows_;
};

class PromptTuning final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<PromptModel>(request);
  }
};

}  // namespace prompt_tuning

MethodInfo promptTuningInfo() {
  MethodInfo info;
  info.name = "prompt_tuning";
  info.title = "Prompt tuning";
  info.summary = "Learns invisible words in front of the text; the model stays as it is.";
  info.source = "Lester et al. 2021, arXiv:2104.08691; PEFT type PROMPT_TUNING";
  info.parameters =
      std::vector<ParamSpec>{
          intParam("num_virtual_tokens", "Virtual tokens",
                   "How many invisible words: more can learn more, and every request gets longer by as many.",
                   20, 1, 1000),
          choiceParam("prompt_tuning_init", "Start", "What the invisible words are before training.",
                      "CLASS_LABELS", {"CLASS_LABELS", "SAMPLE_VOCAB", "RANDOM"}, true)} +
      trainingParams({.learningRate = 1e-1, .epochs = 15, .weightDecay = 0.0}) +
      promptParams(kNeutralTemplate);
  info.trainable = [](const ParamSet& params, const ModelConfig& base) {
    return params.getInt("num_virtual_tokens") * base.hidden;
  };
  return info;
}

std::unique_ptr<Method> makePromptTuning() { return std::make_unique<prompt_tuning::PromptTuning>(); }

}  // namespace attune

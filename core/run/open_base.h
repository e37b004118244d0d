#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/encode.h"
#include "core/method/tuned_model.h"
#include "core/model/base_model.h"
#include "core/token/tokenizer.h"

namespace attune {

// A base model with its tokenizer, checked to belong together. Includes torch.
struct OpenedBase {
  std::shared_ptr<const BaseModel> model;
  std::shared_ptr<const Tokenizer> tokenizer;
  std::vector<Diagnostic> warnings;
};

// Throws Error as openModel and openTokenizer do, and Error(kInvalidInput) when the tokenizer has more pieces
// than the embedding has rows.
OpenedBase openBase(const std::string& path);

// What a run or PEFT left in a folder, with the base that it answers on.
struct OpenedModel {
  OpenedBase base;
  std::unique_ptr<TunedModel> model;
};

// Opens what lies in `folder`: an adapter for the base that `base` gives, or a whole model, which takes the
// base's place. An empty folder name, or a folder without either: the untuned base. Throws Error as openBase,
// openAdapter and requireFinite do.
OpenedModel openTuned(const std::string& folder, const std::function<OpenedBase()>& base);

// How a model of this configuration is asked.
AnswerForm answerForm(const ModelConfig& config);

// Throws Error(kInvalidInput) for the first of the warnings that loading gave, if any.
void requireFinite(const std::vector<Diagnostic>& warnings);

}  // namespace attune

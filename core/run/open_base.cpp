#include "core/run/open_base.h"

#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/method/method.h"
#include "core/method/peft_folder.h"
#include "core/method/whole_model.h"
#include "core/model/catalog.h"

namespace attune {

OpenedBase openBase(const std::string& path) {
  OpenedBase base;
  const ModelInfo info = describeModel(path);  // the cheap checks first
  base.tokenizer = openTokenizer(path);
  if (base.tokenizer->size() > info.vocabulary)
    throw Error(ErrorKind::kInvalidInput,
                path + ": the tokenizer has " + std::to_string(base.tokenizer->size()) +
                    " tokens, more than the embedding's " + std::to_string(info.vocabulary) + " rows",
                "Tokenizer and weights come from different models: get both from one source.")
        .inFile(path);
  base.model = openModel(path, base.warnings);
  return base;
}

OpenedModel openTuned(const std::string& folder, const std::function<OpenedBase()>& base) {
  const bool whole = !folder.empty() && holdsWholeModel(folder);
  const bool adapter =
      !folder.empty() && std::filesystem::exists(std::filesystem::path(folder) / "adapter_config.json");
  OpenedModel opened;
  opened.base = whole ? openBase(folder) : base();
  requireFinite(opened.base.warnings);
  opened.model = adapter && !whole
                     ? openAdapter(folder, opened.base.model)
                     : makeMethod("untuned")->attach({opened.base.model, ParamSet(), Seed{}, {}});
  return opened;
}

AnswerForm answerForm(const ModelConfig& config) {
  switch (config.layout) {
    case Layout::kEncoder:
      return AnswerForm::kClass;
    case Layout::kEncoderDecoder:
      return AnswerForm::kSeparate;
    case Layout::kDecoder:
      break;
  }
  return AnswerForm::kContinuation;
}

}  // namespace attune

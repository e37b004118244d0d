#include "core/run/open_base.h"

#include "core/base/error.h"
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

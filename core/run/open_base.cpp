#include "core/run/open_base.h"

#include "core/base/error.h"
#include "core/model/catalog.h"

namespace attune {

OpenedBase openBase(const std::string& folder) {
  OpenedBase base;
  const ModelInfo info = describeModel(folder);  // the cheap checks first
  base.tokenizer = openTokenizer(folder);
  if (base.tokenizer->size() > info.vocabulary)
    throw Error(ErrorKind::kInvalidInput,
                folder + ": the tokenizer has " + std::to_string(base.tokenizer->size()) +
                    " tokens, more than the embedding's " + std::to_string(info.vocabulary) + " rows",
                "Tokenizer and weights come from different models: get both from one source.")
        .inFile(folder);
  base.model = openModel(folder, base.warnings);
  return base;
}

}  // namespace attune

#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/token/sentencepiece.h"
#include "core/token/tokenizer.h"

namespace attune {

std::shared_ptr<const Tokenizer> openTokenizer(const std::string& folder) {
  const std::filesystem::path base(folder);
  Json config = Json::object();
  if (const auto file = base / "tokenizer_config.json"; std::filesystem::exists(file))
    config = parseJson(readFile(file.string(), 16 << 20), file.string());

  for (const char* name : {"tokenizer.model", "spiece.model"})
    if (const auto file = base / name; std::filesystem::exists(file)) {
      // A LLaMA tokenizer puts bos in front unless its configuration says otherwise; T5's never does.
      const bool addsBos = config.boolOr("add_bos_token", std::string_view(name) == "tokenizer.model");
      // T5's ends every input with eos.
      return openSentencePiece(file.string(), addsBos,
                               config.boolOr("add_eos_token", std::string_view(name) == "spiece.model"));
    }
  for (const char* name : {"tokenizer.json", "vocab.json", "vocab.txt"})
    if (std::filesystem::exists(base / name))
      throw Error(ErrorKind::kUnsupported,
                  (base / name).string() + ": this kind of tokenizer is not supported yet",
                  "Use a model folder with a SentencePiece file (tokenizer.model).")
          .inFile((base / name).string());
  throw Error(ErrorKind::kNotFound, folder + ": no tokenizer found",
              "The folder needs one of: tokenizer.model, spiece.model, tokenizer.json, vocab.json with "
              "merges.txt, vocab.txt.")
      .inFile(folder);
}

}  // namespace attune

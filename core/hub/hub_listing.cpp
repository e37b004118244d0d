#include <algorithm>
#include <array>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/hub/hub_cache.h"
#include "core/hub/hub_request.h"

namespace attune {
namespace {

constexpr std::array<std::string_view, 22> kSideFiles{"config.json",
                                                      "generation_config.json",
                                                      "tokenizer.json",
                                                      "tokenizer_config.json",
                                                      "special_tokens_map.json",
                                                      "added_tokens.json",
                                                      "tokenizer.model",
                                                      "spiece.model",
                                                      "vocab.json",
                                                      "merges.txt",
                                                      "vocab.txt",
                                                      "chat_template.jinja",
                                                      "modules.json",
                                                      "1_Pooling/config.json",
                                                      "sentence_bert_config.json",
                                                      "config_sentence_transformers.json",
                                                      "README.md",
                                                      "adapter_config.json",
                                                      "adapter_model.safetensors",
                                                      "model.safetensors",
                                                      "model.safetensors.index.json",
                                                      "prompt.json"};
constexpr std::size_t kMaxFiles = 100'000;

bool isPickle(const std::string& path) {
  for (const char* end : {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
    if (path.ends_with(end)) return true;
  return false;
}

// "model-00001-of-00003.safetensors"
bool isShard(const std::string& path) {
  return path.starts_with("model-") && path.find("-of-") != std::string::npos &&
         path.ends_with(".safetensors") && path.find('/') == std::string::npos;
}

void chooseGguf(HubListing& listing, const std::string& wanted) {
  std::vector<std::string> names;
  for (const HubFile& file : listing.files)
    if (file.path.ends_with(".gguf")) names.push_back(file.path);
  std::string chosen = wanted;
  if (chosen.empty() && names.size() == 1) chosen = names.front();
  if (chosen.empty())
    throw Error(ErrorKind::kUsage,
                listing.repo.name + " holds " + std::to_string(names.size()) + " GGUF files",
                "Choose one of: " + joinText(names, ", ") + ".");
  bool found = false;
  for (HubFile& file : listing.files) {
    file.wanted = file.path == chosen || file.path == "README.md";
    found = found || file.path == chosen;
    if (!file.wanted)
      file.why = file.path.ends_with(".gguf") ? "another one was chosen" : "not needed with a GGUF file";
  }
  if (!found)
    throw Error(ErrorKind::kUsage, listing.repo.name + " has no file '" + elide(chosen, 80) + "'",
                names.empty() ? "It holds no GGUF file." : "It holds: " + joinText(names, ", ") + ".");
}

void choose(HubListing& listing, const std::string& ggufFile) {
  const auto has = [&](const std::string& name) {
    return std::any_of(listing.files.begin(), listing.files.end(),
                       [&](const HubFile& f) { return f.path == name; });
  };
  const auto any = [&](auto is) { return std::any_of(listing.files.begin(), listing.files.end(), is); };
  const bool single = has("model.safetensors"), sharded = has("model.safetensors.index.json");
  const bool adapter = has("adapter_model.safetensors");
  const bool gguf = any([](const HubFile& f) { return f.path.ends_with(".gguf"); });
  if (!ggufFile.empty() || (!single && !sharded && !adapter && gguf)) return chooseGguf(listing, ggufFile);
  if (!single && !sharded && !adapter) {
    if (any([](const HubFile& f) { return isPickle(f.path); }))
      throw Error(
          ErrorKind::kUnsupported,
          listing.repo.name + ": the weights are Python pickles, which can run programs and are never loaded",
          "Look for a revision with model.safetensors (often refs/pr/1), or convert it where you trust it.");
    throw Error(ErrorKind::kUnsupported, listing.repo.name + " holds no weights that Attune can read",
                "Choose a model with model.safetensors or a .gguf file.");
  }
  for (HubFile& file : listing.files) {
    const bool side = std::find(kSideFiles.begin(), kSideFiles.end(), file.path) != kSideFiles.end();
    file.wanted = (side && !(single && file.path == "model.safetensors.index.json")) ||
                  (!single && sharded && isShard(file.path));
    if (!file.wanted) file.why = isPickle(file.path) ? "a Python pickle, never loaded" : "not needed";
  }
}

}  // namespace

std::int64_t HubListing::wantedBytes() const {
  std::int64_t bytes = 0;
  for (const HubFile& file : files)
    if (file.wanted) bytes += file.bytes;
  return bytes;
}

HubListing listModel(const RepoId& repo, const std::string& ggufFile, const HubSettings& settings,
                     const StopToken& stop) {
  if (settings.offline)
    throw Error(ErrorKind::kIo,
                "the network is switched off (HF_HUB_OFFLINE) and " + repo.name + " is not in the cache",
                "Unset HF_HUB_OFFLINE, or copy the model's folder here.");
  const HubClient client(repo, settings, stop);
  const std::string answer =
      client.get(client.at("/api/models/" + percentEncoded(repo.name, true) + "/revision/" +
                           percentEncoded(repo.revision, false) + "?blobs=true"));
  HubListing listing;
  listing.repo = repo;
  try {
    const Json json = parseJson(answer, settings.endpoint);
    listing.commit = json.at("sha").asString();
    if (!isCommit(listing.commit))
      throw Error(ErrorKind::kInvalidInput, settings.endpoint + ": the commit is no hash",
                  "Use another mirror.");
    if (const Json* card = json.find("cardData"); card && card->isObject())
      if (const Json* licence = card->find("license"); licence && licence->isString())
        listing.licence = elide(licence->asString(), 60);
    const auto& siblings = json.at("siblings").items();
    if (siblings.size() > kMaxFiles)
      throw Error(ErrorKind::kInvalidInput, repo.name + " has more than 100,000 files",
                  "Choose another model.");
    for (const Json& item : siblings) {
      HubFile file;
      file.path = item.at("rfilename").asString();
      requirePlainPath(file.path, repo.name);
      file.bytes = std::max<std::int64_t>(0, item.intOr("size", 0));
      listing.files.push_back(std::move(file));
    }
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::kInvalidInput && !e.file().empty())
      throw Error(ErrorKind::kIo, settings.endpoint + " does not answer as the Hub does",
                  "Check HF_ENDPOINT, or whether a proxy stands between.");
    throw;
  }
  choose(listing, ggufFile);
  return listing;
}

}  // namespace attune

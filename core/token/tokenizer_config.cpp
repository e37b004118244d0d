#include "core/token/tokenizer_config.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"

namespace attune {
namespace {

Json readIfThere(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return Json::object();
  Json json = parseJson(readFile(file.string(), 64 << 20), file.string());
  if (!json.isObject())
    throw Error(ErrorKind::kInvalidInput, file.string() + ": is no JSON object", "Get the file again.")
        .inFile(file.string());
  return json;
}

// A token is written as its content or as an object that holds it.
std::string content(const Json* value) {
  if (!value) return {};
  if (value->isString()) return value->asString();
  return value->isObject() ? value->stringOr("content", "") : std::string();
}

void readNames(const Json& json, TokenizerConfig& config) {
  const auto take = [&](const char* key, std::string& to) {
    if (const std::string name = content(json.find(key)); !name.empty()) to = name;
  };
  take("bos_token", config.bos);
  take("eos_token", config.eos);
  take("pad_token", config.pad);
  take("unk_token", config.unknown);
  take("cls_token", config.cls);
  take("sep_token", config.sep);
  take("mask_token", config.mask);
}

std::optional<bool> optionalBool(const Json& json, const char* key) {
  const Json* value = json.find(key);
  if (!value || value->isNull()) return {};
  return value->asBool();
}

void readAddedDecoder(const Json& json, const std::string& file, TokenizerConfig& config) {
  const Json* list = json.find("added_tokens_decoder");
  if (!list || !list->isObject()) return;
  for (const auto& [key, value] : list->members()) {
    const auto id = parseInt(key);
    if (!id || *id < 0 || *id >= (1 << 24))
      throw Error(ErrorKind::kInvalidInput,
                  file + ": added_tokens_decoder has the impossible id '" + elide(key, 20) + "'",
                  "Get the file again from the model's source.")
          .inFile(file);
    config.added.push_back(addedToken(*id, value));
  }
}

}  // namespace

std::vector<std::string> TokenizerConfig::named() const {
  std::vector<std::string> names;
  for (const std::string* name : {&bos, &eos, &pad, &unknown, &cls, &sep, &mask})
    if (!name->empty()) names.push_back(*name);
  return names;
}

Json tokenizerConfigJson(const TokenizerConfig& config) {
  Json json = Json::object();
  const auto name = [&](const char* key, const std::string& token) {
    if (!token.empty()) json.set(key, token);
  };
  const auto flag = [&](const char* key, const std::optional<bool>& value) {
    if (value) json.set(key, *value);
  };
  flag("add_bos_token", config.addBos);
  flag("add_eos_token", config.addEos);
  if (!config.added.empty()) {
    Json list = Json::object();
    for (const AddedToken& token : config.added) list.set(std::to_string(token.id), addedTokenJson(token));
    json.set("added_tokens_decoder", std::move(list));
  }
  name("bos_token", config.bos);
  name("chat_template", config.chatTemplate);
  json.set("clean_up_tokenization_spaces", false);
  name("cls_token", config.cls);
  if (config.className == "BertTokenizer") {
    json.set("do_lower_case", config.lowerCase);
    flag("strip_accents", config.stripAccents);
    json.set("tokenize_chinese_chars", config.splitIdeographs);
  }
  name("eos_token", config.eos);
  if (config.extraIds) json.set("extra_ids", *config.extraIds);
  if (config.className == "LlamaTokenizer") json.set("legacy", config.legacy);
  name("mask_token", config.mask);
  name("pad_token", config.pad);
  name("sep_token", config.sep);
  name("tokenizer_class", config.className);
  name("unk_token", config.unknown);
  return json;
}

Json generationConfigJson(const TokenizerConfig& config) {
  Json json = Json::object();
  if (config.endIds.size() == 1) json.set("eos_token_id", config.endIds.front());
  if (config.endIds.size() > 1) json.set("eos_token_id", Json::list(config.endIds));
  return json;
}

TokenizerConfig readTokenizerConfig(const std::string& folder) {
  const std::filesystem::path base(folder);
  TokenizerConfig config;
  const Json map = readIfThere(base / "special_tokens_map.json");
  readNames(map, config);
  const std::string file = (base / "tokenizer_config.json").string();
  const Json json = readIfThere(file);
  readNames(json, config);
  config.className = json.stringOr("tokenizer_class", "");
  if (config.className.ends_with("Fast")) config.className.resize(config.className.size() - 4);
  config.addBos = optionalBool(json, "add_bos_token");
  config.addEos = optionalBool(json, "add_eos_token");
  config.legacy = json.boolOr("legacy", false);
  config.lowerCase = json.boolOr("do_lower_case", true);
  config.stripAccents = optionalBool(json, "strip_accents");
  config.splitIdeographs = json.boolOr("tokenize_chinese_chars", true);
  config.chatTemplate = content(json.find("chat_template"));
  if (const Json* extra = json.find("extra_ids"); extra && !extra->isNull()) {
    config.extraIds = extra->asInt();
    if (*config.extraIds < 0 || *config.extraIds > (1 << 20))
      throw Error(ErrorKind::kInvalidInput,
                  file + ": extra_ids is the impossible number " + std::to_string(*config.extraIds),
                  "Get the file again from the model's source.")
          .inFile(file);
  }
  readAddedDecoder(json, file, config);

  std::vector<std::string> special = config.named();
  if (const Json* more = map.find("additional_special_tokens"); more && more->isArray())
    for (const Json& token : more->items()) special.push_back(content(&token));
  const Json added = readIfThere(base / "added_tokens.json");
  for (const auto& [name, id] : added.members()) {
    const bool known = std::any_of(config.added.begin(), config.added.end(),
                                   [&, n = name](const AddedToken& token) { return token.content == n; });
    if (known) continue;
    AddedToken token;
    token.id = id.asInt();
    token.content = name;
    token.special = std::find(special.begin(), special.end(), name) != special.end();
    config.added.push_back(std::move(token));
  }

  const Json generation = readIfThere(base / "generation_config.json");
  if (const Json* eos = generation.find("eos_token_id"); eos && eos->isArray()) {
    for (const Json& id : eos->items()) config.endIds.push_back(id.asInt());
  } else if (eos && eos->isInt()) {
    config.endIds.push_back(eos->asInt());
  }
  return config;
}

}  // namespace attune

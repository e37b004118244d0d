#include <cstdlib>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/hub/http.h"
#include "core/hub/hub.h"

namespace attune {
namespace {

bool isOn(const std::optional<std::string>& value) {
  const std::string text = toLowerAscii(value.value_or(""));
  return text == "1" || text == "on" || text == "yes" || text == "true";
}

bool isNamePart(std::string_view part) {
  if (part.empty() || part.size() > 96 || part.find("--") != std::string_view::npos ||
      part.find("..") != std::string_view::npos)
    return false;
  for (const char c : part)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
          c == '_' || c == '.'))
      return false;
  const auto edge = [](char c) { return c == '-' || c == '.'; };
  return !edge(part.front()) && !edge(part.back());
}

bool isRevision(const std::string& text) {
  if (text.empty() || text.size() > 200 || text.find("..") != std::string::npos || text.front() == '/')
    return false;
  return text.find_first_of(std::string_view("\\:?#%* \t\r\n\0", 11)) == std::string::npos;
}

}  // namespace

RepoId parseRepoId(const std::string& text) {
  RepoId repo{text, "main"};
  if (const auto at = text.find('@'); at != std::string::npos) {
    repo.name = text.substr(0, at);
    repo.revision = text.substr(at + 1);
  }
  const std::vector<std::string> parts = splitText(repo.name, '/');
  bool good = parts.size() <= 2 && !repo.name.ends_with(".git") && isRevision(repo.revision);
  for (const std::string& part : parts) good = good && isNamePart(part);
  if (!good)
    throw Error(ErrorKind::kUsage, "'" + elide(text, 120) + "' is no name of a repository",
                "Write ORG/NAME or ORG/NAME@REVISION, as on the model's page.");
  return repo;
}

HubSettings hubSettings(const Environment& environment) {
  HubSettings settings;
  const auto get = [&](const char* name) { return environment(name).value_or(""); };
  if (const std::string endpoint = get("HF_ENDPOINT"); !endpoint.empty()) settings.endpoint = endpoint;
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  Url::parse(settings.endpoint);
  settings.offline = isOn(environment("HF_HUB_OFFLINE")) || isOn(environment("TRANSFORMERS_OFFLINE"));

  std::string home = get("HF_HOME");
  if (home.empty()) {
    const std::string cache = get("XDG_CACHE_HOME");
    home = (cache.empty() ? get("HOME") + "/.cache" : cache) + "/huggingface";
  }
  settings.cacheFolder = get("HF_HUB_CACHE");
  if (settings.cacheFolder.empty()) settings.cacheFolder = get("HUGGINGFACE_HUB_CACHE");
  if (settings.cacheFolder.empty()) settings.cacheFolder = home + "/hub";

  if (!isOn(environment("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) {
    settings.token = get("HF_TOKEN");
    if (settings.token.empty()) settings.token = get("HUGGING_FACE_HUB_TOKEN");
    std::string file = get("HF_TOKEN_PATH");
    if (file.empty()) file = home + "/token";
    if (settings.token.empty() && std::filesystem::is_regular_file(file))
      settings.token = readFile(file, 1 << 16);
    settings.token = std::string(trim(settings.token));
    // It becomes part of a header.
    if (settings.token.find_first_of("\r\n") != std::string::npos)
      throw Error(ErrorKind::kUsage, "the token of the Hub has a line end in it",
                  "Store the token in one line.");
  }
  const auto seconds = [&](const char* name, std::int64_t& to) {
    if (const auto value = parseDouble(get(name)); value && *value > 0)
      to = static_cast<std::int64_t>(*value * 1000);
  };
  seconds("HF_HUB_ETAG_TIMEOUT", settings.answerTimeoutMs);
  seconds("HF_HUB_DOWNLOAD_TIMEOUT", settings.stallTimeoutMs);
  return settings;
}

HubSettings hubSettings() {
  return hubSettings([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
}

}  // namespace attune

#include "core/run/base_library.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/file_lock.h"
#include "core/base/folders.h"
#include "core/base/gguf.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/method/catalog.h"
#include "core/run/estimate.h"
#include "core/run/usable_base.h"

namespace attune {
namespace base_library {

constexpr const char* kSchema = "attune.bases/1";
// For saying what a method needs before any data is known: 16 texts of 40 tokens, ten labels.
constexpr double kUsualTokens = 16 * 40;
constexpr std::int64_t kUsualClasses = 10;

std::string plainPath(const std::string& path) {
  std::string text = std::filesystem::absolute(path).lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// The licence in the front matter of a model card ("license: apache-2.0" between two lines of dashes).
std::string licenceOf(const std::string& path) {
  if (isGgufFile(path)) return GgufFile(path).stringOr("general.license", "");
  const auto card = std::filesystem::path(path) / "README.md";
  if (!std::filesystem::is_regular_file(card)) return {};
  const std::vector<std::string> lines = splitText(readFile(card.string(), 16 << 20), '\n');
  if (lines.empty() || trim(lines.front()) != "---") return {};
  for (std::size_t i = 1; i < lines.size() && trim(lines[i]) != "---"; ++i)
    if (lines[i].starts_with("license:")) return elide(trim(lines[i].substr(8)), 60);
  return {};
}

std::int64_t bytesOf(const std::string& path) {
  if (std::filesystem::is_regular_file(path)) return fileSize(path);
  std::int64_t bytes = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(path, error))
    if (file.path().extension() == ".safetensors") bytes += static_cast<std::int64_t>(file.file_size(error));
  return bytes;
}

}  // namespace base_library

BaseLibrary::BaseLibrary(std::string file, std::string bundled)
    : file_(std::move(file)), bundled_(std::move(bundled)) {}

BaseLibrary BaseLibrary::ofUser(const std::string& bundled) {
  const std::string folder = userDataFolder();
  return {folder.empty() ? folder : folder + "/bases.json", bundled};
}

std::vector<KnownBase> BaseLibrary::read() const {
  std::vector<KnownBase> bases;
  if (file_.empty() || !std::filesystem::exists(file_)) return bases;
  try {
    const Json json = parseJson(readFile(file_, 16 << 20), file_);
    if (json.stringOr("schema", "") != base_library::kSchema)
      throw Error(ErrorKind::kInvalidInput, "it is not a list of base models");
    for (const Json& item : json.at("bases").items())
      bases.push_back({item.at("name").asString(), item.at("path").asString(),
                       item.stringOr("source", "folder"), item.intOr("added_ms", 0)});
  } catch (const Error& e) {
    throw Error(ErrorKind::kInvalidInput, file_ + ": the list of base models is damaged: " + e.what(),
                "Mend or delete the file; the models themselves are not touched.")
        .inFile(file_);
  }
  return bases;
}

void BaseLibrary::write(const std::vector<KnownBase>& bases) const {
  Json list = Json::array();
  for (const KnownBase& base : bases)
    list.push(Json()
                  .set("name", base.name)
                  .set("path", base.path)
                  .set("source", base.source)
                  .set("added_ms", base.addedMs));
  writeFileAtomically(
      file_, Json().set("schema", base_library::kSchema).set("bases", std::move(list)).dump(2) + "\n");
}

std::vector<KnownBase> BaseLibrary::list() const {
  std::vector<KnownBase> bases = read();
  std::stable_sort(bases.begin(), bases.end(),
                   [](const KnownBase& a, const KnownBase& b) { return a.name < b.name; });
  if (!bundled_.empty()) bases.insert(bases.begin(), {"bundled", bundled_, "bundled", 0});
  return bases;
}

KnownBase BaseLibrary::add(const std::string& path, std::vector<Diagnostic>& warnings,
                           const std::string& source, const std::string& name) {
  const std::string place = base_library::plainPath(path);
  if (!bundled_.empty() && place == base_library::plainPath(bundled_)) return list().front();
  if (file_.empty())
    throw Error(ErrorKind::kIo, "there is no home folder to keep the list of base models in",
                "Set HOME or XDG_DATA_HOME.");
  const ModelInfo info = examineBase(place, warnings);
  const FileLock lock(file_ + ".lock");
  std::vector<KnownBase> bases = read();
  for (const KnownBase& known : bases)
    if (known.path == place) return known;
  KnownBase base;
  base.path = place;
  base.source = !source.empty() ? source : isGgufFile(place) ? "gguf" : "folder";
  base.addedMs = utcMilliseconds();
  const std::string wanted = name.empty() ? info.name : name;
  const auto taken = [&](const std::string& text) {
    return text == "bundled" || text.empty() ||
           std::any_of(bases.begin(), bases.end(),
                       [&](const KnownBase& known) { return known.name == text; });
  };
  base.name = wanted;
  for (int number = 2; taken(base.name); ++number) base.name = wanted + " " + std::to_string(number);
  bases.push_back(base);
  write(bases);
  return base;
}

void BaseLibrary::remove(const std::string& name) {
  if (name == "bundled")
    throw Error(ErrorKind::kUsage, "the bundled base model cannot be removed from the list",
                "It belongs to the installation.");
  const FileLock lock(file_ + ".lock");
  std::vector<KnownBase> bases = read();
  if (std::erase_if(bases, [&](const KnownBase& base) { return base.name == name; }) == 0) resolve(name);
  write(bases);
}

std::string BaseLibrary::resolve(const std::string& nameOrPath) const {
  if (nameOrPath == "bundled" && bundled_.empty())
    throw Error(ErrorKind::kNotFound, "the bundled base model is not installed",
                "Install Attune completely, or set ATTUNE_DATA to the folder that holds base/ and sample/.");
  std::vector<std::string> names;
  for (const KnownBase& base : list()) {
    if (base.name == nameOrPath) return base.path;
    names.push_back(base.name);
  }
  const bool isPath = nameOrPath.find('/') != std::string::npos || std::filesystem::exists(nameOrPath);
  if (isPath) return nameOrPath;
  const std::string nearest = nearestName(nameOrPath, names);
  throw Error(
      ErrorKind::kNotFound, "there is no base model '" + nameOrPath + "', nor a folder or file of that name",
      nearest.empty() ? "Known: " + joinText(names, ", ") + ". Add one with 'attune-cli bases add PATH'."
                      : "Did you mean '" + nearest + "'?");
}

BaseDetails describeBase(const KnownBase& base) {
  BaseDetails details;
  details.base = base;
  try {
    details.info = describeModel(base.path);
    details.bytes = base_library::bytesOf(base.path);
    details.licence = base_library::licenceOf(base.path);
  } catch (const Error& e) {
    details.info = {};
    details.problem = std::string(e.what()) + " " + e.hint();
  }
  return details;
}

MemoryNeeds memoryNeeds(const ModelInfo& info) {
  MemoryNeeds needs;
  const ModelConfig config = readModelConfig(info.path);
  for (const MethodInfo& method : methodCatalog())
    if (method.needsBase && methodRefusal(method, info.layout).empty())
      needs[method.name] = peakBytes(method, ParamSet(method.parameters), config, info.parameters,
                                     base_library::kUsualTokens, base_library::kUsualClasses);
  return needs;
}

}  // namespace attune

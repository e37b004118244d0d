#include "core/hub/hub_cache.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"

namespace attune {
namespace {

bool isHex(const std::string& text) {
  return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void makeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error(ErrorKind::kIo, folder.string() + ": cannot be made (" + error.message() + ")",
                "Choose another cache folder with HF_HUB_CACHE, or change the permissions.")
        .inFile(folder.string());
}

}  // namespace

bool isCommit(const std::string& text) { return text.size() == 40 && isHex(text); }

bool isEtag(const std::string& text) {
  if (text.empty() || text.size() > 128) return false;
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'))
      return false;
  return true;
}

void requirePlainPath(const std::string& path, const std::string& who) {
  bool good = !path.empty() && path.size() < 1024 && path.front() != '/' &&
              path.find_first_of(std::string_view("\\:\0", 3)) == std::string::npos;
  for (const std::string& part : splitText(path, '/'))
    good = good && !part.empty() && part != "." && part != "..";
  if (!good)
    throw Error(ErrorKind::kInvalidInput,
                who + ": lists a file with the impossible name '" + elide(path, 80) + "'",
                "Do not use a model from a server that does this.");
}

HubCache::HubCache(const HubSettings& settings, const std::string& repo)
    : root_(settings.cacheFolder), name_("models--" + replaceAll(repo, "/", "--")) {
  folder_ = root_ / name_;
}

std::filesystem::path HubCache::lockFile(const std::string& etag) const {
  return root_ / ".locks" / name_ / (etag + ".lock");
}

void HubCache::link(const std::string& commit, const std::string& path, const std::string& etag) const {
  const std::filesystem::path target = snapshot(commit) / path;
  makeFolder(target.parent_path());
  std::error_code error;
  const std::filesystem::path relative = std::filesystem::relative(blob(etag), target.parent_path(), error);
  const std::filesystem::path temporary = temporaryNameFor(target.string());
  std::filesystem::create_symlink(relative, temporary, error);
  if (error) std::filesystem::copy_file(blob(etag), temporary, error);
  if (!error) std::filesystem::rename(temporary, target, error);
  if (error)
    throw Error(ErrorKind::kIo, target.string() + ": cannot be made (" + error.message() + ")",
                "Choose another cache folder with HF_HUB_CACHE, or change the permissions.")
        .inFile(target.string());
}

void HubCache::writeRevision(const std::string& revision, const std::string& commit) const {
  if (revision != commit) writeFileAtomically((folder_ / "refs" / revision).string(), commit);
}

std::string HubCache::readRevision(const std::string& revision) const {
  if (isCommit(revision)) return revision;
  const auto file = folder_ / "refs" / revision;
  if (!std::filesystem::is_regular_file(file)) return {};
  const std::string commit(trim(readFile(file.string(), 1 << 12)));
  return isCommit(commit) ? commit : std::string();
}

std::string cachedModel(const RepoId& repo, const HubSettings& settings) {
  const HubCache cache(settings, repo.name);
  const std::string commit = cache.readRevision(repo.revision);
  if (commit.empty()) return {};
  const auto folder = cache.snapshot(commit);
  if (!std::filesystem::is_directory(folder)) return {};
  if (std::filesystem::exists(folder / "config.json")) return folder.string();
  std::string only;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".gguf") {
      if (!only.empty()) return {};
      only = file.path().string();
    }
  return only;
}

}  // namespace attune

#pragma once

#include <filesystem>
#include <string>

#include "core/hub/hub.h"

// The cache's layout, as huggingface_hub has it: blobs by hash, snapshots that point to them, names of
// revisions.
namespace attune {

bool isCommit(const std::string& text);  // 40 hex digits
bool isEtag(const std::string& text);    // fit to be a file's name
// Throws Error(kInvalidInput) for a name that would lie outside of its folder; `who` is named.
void requirePlainPath(const std::string& path, const std::string& who);

class HubCache {
 public:
  HubCache(const HubSettings& settings, const std::string& repo);

  std::filesystem::path blob(const std::string& etag) const { return folder_ / "blobs" / etag; }
  std::filesystem::path snapshot(const std::string& commit) const { return folder_ / "snapshots" / commit; }
  std::filesystem::path lockFile(const std::string& etag) const;

  // Points snapshots/COMMIT/PATH to the blob; copies where links cannot be made. Throws Error(kIo).
  void link(const std::string& commit, const std::string& path, const std::string& etag) const;
  void writeRevision(const std::string& revision, const std::string& commit) const;
  std::string readRevision(const std::string& revision) const;  // the commit; empty: unknown

 private:
  std::filesystem::path root_;
  std::filesystem::path folder_;
  std::string name_;
};

}  // namespace attune

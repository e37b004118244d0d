#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/file_lock.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/hub/hub_cache.h"
#include "core/hub/hub_request.h"

namespace attune {
namespace {

[[noreturn]] void failWriting(const std::string& path) {
  const int code = errno;
  throw Error(ErrorKind::kIo, path + ": cannot be written (" + std::strerror(code) + ")",
              code == ENOSPC ? "The disk is full: free some space, then start again to go on from here."
                             : "Choose another cache folder with HF_HUB_CACHE, or change the permissions.")
      .inFile(path);
}

// The part of a file that has arrived so far; kept when the download stops.
class Partial {
 public:
  explicit Partial(std::string path) : path_(std::move(path)) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) failWriting(path_);
    size_ = ::lseek(fd_, 0, SEEK_END);
  }
  ~Partial() { ::close(fd_); }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  const std::string& path() const { return path_; }
  std::int64_t size() const { return size_; }

  void restart() {
    if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) < 0) failWriting(path_);
    size_ = 0;
  }
  void append(std::string_view part) {
    while (!part.empty()) {
      const ssize_t put = ::write(fd_, part.data(), part.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) failWriting(path_);
      size_ += put;
      part.remove_prefix(static_cast<std::size_t>(put));
    }
  }

 private:
  std::string path_;
  int fd_ = -1;
  std::int64_t size_ = 0;
};

// A pickle begins with a protocol byte or as a zip archive. A safetensors file may begin with the same byte,
// but its length of eight bytes then ends in zeros.
bool isPickleContent(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  unsigned char head[8] = {};
  in.read(reinterpret_cast<char*>(head), 8);
  if (in.gcount() < 8) return false;
  const bool shortLength = head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] == 0;
  return !shortLength && (head[0] == 0x80 || (head[0] == 'P' && head[1] == 'K'));
}

class Download {
 public:
  Download(const HubListing& listing, const HubSettings& settings, const StopToken& stop,
           const std::function<void(const HubProgress&)>& progress)
      : listing_(listing),
        stop_(stop),
        progress_(progress),
        client_(listing_.repo, settings, stop),
        cache_(settings, listing_.repo.name) {
    state_.totalBytes = listing.wantedBytes();
  }

  std::string run() {
    requireSpace();
    std::string gguf;
    for (const HubFile& file : listing_.files) {
      if (!file.wanted) continue;
      state_.file = file.path;
      const std::int64_t before = state_.doneBytes;
      fetch(file);
      state_.doneBytes = before + file.bytes;
      tell();
      if (file.path.ends_with(".gguf")) gguf = file.path;
    }
    cache_.writeRevision(listing_.repo.revision, listing_.commit);
    const auto folder = cache_.snapshot(listing_.commit);
    return gguf.empty() ? folder.string() : (folder / gguf).string();
  }

 private:
  void tell() const {
    if (progress_) progress_(state_);
  }

  void requireSpace() const {
    std::int64_t missing = 0;
    for (const HubFile& file : listing_.files)
      if (file.wanted && !std::filesystem::exists(cache_.snapshot(listing_.commit) / file.path))
        missing += file.bytes;
    const std::filesystem::path folder = cache_.snapshot("");
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const auto space = std::filesystem::space(folder, error);
    if (!error && static_cast<std::int64_t>(space.available) < missing)
      throw Error(ErrorKind::kIo,
                  folder.string() + ": " + std::to_string(missing >> 20) + " MB are needed, " +
                      std::to_string(space.available >> 20) + " MB are free",
                  "Free some space, or choose another cache folder with HF_HUB_CACHE.")
          .inFile(folder.string());
  }

  void fetch(const HubFile& file) {
    const auto target = cache_.snapshot(listing_.commit) / file.path;
    if (std::filesystem::exists(target)) return;
    Url url = client_.at("/" + percentEncoded(listing_.repo.name, true) + "/resolve/" +
                         percentEncoded(listing_.commit, false) + "/" + percentEncoded(file.path, true));
    const HttpResponse head = client_.head(url);
    std::string etag = head.header("x-linked-etag");
    if (etag.empty()) etag = head.header("etag");
    if (etag.starts_with("W/")) etag.erase(0, 2);
    etag = replaceAll(etag, "\"", "");
    if (!isEtag(etag) || head.header("x-repo-commit") != listing_.commit)
      throw Error(ErrorKind::kIo, url.host + " does not say which version of " + file.path + " it has",
                  "Check HF_ENDPOINT, or whether a proxy stands between.");
    std::string said = head.header("x-linked-size");
    if (said.empty()) said = head.header("content-length");
    const std::int64_t size = parseInt(said).value_or(-1);

    const FileLock lock(cache_.lockFile(etag).string(), [&] { return !stop_.requested(); });
    if (!std::filesystem::exists(cache_.blob(etag))) fetchBlob(file, url, etag, size);
    cache_.link(listing_.commit, file.path, etag);
  }

  void fetchBlob(const HubFile& file, const Url& url, const std::string& etag, std::int64_t size) {
    const std::string path = cache_.blob(etag).string();
    {
      Partial partial(path + ".incomplete");
      if (size >= 0 && partial.size() > size) partial.restart();
      const std::int64_t before = state_.doneBytes;
      client_.withAttempts([&] {
        if (size >= 0 && partial.size() == size && size > 0) return;
        client_.fetch(
            url, partial.size(),
            [&](bool resumed) {
              if (!resumed) partial.restart();  // the server sends everything again
            },
            [&](std::string_view part) {
              partial.append(part);
              if (size >= 0 && partial.size() > size) tooLong(file, partial, size);
              state_.doneBytes = before + partial.size();
              tell();
            });
        if (size >= 0 && partial.size() < size)
          throw HttpBreak(url.host + " ended after " + std::to_string(partial.size()) + " of " +
                          std::to_string(size) + " bytes");
      });
      check(file, partial, etag, size);
    }
    commitFile(path + ".incomplete", path);
  }

  [[noreturn]] void refuse(const HubFile& file, Partial& partial, const std::string& what,
                           const std::string& hint) const {
    ::unlink(partial.path().c_str());  // nothing of it can be trusted
    throw Error(ErrorKind::kInvalidInput, listing_.repo.name + ", " + file.path + ": " + what, hint)
        .inFile(file.path);
  }

  [[noreturn]] void tooLong(const HubFile& file, Partial& partial, std::int64_t size) const {
    refuse(file, partial,
           "the server sends more than the " + std::to_string(size) + " bytes that it announced",
           "Try again; if it happens again, use another mirror.");
  }

  void check(const HubFile& file, Partial& partial, const std::string& etag, std::int64_t size) const {
    const char* again = "The download was damaged: try again; if it happens again, use another mirror.";
    if (size >= 0 && partial.size() != size)
      refuse(file, partial,
             "has " + std::to_string(partial.size()) + " bytes instead of " + std::to_string(size), again);
    if (etag.size() == 64 && sha256File(partial.path()) != etag)
      refuse(file, partial, "its SHA-256 is not the one that the server announced", again);
    if (isCommit(etag) && gitBlobSha1File(partial.path()) != etag)
      refuse(file, partial, "its hash is not the one that the server announced", again);
    if (file.path.ends_with(".safetensors") && isPickleContent(partial.path()))
      refuse(file, partial,
             "is a Python pickle under another name, which can run programs and is never loaded",
             "Do not use a model from a source that does this.");
  }

  HubListing listing_;
  const StopToken& stop_;
  const std::function<void(const HubProgress&)>& progress_;
  HubClient client_;
  HubCache cache_;
  HubProgress state_;
};

}  // namespace

std::string downloadModel(const HubListing& listing, const HubSettings& settings, const StopToken& stop,
                          const std::function<void(const HubProgress&)>& progress) {
  return Download(listing, settings, stop, progress).run();
}

}  // namespace attune

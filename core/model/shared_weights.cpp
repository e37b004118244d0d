#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/model/weights.h"

namespace attune {
namespace shared_weights {

constexpr std::int64_t kWorthSharing = std::int64_t{64} << 20;  // bytes as fp32
constexpr std::int64_t kCacheLimit = std::int64_t{12} << 30;    // the oldest files go beyond it

std::int64_t bytesAsFloat(const std::vector<ExpectedTensor>& expected) {
  std::int64_t bytes = 0;
  for (const ExpectedTensor& tensor : expected) {
    std::int64_t elements = 4;
    for (const std::int64_t size : tensor.shape) elements *= size;
    bytes += elements;
  }
  return bytes;
}

// Which files these are and in which state, without reading them; and what is wanted of them.
std::string identity(const WeightSource& source, const std::vector<ExpectedTensor>& expected) {
  Sha256 hash;
  for (const std::string& file : source.files()) {
    struct stat info {};
    ::stat(file.c_str(), &info);
    hash.addField(std::filesystem::absolute(file).string())
        .addField(std::to_string(info.st_ino) + " " + std::to_string(info.st_size))
        .addField(std::to_string(info.st_mtim.tv_sec) + " " + std::to_string(info.st_mtim.tv_nsec));
  }
  for (const ExpectedTensor& tensor : expected) hash.addField(tensor.name);
  return hash.hex();
}

// The least recently written files go until the rest fits; `kept` stays. Workers that map a file keep it.
void makeRoom(const std::filesystem::path& folder, const std::filesystem::path& kept) {
  struct Entry {
    std::filesystem::file_time_type time;
    std::filesystem::path path;
    std::int64_t bytes;
  };
  std::vector<Entry> entries;
  std::int64_t total = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().extension() != ".safetensors") continue;
    entries.push_back(
        {file.last_write_time(error), file.path(), static_cast<std::int64_t>(file.file_size(error))});
    total += entries.back().bytes;
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.time < b.time; });
  for (const Entry& entry : entries) {
    if (total <= kCacheLimit) break;
    if (entry.path == kept || !std::filesystem::remove(entry.path, error)) continue;
    total -= entry.bytes;
  }
}

bool fits(const std::string& folder, std::int64_t bytes) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto space = std::filesystem::space(folder, error);
  return !error && static_cast<std::int64_t>(space.available) > bytes + (std::int64_t{1} << 30);
}

}  // namespace shared_weights

TensorMap WeightSource::loadShared(const std::vector<ExpectedTensor>& expected,
                                   const std::string& cacheFolder, std::vector<Diagnostic>& warnings) const {
  check(expected);
  const bool mapped = std::all_of(expected.begin(), expected.end(), [&](const ExpectedTensor& tensor) {
    return find(storedName(tensor))->type == "F32";
  });
  const std::int64_t bytes = shared_weights::bytesAsFloat(expected);
  if (mapped || cacheFolder.empty() || bytes < shared_weights::kWorthSharing) return load(expected, warnings);

  const std::filesystem::path file =
      std::filesystem::path(cacheFolder) / (shared_weights::identity(*this, expected) + ".safetensors");
  const auto open = [&] {
    TensorMap tensors = openSafetensorsFile(file.string())->load(expected, warnings);
    for (Diagnostic& d : warnings)
      if (d.file == file.string()) d.file = files().front();
    return tensors;
  };
  try {
    if (std::filesystem::exists(file)) return open();
  } catch (const Error&) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);  // damaged: made again below
  }
  if (!shared_weights::fits(cacheFolder, bytes)) return load(expected, warnings);
  try {
    std::vector<TensorEntry> entries;
    for (const ExpectedTensor& tensor : expected) entries.push_back({tensor.name, "F32", tensor.shape});
    SafetensorsWriter writer(file.string(), std::move(entries));
    for (const TensorEntry& entry : writer.order())
      for (const ExpectedTensor& tensor : expected)
        if (tensor.name == entry.name) writer.write(read(storedName(tensor)));
    writer.commit();
    shared_weights::makeRoom(cacheFolder, file);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kIo) throw;
    return load(expected, warnings);
  }
  return open();
}

}  // namespace attune

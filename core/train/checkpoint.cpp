#include "core/train/checkpoint.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/text.h"

namespace attune {
namespace checkpoint {

constexpr const char* kProgress = "progress";
constexpr const char* kHash = "sha256";
constexpr std::string_view kStart = "checkpoint-", kEnd = ".safetensors";

// Nothing for a file that is no checkpoint.
std::optional<std::int64_t> numberOf(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  if (!name.starts_with(kStart) || !name.ends_with(kEnd)) return std::nullopt;
  return parseInt(std::string_view(name).substr(kStart.size(), name.size() - kStart.size() - kEnd.size()));
}

// Files by number.
std::map<std::int64_t, std::string> filesIn(const std::string& folder) {
  std::map<std::int64_t, std::string> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    if (const auto number = numberOf(entry.path())) files[*number] = entry.path().string();
  return files;
}

std::string hashOf(const TensorMap& tensors) {
  Sha256 hash;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor bytes = tensor.contiguous();
    hash.addField(name).add(bytes.data_ptr(), bytes.nbytes());
  }
  return hash.hex();
}

Checkpoint readOne(const std::string& file) {
  const SafetensorsHeader header = readSafetensorsHeader(file);
  Checkpoint read{{}, readSafetensors(file)};
  if (header.metadata.stringOr(kHash, "") != hashOf(read.tensors))
    throw Error(ErrorKind::kInvalidInput, file + ": its bytes are not those that were written");
  const at::Tensor text = read.tensors[kProgress];
  if (!text.defined() || text.scalar_type() != at::kByte)
    throw Error(ErrorKind::kInvalidInput, file + ": is no checkpoint");
  read.progress =
      parseJson({static_cast<const char*>(text.data_ptr()), static_cast<std::size_t>(text.numel())}, file);
  read.tensors.erase(kProgress);
  return read;
}

}  // namespace checkpoint

void writeCheckpoint(const std::string& folder, std::int64_t number, const Checkpoint& written) {
  TensorMap tensors = written.tensors;
  std::string progress = written.progress.dump();
  tensors[checkpoint::kProgress] =
      at::from_blob(progress.data(), {static_cast<std::int64_t>(progress.size())}, at::kByte);
  const std::string name =
      std::string(checkpoint::kStart) + std::to_string(number) + std::string(checkpoint::kEnd);
  writeSafetensors((std::filesystem::path(folder) / name).string(), tensors,
                   {{"format", "pt"}, {checkpoint::kHash, checkpoint::hashOf(tensors)}});
  const auto files = checkpoint::filesIn(folder);
  const auto own = files.find(number);
  for (auto file = files.begin(); file != files.end(); ++file) {
    if (file == own || std::next(file) == own) continue;
    std::error_code ignored;
    std::filesystem::remove(file->second, ignored);
  }
}

std::optional<Checkpoint> readCheckpoint(const std::string& folder, std::vector<std::string>& damaged) {
  const auto files = checkpoint::filesIn(folder);
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    try {
      return checkpoint::readOne(file->second);
    } catch (const Error& e) {
      damaged.push_back(e.what());
    }
  }
  return std::nullopt;
}

void keepOnlyCheckpoints(const std::string& folder) {
  std::vector<std::filesystem::path> others;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (!checkpoint::numberOf(entry.path())) others.push_back(entry.path());
  for (const auto& path : others) std::filesystem::remove_all(path, ignored);
}

void removeCheckpoints(const std::string& folder) {
  for (const auto& [number, file] : checkpoint::filesIn(folder)) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
}

}  // namespace attune

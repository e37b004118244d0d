#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace attune {

// The whole file. Throws Error(kNotFound/kIo), and Error(kInvalidInput) when it is larger than `maxBytes`.
std::string readFile(const std::string& path, std::int64_t maxBytes = std::int64_t{1} << 32);

// Writes to a temporary name in the same folder, syncs, renames, syncs the folder: afterwards the file is the
// new one or, after any failure, the old one. Creates missing parent folders. Throws Error(kIo).
void writeFileAtomically(const std::string& path, std::string_view content);

// The same in pieces: write() goes to a temporary name, commit() puts the whole in place. Without commit()
// nothing remains. Throws Error(kIo).
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view content);
  void commit();

 private:
  std::string path_;
  std::string temporary_;
  int fd_ = -1;
};

// For writers that bring their own way of writing: a name beside `path`, and the commit.
std::string temporaryNameFor(const std::string& path);
void commitFile(const std::string& temporary, const std::string& path);

// The copy is whole or not there. Throws Error as writeFileAtomically does, std::filesystem_error for `from`.
void copyFileAtomically(const std::string& from, const std::string& to);

std::int64_t fileSize(const std::string& path);  // throws Error(kNotFound)

}  // namespace attune

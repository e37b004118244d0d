#include "core/base/hash.h"

#include <openssl/evp.h>

#include <cstdint>
#include <fstream>
#include <vector>

#include "core/base/error.h"
#include "core/base/file.h"

namespace attune {
namespace {

// The digest as lower-case hexadecimal digits.
std::string finish(EVP_MD_CTX* context) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context, digest, &size);
  static const char* kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

template <typename Take>
void readThrough(const std::string& path, Take take) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorKind::kIo, path + ": cannot be opened").inFile(path);
  std::vector<char> buffer(1 << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
    take(buffer.data(), static_cast<std::size_t>(in.gcount()));
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) != 1)
    throw Error(ErrorKind::kInternal, "SHA-256 is not available in the crypto library");
}

Sha256::~Sha256() = default;

Sha256& Sha256::add(const void* bytes, std::size_t size) {
  EVP_DigestUpdate(state_->context, bytes, size);
  return *this;
}

Sha256& Sha256::addField(std::string_view text) {
  const std::uint64_t size = text.size();
  unsigned char prefix[8];
  for (int i = 0; i < 8; ++i) prefix[i] = static_cast<unsigned char>(size >> (8 * i));
  return add(prefix, 8).add(text);
}

std::string Sha256::hex() { return finish(state_->context); }

std::string sha256(std::string_view text) { return Sha256().add(text).hex(); }

std::string sha256File(const std::string& path) {
  Sha256 hash;
  readThrough(path, [&](const char* bytes, std::size_t size) { hash.add(bytes, size); });
  return hash.hex();
}

std::string gitBlobSha1File(const std::string& path) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) != 1)
    throw Error(ErrorKind::kInternal, "SHA-1 is not available in the crypto library");
  const std::string prefix = "blob " + std::to_string(fileSize(path));
  EVP_DigestUpdate(context.get(), prefix.c_str(), prefix.size() + 1);
  readThrough(path,
              [&](const char* bytes, std::size_t size) { EVP_DigestUpdate(context.get(), bytes, size); });
  return finish(context.get());
}

}  // namespace attune

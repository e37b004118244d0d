#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The container of GGUF files, versions 2 and 3: metadata and the places of tensors. What the tensors' blocks
// mean is core/model's business, what the vocabulary means is core/token's.
namespace attune {

// A metadata value. Integers of every width are int64 (an u64 above 2^63-1 is refused), f32 and f64 double.
class GgufValue {
 public:
  using Strings = std::vector<std::string>;
  using Integers = std::vector<std::int64_t>;  // of bool arrays too
  using Numbers = std::vector<double>;
  std::variant<bool, std::int64_t, double, std::string, Strings, Integers, Numbers> value;
};

// One tensor as the header describes it.
struct GgufTensor {
  std::string name;
  std::vector<std::int64_t> shape;  // as in Hugging Face: slowest first, so [out, in]; ne reversed
  std::uint32_t type = 0;           // ggml_type
  std::int64_t offset = 0;          // of its first byte in the file
  std::int64_t bytes = 0;

  std::int64_t elements() const;
};

// Name, elements a block and bytes a block of a ggml_type; nullptr for a number that ggml does not know.
struct GgufType {
  std::uint32_t id;
  const char* name;    // "Q4_K"
  std::int64_t block;  // elements
  std::int64_t bytes;  // of a block
  bool readable;       // Attune can dequantise it
};
const GgufType* ggufType(std::uint32_t id);

// Header of one file, checked: counts and lengths against the file's size before anything is allocated,
// unique names, tensors one behind the other without overlap and within the file. Immutable.
class GgufFile {
 public:
  // Throws Error(kNotFound, kIo, kInvalidInput, kUnsupported) that names file, key or tensor, and byte.
  explicit GgufFile(const std::string& path);

  const std::string& path() const { return path_; }
  const std::string& architecture() const { return architecture_; }  // general.architecture, never empty
  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  const GgufTensor* tensor(std::string_view name) const;  // nullptr: not there

  const GgufValue* find(std::string_view key) const;
  // Absent: the fallback. Of another kind: Error(kInvalidInput) naming the key. A list counts as its one
  // value where all its entries agree (head counts given layer by layer).
  std::string stringOr(std::string_view key, std::string_view fallback) const;
  std::int64_t intOr(std::string_view key, std::int64_t fallback) const;
  double numberOr(std::string_view key, double fallback) const;
  bool boolOr(std::string_view key, bool fallback) const;
  // Absent: nullptr. Of another kind: Error(kInvalidInput).
  const GgufValue::Strings* strings(std::string_view key) const;
  const GgufValue::Integers* integers(std::string_view key) const;
  const GgufValue::Numbers* numbers(std::string_view key) const;

 private:
  std::string path_;
  std::string architecture_;
  std::map<std::string, GgufValue, std::less<>> metadata_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> byName_;
};

// The path names a GGUF file: it ends in ".gguf" or begins with the magic.
bool isGgufFile(const std::string& path);

}  // namespace attune

#include "core/base/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/mapping.h"
#include "core/base/text.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxEntries = 1'000'000;
constexpr std::int64_t kMaxKey = 65535;
constexpr std::int64_t kMaxTensorName = 63;
constexpr std::uint32_t kMaxDims = 4;

enum ValueType : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64,
  kValueTypes
};
// Bytes of one value; 0: of no fixed size.
constexpr std::array<std::int64_t, kValueTypes> kValueBytes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

constexpr std::array<GgufType, 37> kTypes{{
    {0, "F32", 1, 4, true},          {1, "F16", 1, 2, true},          {2, "Q4_0", 32, 18, true},
    {3, "Q4_1", 32, 20, true},       {6, "Q5_0", 32, 22, true},       {7, "Q5_1", 32, 24, true},
    {8, "Q8_0", 32, 34, true},       {9, "Q8_1", 32, 36, false},      {10, "Q2_K", 256, 84, true},
    {11, "Q3_K", 256, 110, true},    {12, "Q4_K", 256, 144, true},    {13, "Q5_K", 256, 176, true},
    {14, "Q6_K", 256, 210, true},    {15, "Q8_K", 256, 292, false},   {16, "IQ2_XXS", 256, 66, false},
    {17, "IQ2_XS", 256, 74, false},  {18, "IQ3_XXS", 256, 98, false}, {19, "IQ1_S", 256, 50, false},
    {20, "IQ4_NL", 32, 18, false},   {21, "IQ3_S", 256, 110, false},  {22, "IQ2_S", 256, 82, false},
    {23, "IQ4_XS", 256, 136, false}, {24, "I8", 1, 1, true},          {25, "I16", 1, 2, true},
    {26, "I32", 1, 4, true},         {27, "I64", 1, 8, true},         {28, "F64", 1, 8, true},
    {29, "IQ1_M", 256, 56, false},   {30, "BF16", 1, 2, true},        {34, "TQ1_0", 256, 54, false},
    {35, "TQ2_0", 256, 66, false},   {39, "MXFP4", 32, 17, false},    {40, "NVFP4", 64, 36, false},
    {41, "Q1_0", 128, 18, false},    {42, "Q2_0", 128, 34, false},    {4, "Q4_2", 0, 0, false},
    {5, "Q4_3", 0, 0, false},
}};

// Reads the header byte by byte out of the mapped file; nothing is believed before it is known to fit.
class Reader {
 public:
  Reader(const Mapping& map, const std::string& path) : map_(map), path_(path) {}

  std::int64_t offset() const { return static_cast<std::int64_t>(at_); }
  std::int64_t left() const { return static_cast<std::int64_t>(map_.size() - at_); }

  [[noreturn]] void refuse(const std::string& message, const std::string& hint = {},
                           ErrorKind kind = ErrorKind::kInvalidInput, std::int64_t where = -1) const {
    throw Error(kind, path_ + ": " + message,
                hint.empty() ? "Download the file again, or ask whoever made it for a good one." : hint)
        .inFile(path_)
        .atOffset(where < 0 ? offset() : where);
  }

  template <typename T>
  T number(const char* what) {
    if (left() < static_cast<std::int64_t>(sizeof(T)))
      refuse(std::string("the file ends inside the header, in ") + what + " (incomplete download?)");
    T value;
    std::memcpy(&value, map_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  // A length or count as a number that fits std::int64_t.
  std::int64_t count(const char* what) {
    const auto start = offset();
    const auto value = number<std::uint64_t>(what);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      refuse(std::string(what) + " " + std::to_string(value) + " is absurd", {}, ErrorKind::kInvalidInput,
             start);
    return static_cast<std::int64_t>(value);
  }

  std::string string(const char* what, std::int64_t limit) {
    const auto start = offset();
    const std::int64_t length = count(what);
    if (length > left())
      refuse(std::string(what) + " is " + std::to_string(length) +
                 " bytes long, longer than the rest of the file",
             {}, ErrorKind::kInvalidInput, start);
    if (length > limit)
      refuse(std::string(what) + " is " + std::to_string(length) + " bytes long, more than " +
                 std::to_string(limit),
             {}, ErrorKind::kInvalidInput, start);
    std::string text(map_.data() + at_, static_cast<std::size_t>(length));
    at_ += static_cast<std::size_t>(length);
    return text;
  }

 private:
  const Mapping& map_;
  const std::string& path_;
  std::size_t at_ = 0;
};

std::int64_t readInteger(Reader& in, std::uint32_t type, const char* what) {
  switch (type) {
    case kU8:
      return in.number<std::uint8_t>(what);
    case kI8:
      return in.number<std::int8_t>(what);
    case kU16:
      return in.number<std::uint16_t>(what);
    case kI16:
      return in.number<std::int16_t>(what);
    case kU32:
      return in.number<std::uint32_t>(what);
    case kI32:
      return in.number<std::int32_t>(what);
    case kI64:
      return in.number<std::int64_t>(what);
    default:
      return in.count(what);
  }
}

bool readBool(Reader& in, const char* what) {
  const auto start = in.offset();
  const auto byte = in.number<std::uint8_t>(what);
  if (byte > 1)
    in.refuse(std::string(what) + " is a truth value of " + std::to_string(byte), {},
              ErrorKind::kInvalidInput, start);
  return byte == 1;
}

double readNumber(Reader& in, std::uint32_t type, const char* what) {
  return type == kF32 ? static_cast<double>(in.number<float>(what)) : in.number<double>(what);
}

GgufValue readArray(Reader& in, const std::string& shown) {
  const auto start = in.offset();
  const auto type = in.number<std::uint32_t>(shown.c_str());
  if (type >= kValueTypes)
    in.refuse(shown + " has the unknown metadata type " + std::to_string(type), {}, ErrorKind::kInvalidInput,
              start);
  if (type == kArray)
    in.refuse(shown + " is a list of lists", "Lists of lists are not part of the format.",
              ErrorKind::kUnsupported, start);
  const std::int64_t count = in.count(shown.c_str());
  const std::int64_t least = std::max<std::int64_t>(kValueBytes[type], type == kString ? 8 : 1);
  if (count > in.left() / least)
    in.refuse(shown + " is said to have " + std::to_string(count) + " entries, more than the file can hold",
              {}, ErrorKind::kInvalidInput, start);
  const auto size = static_cast<std::size_t>(count);
  if (type == kString) {
    GgufValue::Strings list;
    list.reserve(size);
    for (std::size_t i = 0; i < size; ++i) list.push_back(in.string(shown.c_str(), in.left()));
    return {std::move(list)};
  }
  if (type == kF32 || type == kF64) {
    GgufValue::Numbers list;
    list.reserve(size);
    for (std::size_t i = 0; i < size; ++i) list.push_back(readNumber(in, type, shown.c_str()));
    return {std::move(list)};
  }
  GgufValue::Integers list;
  list.reserve(size);
  for (std::size_t i = 0; i < size; ++i)
    list.push_back(type == kBool ? readBool(in, shown.c_str()) : readInteger(in, type, shown.c_str()));
  return {std::move(list)};
}

GgufValue readValue(Reader& in, const std::string& key) {
  const std::string shown = "metadata '" + elide(key, 80) + "'";
  const auto start = in.offset();
  const auto type = in.number<std::uint32_t>(shown.c_str());
  switch (type) {
    case kBool:
      return {readBool(in, shown.c_str())};
    case kF32:
    case kF64:
      return {readNumber(in, type, shown.c_str())};
    case kString:
      return {in.string(shown.c_str(), in.left())};
    case kArray:
      return readArray(in, shown);
    default:
      if (type >= kValueTypes)
        in.refuse(shown + " has the unknown metadata type " + std::to_string(type), {},
                  ErrorKind::kInvalidInput, start);
      return {readInteger(in, type, shown.c_str())};
  }
}

GgufTensor readTensor(Reader& in) {
  const auto start = in.offset();
  GgufTensor tensor;
  tensor.name = in.string("a tensor's name", kMaxTensorName);
  const std::string shown = "tensor '" + elide(tensor.name, 80) + "'";
  const auto refuse = [&](const std::string& what, ErrorKind kind = ErrorKind::kInvalidInput) {
    in.refuse(shown + what, {}, kind, start);
  };
  if (tensor.name.empty()) refuse(" has no name");
  const auto dims = in.number<std::uint32_t>(shown.c_str());
  if (dims == 0 || dims > kMaxDims)
    refuse(" has " + std::to_string(dims) + " dimensions; 1 to 4 are allowed");
  for (std::uint32_t i = 0; i < dims; ++i) {
    tensor.shape.insert(tensor.shape.begin(), in.count(shown.c_str()));
    if (tensor.shape.front() < 1) refuse(" has a dimension of " + std::to_string(tensor.shape.front()));
  }
  tensor.type = in.number<std::uint32_t>(shown.c_str());
  const GgufType* type = ggufType(tensor.type);
  if (!type || type->block == 0) refuse(" has the unknown tensor type " + std::to_string(tensor.type));
  if (tensor.shape.back() % type->block != 0)
    refuse(": its row length " + std::to_string(tensor.shape.back()) +
           " is not a multiple of the block size " + std::to_string(type->block) + " of " + type->name);
  std::int64_t elements = 1;
  for (const std::int64_t size : tensor.shape)
    if (__builtin_mul_overflow(elements, size, &elements)) refuse(": its size overflows");
  if (__builtin_mul_overflow(elements / type->block, type->bytes, &tensor.bytes))
    refuse(": its size overflows");
  tensor.offset = in.count(shown.c_str());
  return tensor;
}

}  // namespace

const GgufType* ggufType(std::uint32_t id) {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const GgufType& t) { return t.id == id; });
  return found == kTypes.end() ? nullptr : &*found;
}

std::int64_t GgufTensor::elements() const {
  std::int64_t n = 1;
  for (const std::int64_t size : shape) n *= size;
  return n;
}

GgufFile::GgufFile(const std::string& path) : path_(path) {
  static_assert(std::endian::native == std::endian::little);
  const Mapping map(path);
  Reader in(map, path_);

  // 1. What the file is.
  if (map.size() < 4 || std::memcmp(map.data(), "GGUF", 4) != 0)
    in.refuse("is not a GGUF file", "Give a file that begins with GGUF, or a model folder.");
  in.number<std::uint32_t>("the magic");
  const auto version = in.number<std::uint32_t>("the version");
  if ((version & 0xFFFF) == 0)
    in.refuse("the file has the other byte order (big-endian)", "Get the little-endian version of the model.",
              ErrorKind::kUnsupported, 4);
  if (version == 1)
    in.refuse("GGUF version 1 is not supported", "Convert it with a current llama.cpp, or get a newer file.",
              ErrorKind::kUnsupported, 4);
  if (version != 2 && version != 3)
    in.refuse("unknown GGUF version " + std::to_string(version), "Versions 2 and 3 can be read.",
              ErrorKind::kUnsupported, 4);
  const std::int64_t tensorCount = in.count("the tensor count");
  const std::int64_t valueCount = in.count("the metadata count");
  if (tensorCount > kMaxEntries || tensorCount > in.left() / 24)
    in.refuse("the tensor count " + std::to_string(tensorCount) + " cannot fit the file", {},
              ErrorKind::kInvalidInput, 8);
  if (valueCount > kMaxEntries || valueCount > in.left() / 13)
    in.refuse("the metadata count " + std::to_string(valueCount) + " cannot fit the file", {},
              ErrorKind::kInvalidInput, 16);

  // 2. Metadata.
  for (std::int64_t i = 0; i < valueCount; ++i) {
    const auto start = in.offset();
    std::string key = in.string("a metadata key", kMaxKey);
    if (key.empty()) in.refuse("a metadata key is empty", {}, ErrorKind::kInvalidInput, start);
    GgufValue value = readValue(in, key);
    const auto [place, fresh] = metadata_.emplace(std::move(key), std::move(value));
    if (!fresh)
      in.refuse("the metadata key '" + elide(place->first, 80) + "' occurs twice", {},
                ErrorKind::kInvalidInput, start);
  }
  architecture_ = stringOr("general.architecture", "");
  if (architecture_.empty())
    in.refuse("general.architecture is missing",
              "The file does not say what model it holds: get another one.");

  // 3. Tensors, one behind the other.
  const std::int64_t alignment = intOr("general.alignment", 32);
  if (alignment < 1 || alignment > (1 << 20) || (alignment & (alignment - 1)) != 0)
    in.refuse("general.alignment must be a power of two, but is " + std::to_string(alignment));
  for (std::int64_t i = 0; i < tensorCount; ++i) {
    const auto start = in.offset();
    tensors_.push_back(readTensor(in));
    if (!byName_.emplace(tensors_.back().name, tensors_.size() - 1).second)
      in.refuse("the tensor name '" + elide(tensors_.back().name, 80) + "' occurs twice", {},
                ErrorKind::kInvalidInput, start);
  }
  const auto padded = [&](std::int64_t n) { return (n + alignment - 1) / alignment * alignment; };
  const std::int64_t dataStart = padded(in.offset());
  const auto size = static_cast<std::int64_t>(map.size());
  std::int64_t expected = 0;
  for (GgufTensor& tensor : tensors_) {
    const std::string shown = "tensor '" + elide(tensor.name, 80) + "'";
    if (tensor.offset > size || tensor.bytes > size)
      in.refuse(shown + " lies beyond the file (incomplete download?)", {}, ErrorKind::kInvalidInput, size);
    if (tensor.offset < expected)
      in.refuse(shown + " overlaps the one before", {}, ErrorKind::kInvalidInput, dataStart + tensor.offset);
    if (tensor.offset > expected)
      in.refuse(dataStart + tensor.offset + tensor.bytes > size
                    ? shown + " lies beyond the file (incomplete download?)"
                    : "there is a gap before " + shown,
                {}, ErrorKind::kInvalidInput, dataStart + expected);
    if (dataStart + tensor.offset + tensor.bytes > size)
      in.refuse("the file ends before the end of " + shown + ", at " + std::to_string(size) + " of " +
                    std::to_string(dataStart + tensor.offset + tensor.bytes) +
                    " bytes (incomplete download?)",
                {}, ErrorKind::kInvalidInput, size);
    expected += padded(tensor.bytes);
    tensor.offset += dataStart;
  }
}

const GgufTensor* GgufFile::tensor(std::string_view name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? nullptr : &tensors_[found->second];
}

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? nullptr : &found->second;
}

namespace {

[[noreturn]] void wrongKind(const std::string& path, std::string_view key, const char* wanted) {
  throw Error(ErrorKind::kInvalidInput, path + ": metadata '" + std::string(key) + "' is no " + wanted,
              "The file was made by something that does not follow the format: get another one.")
      .inFile(path);
}

// The one value of a list whose entries all agree.
template <typename T, typename List>
const T* agreed(const List& list) {
  for (const auto& entry : list)
    if (entry != list.front()) return nullptr;
  return list.empty() ? nullptr : &list.front();
}

}  // namespace

std::string GgufFile::stringOr(std::string_view key, std::string_view fallback) const {
  const GgufValue* v = find(key);
  if (!v) return std::string(fallback);
  if (const auto* text = std::get_if<std::string>(&v->value)) return *text;
  wrongKind(path_, key, "text");
}

std::int64_t GgufFile::intOr(std::string_view key, std::int64_t fallback) const {
  const GgufValue* v = find(key);
  if (!v) return fallback;
  if (const auto* number = std::get_if<std::int64_t>(&v->value)) return *number;
  if (const auto* list = std::get_if<GgufValue::Integers>(&v->value))
    if (const auto* one = agreed<std::int64_t>(*list)) return *one;
  wrongKind(path_, key, "whole number");
}

double GgufFile::numberOr(std::string_view key, double fallback) const {
  const GgufValue* v = find(key);
  if (!v) return fallback;
  if (const auto* number = std::get_if<double>(&v->value)) return *number;
  if (const auto* list = std::get_if<GgufValue::Numbers>(&v->value))
    if (const auto* one = agreed<double>(*list)) return *one;
  return static_cast<double>(intOr(key, 0));
}

bool GgufFile::boolOr(std::string_view key, bool fallback) const {
  const GgufValue* v = find(key);
  if (!v) return fallback;
  if (const auto* truth = std::get_if<bool>(&v->value)) return *truth;
  wrongKind(path_, key, "truth value");
}

const GgufValue::Strings* GgufFile::strings(std::string_view key) const {
  const GgufValue* v = find(key);
  if (!v) return nullptr;
  if (const auto* list = std::get_if<GgufValue::Strings>(&v->value)) return list;
  wrongKind(path_, key, "list of texts");
}

const GgufValue::Integers* GgufFile::integers(std::string_view key) const {
  const GgufValue* v = find(key);
  if (!v) return nullptr;
  if (const auto* list = std::get_if<GgufValue::Integers>(&v->value)) return list;
  wrongKind(path_, key, "list of whole numbers");
}

const GgufValue::Numbers* GgufFile::numbers(std::string_view key) const {
  const GgufValue* v = find(key);
  if (!v) return nullptr;
  if (const auto* list = std::get_if<GgufValue::Numbers>(&v->value)) return list;
  wrongKind(path_, key, "list of numbers");
}

bool isGgufFile(const std::string& path) {
  if (path.ends_with(".gguf")) return true;
  std::ifstream in(path, std::ios::binary);
  char magic[4] = {};
  return in.read(magic, 4) && std::memcmp(magic, "GGUF", 4) == 0;
}

}  // namespace attune

#include "core/model/safetensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/mapping.h"
#include "core/base/text.h"

namespace attune {
namespace safetensors {

constexpr std::int64_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxTensors = 100'000;
constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxName = 1024;

struct Dtype {
  const char* name;
  at::ScalarType type;
  std::int64_t bytes;
};
constexpr std::array<Dtype, 10> kDtypes{{{"F64", at::kDouble, 8},
                                         {"F32", at::kFloat, 4},
                                         {"F16", at::kHalf, 2},
                                         {"BF16", at::kBFloat16, 2},
                                         {"I64", at::kLong, 8},
                                         {"I32", at::kInt, 4},
                                         {"I16", at::kShort, 2},
                                         {"I8", at::kChar, 1},
                                         {"U8", at::kByte, 1},
                                         {"BOOL", at::kBool, 1}}};
// Types of the format that are read by nobody here; named so that the message is right.
constexpr std::array<const char*, 12> kKnownUnsupported{"F8_E4M3",     "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ",
                                                        "F8_E5M2FNUZ", "F4",      "F6_E2M3", "F6_E3M2",
                                                        "U16",         "U32",     "U64",     "C64"};

const Dtype* findDtype(const std::string& name) {
  for (const Dtype& d : kDtypes)
    if (name == d.name) return &d;
  return nullptr;
}

[[noreturn]] void refuse(
    const std::string& path, const std::string& message, std::int64_t offset = -1,
    const std::string& hint = "Download the file again, or ask whoever made it for a good one.",
    ErrorKind kind = ErrorKind::kInvalidInput) {
  throw Error(kind, path + ": " + message, hint).inFile(path).atOffset(offset);
}

std::int64_t wholeNumber(const Json& value, const std::string& path, const std::string& what) {
  if (!value.isInt()) refuse(path, what + " is not a whole number", 8);
  if (value.asInt() < 0) refuse(path, what + " is negative (" + std::to_string(value.asInt()) + ")", 8);
  return value.asInt();
}

TensorEntry readEntry(const std::string& path, const std::string& name, const Json& json) {
  const std::string shown = "tensor '" + elide(name, 80) + "'";
  if (name.size() > kMaxName) refuse(path, shown + ": the name is too long", 8);
  if (!json.isObject()) refuse(path, shown + ": the entry is no object", 8);
  for (const char* key : {"dtype", "shape", "data_offsets"})
    if (!json.has(key)) refuse(path, shown + ": " + key + " is missing", 8);
  TensorEntry entry;
  entry.name = name;
  if (!json.at("dtype").isString()) refuse(path, shown + ": dtype is no string", 8);
  entry.dtype = json.at("dtype").asString();
  if (!json.at("shape").isArray()) refuse(path, shown + ": shape is no array", 8);
  if (json.at("shape").items().size() > kMaxRank) refuse(path, shown + ": more than 8 dimensions", 8);
  for (const Json& size : json.at("shape").items())
    entry.shape.push_back(wholeNumber(size, path, shown + ": a size in the shape"));
  const Json& offsets = json.at("data_offsets");
  if (!offsets.isArray() || offsets.items().size() != 2)
    refuse(path, shown + ": data_offsets needs two numbers", 8);
  entry.begin = wholeNumber(offsets.items()[0], path, shown + ": an offset");
  entry.end = wholeNumber(offsets.items()[1], path, shown + ": an offset");

  const Dtype* dtype = findDtype(entry.dtype);
  if (!dtype) {
    const bool known =
        std::find(kKnownUnsupported.begin(), kKnownUnsupported.end(), entry.dtype) != kKnownUnsupported.end();
    if (known)
      refuse(path, shown + ": element type " + entry.dtype + " is not supported", 8,
             "Use a version of the model stored as F32, F16 or BF16.", ErrorKind::kUnsupported);
    refuse(path, shown + ": unknown element type " + elide(entry.dtype, 20), 8);
  }
  std::int64_t elements = 1;
  for (const std::int64_t size : entry.shape)
    if (__builtin_mul_overflow(elements, size, &elements)) refuse(path, shown + ": the shape overflows", 8);
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(elements, dtype->bytes, &bytes))
    refuse(path, shown + ": the shape overflows", 8);
  if (entry.begin > entry.end) refuse(path, shown + ": its end lies before its beginning", 8);
  if (bytes != entry.end - entry.begin)
    refuse(path,
           shown + ": the shape needs " + std::to_string(bytes) + " bytes, but the byte range has " +
               std::to_string(entry.end - entry.begin),
           8);
  return entry;
}

// The header was checked against the size at that time; the file may have shrunk since.
void requireWithin(const Mapping& map, const SafetensorsHeader& header, const TensorEntry& entry,
                   const std::string& path) {
  if (static_cast<std::size_t>(header.dataStart + entry.end) > map.size())
    refuse(path, "the file became shorter while it was read");
}

at::Tensor copyOut(const Mapping& map, const SafetensorsHeader& header, const TensorEntry& entry,
                   const std::string& path) {
  requireWithin(map, header, entry, path);
  const auto first = static_cast<std::size_t>(header.dataStart + entry.begin);
  const auto bytes = static_cast<std::size_t>(entry.end - entry.begin);
  at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(findDtype(entry.dtype)->type));
  if (bytes > 0) std::memcpy(tensor.data_ptr(), map.data() + first, bytes);
  return tensor;
}

const char* dtypeName(at::ScalarType type) {
  for (const Dtype& d : kDtypes)
    if (d.type == type) return d.name;
  throw Error(ErrorKind::kInternal, "a tensor of this type cannot be stored");
}

}  // namespace safetensors

std::int64_t TensorEntry::elements() const {
  std::int64_t n = 1;
  for (const std::int64_t size : shape) n *= size;
  return n;
}

SafetensorsHeader readSafetensorsHeader(const std::string& path) {
  using safetensors::refuse;
  const std::int64_t size = fileSize(path);
  if (size == 0) refuse(path, "the file is empty");
  if (size < 8) refuse(path, "has " + std::to_string(size) + " bytes, too short to be a safetensors file", 0);
  std::ifstream in(path, std::ios::binary);
  unsigned char prefix[8];
  if (!in.read(reinterpret_cast<char*>(prefix), 8))
    throw Error(ErrorKind::kIo, path + ": cannot be read").inFile(path);
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = (length << 8) | prefix[i];
  const auto refusePickle = [&] {
    if (prefix[0] == 0x80 || (prefix[0] == 'P' && prefix[1] == 'K'))
      refuse(
          path, "is a Python pickle, not a safetensors file: it could run programs and is never loaded", 0,
          "Convert it with safetensors' save_file() where you trust its origin, or get model.safetensors.");
  };
  // A good header may begin with the same bytes, so the question is asked only of a file that is no good.
  if (length > static_cast<std::uint64_t>(safetensors::kMaxHeader)) {
    refusePickle();
    refuse(path, "the header length " + std::to_string(length) + " is absurd", 0);
  }
  const auto headerBytes = static_cast<std::int64_t>(length);
  if (headerBytes + 8 > size) {
    refusePickle();
    refuse(path,
           "the header would end at byte " + std::to_string(headerBytes + 8) + ", beyond the file's " +
               std::to_string(size) + " bytes (incomplete download?)",
           0);
  }
  std::string text(static_cast<std::size_t>(headerBytes), '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(headerBytes)))
    throw Error(ErrorKind::kIo, path + ": cannot be read").inFile(path);
  if (text.empty() || text.front() != '{') refuse(path, "the header is not JSON", 8);
  if (const auto bad = firstInvalidUtf8(text))
    refuse(path, "the header is not valid UTF-8", 8 + static_cast<std::int64_t>(*bad));

  const Json json = [&] {
    try {
      return parseJson(text, path, {.maxDepth = 8, .refuseDuplicateKeys = true});
    } catch (const Error& e) {
      const std::string what = e.what();
      if (what.find("occurs twice") != std::string::npos)
        refuse(path, "a tensor name occurs twice:" + what.substr(what.find(": ") + 1), 8);
      refuse(path, "the header is not JSON" + what.substr(std::min(what.size(), path.size())),
             8 + e.offset());
    }
  }();
  SafetensorsHeader header;
  header.dataStart = 8 + headerBytes;
  if (json.members().size() > safetensors::kMaxTensors + 1) refuse(path, "more than 100,000 tensors", 8);
  for (const auto& [name, value] : json.members()) {
    if (name == "__metadata__") {
      if (!value.isObject()) refuse(path, "__metadata__ is no object", 8);
      header.metadata = value;
    } else {
      header.tensors.push_back(safetensors::readEntry(path, name, value));
    }
  }
  std::stable_sort(header.tensors.begin(), header.tensors.end(),
                   [](const TensorEntry& a, const TensorEntry& b) {
                     return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
                   });
  std::int64_t expected = 0;
  std::string before;
  for (const TensorEntry& entry : header.tensors) {
    const std::string shown = "tensor '" + elide(entry.name, 80) + "'";
    if (entry.begin < expected)
      refuse(path, shown + " and " + before + " overlap", header.dataStart + entry.begin);
    if (entry.begin > expected)
      refuse(path, "there is a gap of " + std::to_string(entry.begin - expected) + " bytes before " + shown,
             header.dataStart + expected);
    expected = entry.end;
    before = shown;
  }
  const std::int64_t available = size - header.dataStart;
  if (expected > available)
    refuse(path,
           "the file has " + std::to_string(size) + " bytes, but its header says " +
               std::to_string(header.dataStart + expected) + " (incomplete download?)",
           size);
  if (expected < available)
    refuse(path, std::to_string(available - expected) + " bytes follow after the last tensor",
           header.dataStart + expected);
  return header;
}

TensorMap readSafetensors(const std::string& path) {
  const SafetensorsHeader header = readSafetensorsHeader(path);
  const Mapping map(path);
  TensorMap tensors;
  for (const TensorEntry& entry : header.tensors)
    tensors.emplace(entry.name, safetensors::copyOut(map, header, entry, path));
  return tensors;
}

at::Tensor viewSafetensor(const std::shared_ptr<const Mapping>& map, const std::string& path,
                          const SafetensorsHeader& header, const TensorEntry& entry) {
  const auto first = static_cast<std::size_t>(header.dataStart + entry.begin);
  const safetensors::Dtype& dtype = *safetensors::findDtype(entry.dtype);
  const char* data = map->data() + first;
  const bool aligned = reinterpret_cast<std::uintptr_t>(data) % static_cast<std::uintptr_t>(dtype.bytes) == 0;
  if (!aligned || entry.begin == entry.end) return safetensors::copyOut(*map, header, entry, path);
  safetensors::requireWithin(*map, header, entry, path);
  return at::from_blob(
      const_cast<char*>(data), entry.shape, [map](void*) {}, at::TensorOptions().dtype(dtype.type));
}

SafetensorsWriter::SafetensorsWriter(const std::string& path, std::vector<TensorEntry> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path), order_(std::move(tensors)) {
  const auto bytes = [](const TensorEntry& entry) { return safetensors::findDtype(entry.dtype)->bytes; };
  std::stable_sort(order_.begin(), order_.end(), [&](const TensorEntry& a, const TensorEntry& b) {
    return bytes(a) != bytes(b) ? bytes(a) > bytes(b) : a.name < b.name;
  });
  Json json = Json::object();
  if (!metadata.empty()) {
    Json meta = Json::object();
    for (const auto& [key, value] : metadata) meta.set(key, value);
    json.set("__metadata__", std::move(meta));
  }
  Json::Object members = json.members();
  std::int64_t offset = 0;
  for (TensorEntry& entry : order_) {
    entry.begin = offset;
    offset = entry.end = offset + entry.elements() * bytes(entry);
    members.emplace_back(entry.name, Json()
                                         .set("dtype", entry.dtype)
                                         .set("shape", Json::list(entry.shape))
                                         .set("data_offsets", Json().push(entry.begin).push(entry.end)));
  }
  std::string header = Json::fromObject(std::move(members)).dump();
  header.append((8 - header.size() % 8) % 8, ' ');
  std::string start;
  for (int i = 0; i < 8; ++i)
    start += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> (8 * i));
  file_.write(start + header);
  size_ = static_cast<std::int64_t>(start.size() + header.size()) + offset;
}

void SafetensorsWriter::write(const at::Tensor& tensor) {
  const TensorEntry& entry = order_.at(next_++);
  const at::Tensor plain = tensor.detach().to(at::kCPU).contiguous();
  if (plain.sizes() != at::IntArrayRef(entry.shape) ||
      entry.dtype != safetensors::dtypeName(plain.scalar_type()))
    throw Error(ErrorKind::kInternal, "tensor '" + entry.name + "' is not as it was announced");
  file_.write(
      {static_cast<const char*>(plain.data_ptr()), static_cast<std::size_t>(entry.end - entry.begin)});
}

std::int64_t SafetensorsWriter::commit() {
  if (next_ != order_.size())
    throw Error(ErrorKind::kInternal, "a tensor that was announced was not written");
  file_.commit();
  return size_;
}

std::int64_t writeSafetensors(const std::string& path, const TensorMap& tensors,
                              const std::map<std::string, std::string>& metadata) {
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : tensors)
    entries.push_back({name, safetensors::dtypeName(tensor.scalar_type()), tensor.sizes().vec()});
  SafetensorsWriter writer(path, std::move(entries), metadata);
  for (const TensorEntry& entry : writer.order()) writer.write(tensors.at(entry.name));
  return writer.commit();
}

}  // namespace attune

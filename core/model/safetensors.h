#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/mapping.h"

namespace attune {

using TensorMap = std::map<std::string, at::Tensor>;

// One entry of a safetensors header; `begin` and `end` are offsets into the data part.
struct TensorEntry {
  std::string name;
  std::string dtype;  // "F32", "F16", "BF16", "I64", …
  std::vector<std::int64_t> shape;
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t elements() const;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;  // in file order
  Json metadata;                     // string to string, or null
  std::int64_t dataStart = 0;        // byte offset of the data part
};

// Reads and checks the header: sizes against the file before anything is allocated, contiguous tensors
// without holes or overlap, no duplicate names. Throws Error(kInvalidInput, kUnsupported) naming file, tensor
// and byte.
SafetensorsHeader readSafetensorsHeader(const std::string& path);

// All tensors as owned copies with their stored type. Throws as above.
TensorMap readSafetensors(const std::string& path);
// One tensor of a mapped file in its stored type. Where its bytes are aligned the tensor is a view of the
// map, which it keeps: it must never be written to. Throws Error(kInvalidInput) when the file is shorter than
// its header said.
at::Tensor viewSafetensor(const std::shared_ptr<const Mapping>& map, const std::string& path,
                          const SafetensorsHeader& header, const TensorEntry& entry);

// Writes a file tensor by tensor, so that never more than one is in memory. Whole after commit(), else
// nothing.
class SafetensorsWriter {
 public:
  // Names, types and shapes of what will come.
  SafetensorsWriter(const std::string& path, std::vector<TensorEntry> tensors,
                    const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

  // In this order: by decreasing element size, then by name.
  const std::vector<TensorEntry>& order() const { return order_; }
  void write(const at::Tensor& tensor);
  std::int64_t commit();  // the file's bytes

 private:
  AtomicFile file_;
  std::vector<TensorEntry> order_;
  std::size_t next_ = 0;
  std::int64_t size_ = 0;
};

// Writes whole or not at all; equal maps give equal bytes (tensors by decreasing element size, then by name,
// header padded to 8 bytes). Tensors may be on any device and of any stride. Returns the file's bytes.
std::int64_t writeSafetensors(const std::string& path, const TensorMap& tensors,
                              const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace attune

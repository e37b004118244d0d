#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/json.h"

// A reader of its own for fp32 tensors, so that what the program writes is not judged by the program.
namespace attune::cli {

struct FloatTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

inline std::map<std::string, FloatTensor> readFloatTensors(const std::string& path) {
  const std::string bytes = readFile(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const Json header = parseJson(std::string_view(bytes).substr(8, length), path);
  std::map<std::string, FloatTensor> tensors;
  for (const auto& [name, entry] : header.members()) {
    if (name == "__metadata__" || entry.stringOr("dtype", "") != "F32") continue;
    FloatTensor& tensor = tensors[name];
    for (const Json& size : entry.at("shape").items()) tensor.shape.push_back(size.asInt());
    const auto begin = static_cast<std::size_t>(entry.at("data_offsets").items().at(0).asInt());
    const auto end = static_cast<std::size_t>(entry.at("data_offsets").items().at(1).asInt());
    tensor.values.resize((end - begin) / sizeof(float));
    std::memcpy(tensor.values.data(), bytes.data() + 8 + length + begin, end - begin);
  }
  return tensors;
}

}  // namespace attune::cli

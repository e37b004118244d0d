#pragma once

#include <cstdint>
#include <string>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/config.h"

namespace attune {

// Reads the members of a config.json with bounds: far above every published model, far below what would
// exhaust memory or overflow a product of two of them. Every error names file and key.
class ConfigReader {
 public:
  static constexpr std::int64_t kMaxWidth = 1 << 20;
  static constexpr std::int64_t kMaxLayers = 1024;
  static constexpr std::int64_t kMaxVocabulary = 1 << 24;
  static constexpr std::int64_t kMaxContext = 1 << 26;

  ConfigReader(const Json& json, std::string file) : json_(json), file_(std::move(file)) {}

  const Json& json() const { return json_; }
  const std::string& file() const { return file_; }

  [[noreturn]] void refuse(const std::string& message, const std::string& hint = {},
                           ErrorKind kind = ErrorKind::kInvalidInput) const;

  // A size from 1 to `max`. Absent or null: `fallback`; refused where that is 0.
  std::int64_t size(const char* key, std::int64_t max, std::int64_t fallback = 0) const;
  double positive(const char* key, double fallback) const { return positive(json_, key, fallback); }
  double positive(const Json& object, const char* key, double fallback) const;
  std::int64_t tokenId(const char* key) const;  // the first of a list; -1: none
  Activation activation(const char* key, const char* fallback) const;

  // What several families share. Heads named by `key`, key/value heads and head size, checked to fit the
  // hidden size; rotary positions (after context and heads); a decoder of the LLaMA kind as a whole, with the
  // family's default for its context; full and sliding attention layer by layer.
  void heads(ModelConfig& config, const char* key) const;
  void rope(ModelConfig& config) const;
  void decoder(ModelConfig& config, std::int64_t context) const;
  void layerTypes(ModelConfig& config) const;

 private:
  const Json& json_;
  std::string file_;
};

}  // namespace attune

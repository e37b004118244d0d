#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// The bytes of a GGUF file (version 3) with metadata and no tensors.
class GgufWriter {
 public:
  GgufWriter& text(std::string_view key, std::string_view value) {
    begin(key, 8);
    string(body_, value);
    return *this;
  }
  GgufWriter& number(std::string_view key, std::uint32_t value) {
    begin(key, 4);
    raw(body_, value);
    return *this;
  }
  GgufWriter& flag(std::string_view key, bool value) {
    begin(key, 7);
    raw(body_, static_cast<std::uint8_t>(value));
    return *this;
  }
  GgufWriter& texts(std::string_view key, const std::vector<std::string>& values) {
    list(key, 8, values.size());
    for (const std::string& value : values) string(body_, value);
    return *this;
  }
  GgufWriter& numbers(std::string_view key, const std::vector<std::int32_t>& values) {
    list(key, 5, values.size());
    for (const std::int32_t value : values) raw(body_, value);
    return *this;
  }
  GgufWriter& reals(std::string_view key, const std::vector<float>& values) {
    list(key, 6, values.size());
    for (const float value : values) raw(body_, value);
    return *this;
  }

  std::string bytes() const {
    std::string out = "GGUF";
    raw(out, std::uint32_t{3});
    raw(out, std::uint64_t{0});
    raw(out, count_);
    return out + body_;
  }

 private:
  template <typename T>
  static void raw(std::string& out, T value) {
    char buffer[sizeof value];
    std::memcpy(buffer, &value, sizeof value);
    out.append(buffer, sizeof buffer);
  }
  static void string(std::string& out, std::string_view value) {
    raw(out, static_cast<std::uint64_t>(value.size()));
    out.append(value);
  }
  void begin(std::string_view key, std::uint32_t type) {
    string(body_, key);
    raw(body_, type);
    ++count_;
  }
  void list(std::string_view key, std::uint32_t type, std::size_t size) {
    begin(key, 9);
    raw(body_, type);
    raw(body_, static_cast<std::uint64_t>(size));
  }

  std::string body_;
  std::uint64_t count_ = 0;
};

}  // namespace attune

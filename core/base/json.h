#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace attune {

// A JSON value. Objects keep the order in which members were added, so that files written twice are equal.
// Reading a member of the wrong type throws Error(kInvalidInput) naming the member.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool v) : value_(v) {}
  Json(std::int64_t v) : value_(v) {}
  Json(int v) : value_(static_cast<std::int64_t>(v)) {}
  Json(std::uint64_t v);  // throws when above 2^63-1
  Json(double v) : value_(v) {}
  Json(std::string v) : value_(std::move(v)) {}
  Json(std::string_view v) : value_(std::string(v)) {}
  Json(const char* v) : value_(std::string(v)) {}

  static Json array() { return fromArray({}); }
  static Json object() { return fromObject({}); }
  static Json fromArray(Array items);
  static Json fromObject(Object members);
  template <typename Range>
  static Json list(const Range& range) {
    Array items;
    for (const auto& item : range) items.emplace_back(item);
    return fromArray(std::move(items));
  }

  bool isNull() const { return std::holds_alternative<std::monostate>(value_); }
  bool isBool() const { return std::holds_alternative<bool>(value_); }
  bool isInt() const { return std::holds_alternative<std::int64_t>(value_); }
  bool isNumber() const { return isInt() || std::holds_alternative<double>(value_); }
  bool isString() const { return std::holds_alternative<std::string>(value_); }
  bool isArray() const { return std::holds_alternative<Array>(value_); }
  bool isObject() const { return std::holds_alternative<Object>(value_); }

  bool asBool() const;
  std::int64_t asInt() const;  // a double without fraction counts
  double asDouble() const;
  const std::string& asString() const;
  const Array& items() const;
  std::vector<std::string> texts() const;  // of an array of strings
  const Object& members() const;

  // nullptr when this is no object or has no such member.
  const Json* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const Json& at(std::string_view key) const;  // throws Error(kInvalidInput) "'key' is missing"

  // Members with a default for "absent or null".
  std::string stringOr(std::string_view key, std::string_view fallback) const;
  std::int64_t intOr(std::string_view key, std::int64_t fallback) const;
  double numberOr(std::string_view key, double fallback) const;
  bool boolOr(std::string_view key, bool fallback) const;

  Json& set(std::string_view key, Json value);  // adds or replaces; turns null into an object
  Json& push(Json value);                       // turns null into an array

  // indent < 0: one line. Not-a-number and infinities are written as null. Invalid UTF-8 becomes U+FFFD.
  std::string dump(int indent = -1) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct JsonLimits {
  int maxDepth = 64;
  bool refuseDuplicateKeys = false;
};

// Parses one document. Throws Error(kInvalidInput) with `name` as file, the line and the byte offset.
Json parseJson(std::string_view text, const std::string& name, const JsonLimits& limits = {});

}  // namespace attune

#include "core/base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/base/error.h"

namespace attune {
namespace {

using Tree = nlohmann::ordered_json;

[[noreturn]] void wrongType(const char* wanted) {
  throw Error(ErrorKind::kInvalidInput,
              std::string("a JSON value has the wrong type: ") + wanted + " expected");
}

// Builds a Json while parsing, so that depth and duplicate names are seen before memory is spent.
class Builder {
 public:
  Builder(std::string_view text, std::string name, const JsonLimits& limits)
      : text_(text), name_(std::move(name)), limits_(limits) {}

  bool null() { return add(Json()); }
  bool boolean(bool v) { return add(Json(v)); }
  bool number_integer(std::int64_t v) { return add(Json(v)); }
  bool number_unsigned(std::uint64_t v) {
    if (v > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return add(Json(static_cast<double>(v)));
    return add(Json(static_cast<std::int64_t>(v)));
  }
  bool number_float(double v, const std::string&) { return add(Json(v)); }
  bool string(std::string& v) { return add(Json(std::move(v))); }
  bool binary(Tree::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(true); }
  bool start_array(std::size_t) { return open(false); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& v) {
    Level& level = stack_.back();
    const bool fresh = level.isNew(v);
    if (!fresh && limits_.refuseDuplicateKeys) fail("the name '" + v + "' occurs twice in one object", 0);
    level.replaces = !fresh;
    level.key = std::move(v);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) {
    std::string reason = e.what();
    // The library's text begins with "[json.exception.parse_error.101] parse error at line 1, column 2: ".
    if (auto at = reason.find(": "); at != std::string::npos) reason = reason.substr(at + 2);
    fail("not valid JSON: " + reason, position);
  }
  Json take() { return std::move(root_); }

 private:
  struct Level {
    bool isObject = false;
    bool replaces = false;  // the member being read has been seen before
    std::string key;
    Json::Array items;
    Json::Object members;
    std::unordered_set<std::string> names;  // of the members, once there are many

    bool isNew(const std::string& name) {
      constexpr std::size_t kMany = 32;
      if (members.size() < kMany)
        return std::none_of(members.begin(), members.end(),
                            [&](const auto& member) { return member.first == name; });
      if (names.empty())
        for (const auto& member : members) names.insert(member.first);
      return names.insert(name).second;
    }
  };

  [[noreturn]] void fail(const std::string& message, std::size_t position) {
    const std::size_t end = std::min(position, text_.size());
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw Error(ErrorKind::kInvalidInput,
                name_ + (position > 0 ? ", line " + std::to_string(line) : std::string()) + ": " + message,
                "Check that the file is complete and was not edited by hand.")
        .inFile(name_)
        .atRow(line)
        .atOffset(static_cast<std::int64_t>(end));
  }
  bool open(bool isObject) {
    if (static_cast<int>(stack_.size()) >= limits_.maxDepth)
      fail("nested more than " + std::to_string(limits_.maxDepth) + " levels deep", 0);
    stack_.emplace_back().isObject = isObject;
    return true;
  }
  bool close() {
    Level done = std::move(stack_.back());
    stack_.pop_back();
    return add(done.isObject ? Json::fromObject(std::move(done.members))
                             : Json::fromArray(std::move(done.items)));
  }
  bool add(Json value) {
    if (stack_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = stack_.back();
    if (!level.isObject) {
      level.items.push_back(std::move(value));
    } else if (!level.replaces) {
      level.members.emplace_back(std::move(level.key), std::move(value));
    } else {
      for (auto& [name, old] : level.members)
        if (name == level.key) old = std::move(value);
    }
    return true;
  }

  std::string_view text_;
  std::string name_;
  JsonLimits limits_;
  std::vector<Level> stack_;
  Json root_;
};

Tree toTree(const Json& json) {
  if (json.isNull()) return nullptr;
  if (json.isBool()) return json.asBool();
  if (json.isInt()) return json.asInt();
  if (json.isNumber()) {
    const double v = json.asDouble();
    return std::isfinite(v) ? Tree(v) : Tree(nullptr);
  }
  if (json.isString()) return json.asString();
  if (json.isArray()) {
    Tree tree = Tree::array();
    for (const Json& item : json.items()) tree.push_back(toTree(item));
    return tree;
  }
  Tree tree = Tree::object();
  for (const auto& [key, value] : json.members()) tree[key] = toTree(value);
  return tree;
}

}  // namespace

Json::Json(std::uint64_t v) {
  if (v > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw Error(ErrorKind::kInternal, "a number is too large for JSON");
  value_ = static_cast<std::int64_t>(v);
}

Json Json::fromArray(Array items) {
  Json json;
  json.value_ = std::move(items);
  return json;
}

Json Json::fromObject(Object members) {
  Json json;
  json.value_ = std::move(members);
  return json;
}

bool Json::asBool() const {
  if (const bool* v = std::get_if<bool>(&value_)) return *v;
  wrongType("true or false");
}

std::int64_t Json::asInt() const {
  if (const auto* v = std::get_if<std::int64_t>(&value_)) return *v;
  if (const double* v = std::get_if<double>(&value_); v && std::trunc(*v) == *v && std::fabs(*v) < 9e15)
    return static_cast<std::int64_t>(*v);
  wrongType("a whole number");
}

double Json::asDouble() const {
  if (const double* v = std::get_if<double>(&value_)) return *v;
  if (const auto* v = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*v);
  wrongType("a number");
}

const std::string& Json::asString() const {
  if (const auto* v = std::get_if<std::string>(&value_)) return *v;
  wrongType("a string");
}

const Json::Array& Json::items() const {
  if (const auto* v = std::get_if<Array>(&value_)) return *v;
  wrongType("an array");
}

std::vector<std::string> Json::texts() const {
  std::vector<std::string> texts;
  for (const Json& item : items()) texts.push_back(item.asString());
  return texts;
}

const Json::Object& Json::members() const {
  if (const auto* v = std::get_if<Object>(&value_)) return *v;
  wrongType("an object");
}

const Json* Json::find(std::string_view key) const {
  const auto* object = std::get_if<Object>(&value_);
  if (!object) return nullptr;
  for (const auto& [name, value] : *object)
    if (name == key) return &value;
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  if (const Json* v = find(key)) return *v;
  throw Error(ErrorKind::kInvalidInput, "'" + std::string(key) + "' is missing");
}

std::string Json::stringOr(std::string_view key, std::string_view fallback) const {
  const Json* v = find(key);
  return v && !v->isNull() ? v->asString() : std::string(fallback);
}

std::int64_t Json::intOr(std::string_view key, std::int64_t fallback) const {
  const Json* v = find(key);
  return v && !v->isNull() ? v->asInt() : fallback;
}

double Json::numberOr(std::string_view key, double fallback) const {
  const Json* v = find(key);
  return v && !v->isNull() ? v->asDouble() : fallback;
}

bool Json::boolOr(std::string_view key, bool fallback) const {
  const Json* v = find(key);
  return v && !v->isNull() ? v->asBool() : fallback;
}

Json& Json::set(std::string_view key, Json value) {
  if (isNull()) value_ = Object();
  auto* object = std::get_if<Object>(&value_);
  if (!object) wrongType("an object");
  for (auto& [name, old] : *object)
    if (name == key) {
      old = std::move(value);
      return *this;
    }
  object->emplace_back(std::string(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (isNull()) value_ = Array();
  auto* array = std::get_if<Array>(&value_);
  if (!array) wrongType("an array");
  array->push_back(std::move(value));
  return *this;
}

std::string Json::dump(int indent) const {
  return toTree(*this).dump(indent, ' ', false, Tree::error_handler_t::replace);
}

Json parseJson(std::string_view text, const std::string& name, const JsonLimits& limits) {
  Builder builder(text, name, limits);
  if (!Tree::sax_parse(text.begin(), text.end(), &builder))
    throw Error(ErrorKind::kInvalidInput, name + ": not valid JSON").inFile(name);
  return builder.take();
}

}  // namespace attune

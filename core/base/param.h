#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"

namespace attune {

using ParamValue = std::variant<bool, std::int64_t, double, std::string>;

enum class ParamType { kBool, kInt, kDouble, kString, kChoice, kText };  // kText: several lines

const char* paramTypeName(ParamType type);  // "bool", "int", "float", "string", "choice", "text"

// A parameter that describes itself: the form, the command line and the report are made from this.
struct ParamSpec {
  std::string name;   // PEFT's name where PEFT has one
  std::string title;  // a person's name for it
  std::string help;   // one plain sentence
  ParamType type = ParamType::kDouble;
  ParamValue defaultValue = 0.0;
  double min = 0;  // inclusive; for kInt and kDouble
  double max = 0;
  std::vector<std::string> choices;  // for kChoice
  bool expert = false;               // hidden in the basic form
};

std::string formatParamValue(const ParamValue& value);
Json toJson(const ParamValue& value);

// Values by name, complete: a set is always made from specs, so a missing name is a fault of the caller.
class ParamSet {
 public:
  ParamSet() = default;
  explicit ParamSet(const std::vector<ParamSpec>& specs);  // all defaults

  bool has(std::string_view name) const;
  bool getBool(std::string_view name) const;
  std::int64_t getInt(std::string_view name) const;
  double getDouble(std::string_view name) const;  // an int counts
  const std::string& getString(std::string_view name) const;
  const std::map<std::string, ParamValue, std::less<>>& values() const { return values_; }

  void set(std::string_view name, ParamValue value) {
    values_.insert_or_assign(std::string(name), std::move(value));
  }

  Json toJson() const;
  static ParamSet fromJson(const Json& json);

  friend bool operator==(const ParamSet&, const ParamSet&) = default;

 private:
  const ParamValue& at(std::string_view name) const;
  std::map<std::string, ParamValue, std::less<>> values_;
};

// Reads a person's text as the value of `spec`. Throws Error(kUsage) that names the parameter, the value and
// what is allowed.
ParamValue parseParamValue(const ParamSpec& spec, std::string_view text);
// Same checks for a value that already has a type.
void checkParamValue(const ParamSpec& spec, const ParamValue& value);

}  // namespace attune

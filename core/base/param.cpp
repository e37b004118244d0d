#include "core/base/param.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {
namespace {

std::string allowed(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kBool:
      return "true or false";
    case ParamType::kInt:
      return "a whole number from " + formatFixed(spec.min, 0) + " to " + formatFixed(spec.max, 0);
    case ParamType::kDouble:
      return "a number from " + formatShortest(spec.min) + " to " + formatShortest(spec.max);
    case ParamType::kChoice:
      return "one of " + joinText(spec.choices, ", ");
    case ParamType::kString:
    case ParamType::kText:
      return "a text";
  }
  return {};
}

[[noreturn]] void refuse(const ParamSpec& spec, std::string_view shown) {
  throw Error(ErrorKind::kUsage, spec.name + " cannot be '" + std::string(shown) + "'",
              "Give " + allowed(spec) + ".");
}

}  // namespace

const char* paramTypeName(ParamType type) {
  switch (type) {
    case ParamType::kBool:
      return "bool";
    case ParamType::kInt:
      return "int";
    case ParamType::kDouble:
      return "float";
    case ParamType::kString:
      return "string";
    case ParamType::kChoice:
      return "choice";
    case ParamType::kText:
      return "text";
  }
  return "text";
}

std::string formatParamValue(const ParamValue& value) {
  if (const bool* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
  if (const double* d = std::get_if<double>(&value)) return formatShortest(*d);
  return std::get<std::string>(value);
}

Json toJson(const ParamValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

ParamSet::ParamSet(const std::vector<ParamSpec>& specs) {
  for (const ParamSpec& spec : specs) set(spec.name, spec.defaultValue);
}

bool ParamSet::has(std::string_view name) const { return values_.find(name) != values_.end(); }

const ParamValue& ParamSet::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end())
    throw Error(ErrorKind::kInternal, "parameter '" + std::string(name) + "' is not in the set");
  return found->second;
}

bool ParamSet::getBool(std::string_view name) const {
  if (const bool* v = std::get_if<bool>(&at(name))) return *v;
  throw Error(ErrorKind::kInvalidInput, "parameter '" + std::string(name) + "' must be true or false");
}

std::int64_t ParamSet::getInt(std::string_view name) const {
  if (const auto* v = std::get_if<std::int64_t>(&at(name))) return *v;
  throw Error(ErrorKind::kInvalidInput, "parameter '" + std::string(name) + "' must be a whole number");
}

double ParamSet::getDouble(std::string_view name) const {
  const ParamValue& value = at(name);
  if (const double* v = std::get_if<double>(&value)) return *v;
  if (const auto* v = std::get_if<std::int64_t>(&value)) return static_cast<double>(*v);
  throw Error(ErrorKind::kInvalidInput, "parameter '" + std::string(name) + "' must be a number");
}

const std::string& ParamSet::getString(std::string_view name) const {
  if (const auto* v = std::get_if<std::string>(&at(name))) return *v;
  throw Error(ErrorKind::kInvalidInput, "parameter '" + std::string(name) + "' must be a text");
}

Json ParamSet::toJson() const {
  Json json = Json::object();
  for (const auto& [name, value] : values_) json.set(name, attune::toJson(value));
  return json;
}

ParamSet ParamSet::fromJson(const Json& json) {
  ParamSet set;
  for (const auto& [name, value] : json.members()) {
    if (value.isBool())
      set.set(name, value.asBool());
    else if (value.isInt())
      set.set(name, value.asInt());
    else if (value.isNumber())
      set.set(name, value.asDouble());
    else
      set.set(name, value.asString());
  }
  return set;
}

ParamValue parseParamValue(const ParamSpec& spec, std::string_view text) {
  switch (spec.type) {
    case ParamType::kBool:
      if (text == "true" || text == "yes" || text == "1") return true;
      if (text == "false" || text == "no" || text == "0") return false;
      refuse(spec, text);
    case ParamType::kInt: {
      const auto value = parseInt(trim(text));
      if (!value) refuse(spec, text);
      checkParamValue(spec, *value);
      return *value;
    }
    case ParamType::kDouble: {
      const auto value = parseDouble(trim(text));
      if (!value) refuse(spec, text);
      checkParamValue(spec, *value);
      return *value;
    }
    case ParamType::kChoice:
    case ParamType::kString:
    case ParamType::kText: {
      const ParamValue value = std::string(text);
      checkParamValue(spec, value);
      return value;
    }
  }
  refuse(spec, text);
}

void checkParamValue(const ParamSpec& spec, const ParamValue& value) {
  const auto inRange = [&](double v) { return v >= spec.min && v <= spec.max; };
  bool ok = false;
  switch (spec.type) {
    case ParamType::kBool:
      ok = std::holds_alternative<bool>(value);
      break;
    case ParamType::kInt:
      if (const auto* v = std::get_if<std::int64_t>(&value)) ok = inRange(static_cast<double>(*v));
      break;
    case ParamType::kDouble:
      if (const double* v = std::get_if<double>(&value))
        ok = inRange(*v);
      else if (const auto* i = std::get_if<std::int64_t>(&value))
        ok = inRange(static_cast<double>(*i));
      break;
    case ParamType::kChoice:
      if (const auto* v = std::get_if<std::string>(&value))
        ok = std::find(spec.choices.begin(), spec.choices.end(), *v) != spec.choices.end();
      break;
    case ParamType::kString:
    case ParamType::kText:
      ok = std::holds_alternative<std::string>(value);
      break;
  }
  if (!ok) refuse(spec, formatParamValue(value));
}

}  // namespace attune

#pragma once

#include <cstdint>
#include <string>

#include "core/base/json.h"
#include "core/base/param.h"
#include "core/study/budget.h"
#include "core/study/conditions.h"

namespace attune {

// A base model as a run refers to it: `hash` decides whether two are the same, `path` is where it was found.
struct BaseRef {
  std::string name;
  std::string path;
  std::string hash;  // SHA-256 over config, tokenizer and weights

  friend bool operator==(const BaseRef&, const BaseRef&) = default;
};

// The parameter of an adapter that was trained elsewhere: its folder, relative to the project's files.
constexpr const char* kAdapterSetting = "adapter";

// Everything that is needed to repeat one run. Immutable once made.
struct RunSpec {
  std::string method;  // name in the method catalog
  ParamSet params;     // complete
  std::uint64_t seed = 0;
  std::string datasetHash;
  std::string splitHash;
  BaseRef base;
  Budget budget;
  Conditions conditions;
  std::string device = "cpu";  // "cpu", "cuda", "cuda:1"
  std::int64_t threads = 1;    // part of the identity: other thread counts round differently

  Json toJson() const;
  static RunSpec fromJson(const Json& json);

  // What the run evaluates was trained elsewhere: `params` name the adapter.
  bool isImported() const { return params.has(kAdapterSetting); }

  // SHA-256 over everything above except names and paths: equal keys mean equal results.
  std::string key() const;
  // The same without the seed: runs with equal values are one configuration.
  std::string configurationKey() const;
};

}  // namespace attune

#include "core/method/targets.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/pattern.h"
#include "core/base/text.h"

namespace attune {
namespace targets {

bool anyOf(const std::vector<std::string>& names, const std::string& path) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return endsWithName(path, name); });
}

// The last names of the layers' paths, each once: "q_proj, k_proj, …".
std::string layerNames(const ModelConfig& config) {
  std::vector<std::string> names;
  for (const LinearShape& shape : linearShapes(config)) {
    const std::string name = shape.path.substr(shape.path.rfind('.') + 1);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return joinText(names, ", ");
}

}  // namespace targets

bool endsWithName(const std::string& path, const std::string& name) {
  return path == name || path.ends_with("." + name);
}

std::optional<std::int64_t> blockOf(const std::string& path) {
  // The last number between dots that something follows, as PEFT finds it.
  std::optional<std::int64_t> found;
  const std::vector<std::string> parts = splitText(path, '.');
  for (std::size_t i = 2; i + 1 < parts.size(); ++i)
    if (const auto number = parseInt(parts[i])) found = *number;
  return found;
}

bool Targets::allLinear() const { return names == std::vector<std::string>{"all-linear"}; }

bool Targets::match(const std::string& path, bool linear) const {
  if (targets::anyOf(exclude, path)) return false;
  if (!excludePattern.empty() && Pattern(excludePattern).matches(path)) return false;
  const bool named = allLinear()       ? linear
                     : pattern.empty() ? targets::anyOf(names, path)
                                       : Pattern(pattern).matches(path);
  if (!named || layers.empty()) return named;
  const auto block = blockOf(path);
  return block && std::find(layers.begin(), layers.end(), *block) != layers.end();
}

std::string peftDefaultTargets(const std::string& peftType, const ModelConfig& config) {
  const std::string& family = config.family;
  const bool qwen = family == "qwen2" || family == "qwen3";
  if (peftType == "IA3") {
    if (family == "t5") return "k,v,wo";
    if (family == "bert") return "key,value,output.dense";
    if (family == "gpt2") return "c_attn,mlp.c_proj";
    return qwen ? "q_proj,v_proj,down_proj" : "k_proj,v_proj,down_proj";
  }
  if (peftType == "LN_TUNING") {
    if (family == "t5") return "layer_norm,final_layer_norm";
    if (family == "bert") return "LayerNorm";
    if (family == "gpt2") return "ln_1,ln_2,ln_f";
    return qwen ? "post_attention_layernorm" : "input_layernorm,post_attention_layernorm,norm";
  }
  if (peftType == "ADALORA" && family == "t5") return "q,k,v,o,wi,wo";
  if (peftType == "BEFT") return family == "t5" ? "v" : family == "bert" ? "value" : "v_proj";
  if (family == "t5") return "q,v";
  if (family == "bert") return "query,value";
  if (family == "gpt2") return "c_attn";
  return "q_proj,v_proj";
}

Targets chosenTargets(const ParamSet& params, const std::string& peftType, const ModelConfig& config) {
  const std::string& chosen = params.getString("target_modules");
  return targetsOf(chosen.empty() ? peftDefaultTargets(peftType, config) : chosen);
}

Targets targetsOf(const std::string& list) {
  Targets targets;
  targets.names = splitList(list);
  return targets;
}

Targets readTargets(const Json& config, const std::string& fallback) {
  Targets read;
  const Json* chosen = config.find("target_modules");
  if (!chosen || chosen->isNull())
    read = targetsOf(fallback);
  else if (chosen->isArray())
    read.names = chosen->texts();
  else if (chosen->asString() == "all-linear")
    read.names = {"all-linear"};
  else
    read.pattern = chosen->asString();
  if (const Json* left = config.find("exclude_modules"); left && left->isArray())
    read.exclude = left->texts();
  else if (left && !left->isNull())
    read.excludePattern = left->asString();
  if (const Json* layers = config.find("layers_to_transform"); layers && layers->isArray())
    for (const Json& layer : layers->items()) read.layers.push_back(layer.asInt());
  else if (layers && !layers->isNull())
    read.layers = {layers->asInt()};
  return read;
}

void writeTargets(Json& config, const Targets& targets) {
  if (!targets.pattern.empty())
    config.set("target_modules", targets.pattern);
  else
    config.set("target_modules", targets.allLinear() ? Json("all-linear") : Json::list(targets.names));
  if (!targets.exclude.empty()) config.set("exclude_modules", Json::list(targets.exclude));
  if (!targets.excludePattern.empty()) config.set("exclude_modules", targets.excludePattern);
  if (!targets.layers.empty()) config.set("layers_to_transform", Json::list(targets.layers));
}

std::vector<LinearShape> targetShapes(const Targets& targets, const ModelConfig& config) {
  std::vector<LinearShape> shapes = linearShapes(config);
  std::erase_if(shapes, [&](const LinearShape& shape) { return !targets.match(shape.path, true); });
  return shapes;
}

std::vector<LinearShape> requireTargets(const Targets& targets, const ModelConfig& config) {
  std::vector<LinearShape> shapes = targetShapes(targets, config);
  if (shapes.empty())
    throw Error(ErrorKind::kUsage,
                "target_modules '" +
                    (targets.pattern.empty() ? joinText(targets.names, ", ") : targets.pattern) +
                    "' match no layer of this model",
                "Layers: " + targets::layerNames(config) + "; or all-linear.");
  return shapes;
}

}  // namespace attune

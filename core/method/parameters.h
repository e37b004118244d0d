#pragma once

#include <string>
#include <vector>

#include "core/base/param.h"

// Parameters that several methods share, with the defaults that each method gives. Free of torch.
namespace attune {

// "template" and "label_words". "{text}" and "{labels}" are filled in (core/data/template.h).
std::vector<ParamSpec> promptParams(const std::string& pattern);

struct TrainingDefaults {
  double learningRate = 1e-3;
  std::int64_t epochs = 10;
  double weightDecay = 0.0;
};
// "learning_rate", "epochs", "batch_size", "optimizer", "warmup_ratio", "weight_decay", "max_grad_norm",
// "precision", "activation_checkpointing", "max_steps", "patience".
std::vector<ParamSpec> trainingParams(const TrainingDefaults& defaults);

// "target_modules": a list, all-linear, or empty for the method's own choice.
ParamSpec targetsParam(const std::string& value);

ParamSpec intParam(std::string name, std::string title, std::string help, std::int64_t value, double min,
                   double max, bool expert = false);
ParamSpec doubleParam(std::string name, std::string title, std::string help, double value, double min,
                      double max, bool expert = false);
ParamSpec boolParam(std::string name, std::string title, std::string help, bool value, bool expert = false);
ParamSpec choiceParam(std::string name, std::string title, std::string help, std::string value,
                      std::vector<std::string> choices, bool expert = false);
ParamSpec stringParam(std::string name, std::string title, std::string help, std::string value,
                      bool expert = false);

std::vector<ParamSpec> operator+(std::vector<ParamSpec> a, std::vector<ParamSpec> b);

// The neutral pattern with which tuned methods and the untuned model are asked.
extern const char* const kNeutralTemplate;
// The same for free answers.
extern const char* const kAnswerTemplate;

}  // namespace attune

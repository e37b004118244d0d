#include "core/method/parameters.h"

#include <utility>

namespace attune {

const char* const kNeutralTemplate = "{text} This is about";
const char* const kAnswerTemplate = "{text} Answer:";

ParamSpec intParam(std::string name, std::string title, std::string help, std::int64_t value, double min,
                   double max, bool expert) {
  return {std::move(name), std::move(title), std::move(help), ParamType::kInt, value, min, max, {}, expert};
}

ParamSpec doubleParam(std::string name, std::string title, std::string help, double value, double min,
                      double max, bool expert) {
  return {std::move(name), std::move(title), std::move(help), ParamType::kDouble, value, min, max, {},
          expert};
}

ParamSpec boolParam(std::string name, std::string title, std::string help, bool value, bool expert) {
  return {std::move(name), std::move(title), std::move(help), ParamType::kBool, value, 0, 0, {}, expert};
}

ParamSpec choiceParam(std::string name, std::string title, std::string help, std::string value,
                      std::vector<std::string> choices, bool expert) {
  return {std::move(name),
          std::move(title),
          std::move(help),
          ParamType::kChoice,
          std::move(value),
          0,
          0,
          std::move(choices),
          expert};
}

ParamSpec stringParam(std::string name, std::string title, std::string help, std::string value, bool expert) {
  return {std::move(name), std::move(title), std::move(help), ParamType::kString, std::move(value), 0, 0, {},
          expert};
}

ParamSpec targetsParam(const std::string& value) {
  return stringParam("target_modules", "Layers",
                     value.empty() ? "Which layers change: names with commas between, all-linear, or nothing "
                                     "for those that PEFT takes for this family."
                                   : "Which layers change: names with commas between, or all-linear.",
                     value, true);
}

std::vector<ParamSpec> operator+(std::vector<ParamSpec> a, std::vector<ParamSpec> b) {
  a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
  return a;
}

std::vector<ParamSpec> promptParams(const std::string& pattern) {
  ParamSpec prompt = stringParam("template", "Prompt",
                                 "What the model reads; {text} is the example, {labels} the list of label "
                                 "words. The label word comes right after it.",
                                 pattern, true);
  prompt.type = ParamType::kText;
  ParamSpec words = stringParam("label_words", "Label words",
                                "One 'label = word' a line: the word that stands for a label. Labels without "
                                "a line stand for themselves.",
                                "", true);
  words.type = ParamType::kText;
  return {prompt, words};
}

std::vector<ParamSpec> trainingParams(const TrainingDefaults& defaults) {
  return {
      doubleParam("learning_rate", "Learning rate", "How far each step moves what is trained.",
                  defaults.learningRate, 1e-7, 10),
      intParam("epochs", "Epochs", "How often the training data is gone through at most.", defaults.epochs, 1,
               10000),
      intParam("batch_size", "Batch size", "Examples a step.", 16, 1, 4096),
      choiceParam("optimizer", "Optimizer",
                  "How gradients become steps: AdamW, or Adafactor as published for prompts of T5.", "adamw",
                  {"adamw", "adafactor"}, true),
      doubleParam("warmup_ratio", "Warm-up",
                  "Share of the steps in which the learning rate rises to its full value.", 0.06, 0, 1, true),
      doubleParam("weight_decay", "Weight decay",
                  "Pull of the trained numbers towards zero, per step and rate.", defaults.weightDecay, 0, 1,
                  true),
      doubleParam("max_grad_norm", "Gradient clipping",
                  "Longest gradient that a step may use; 0 for no limit.", 1.0, 0, 1e6, true),
      choiceParam("precision", "Precision of products",
                  "How training multiplies matrices: in bfloat16 where this computer was measured to be much "
                  "faster in it (auto), or always so. Answers are always computed in fp32.",
                  "auto", {"auto", "fp32", "bf16"}, true),
      choiceParam("activation_checkpointing", "Recomputing",
                  "Keeps little of a step in memory and computes it once more for the gradients, which takes "
                  "a third to a half longer and changes no result: where memory would not suffice otherwise "
                  "(auto), or always or never.",
                  "auto", {"auto", "on", "off"}, true),
      intParam("max_steps", "Step limit", "Ends training after this many steps; 0 for no limit.", 0, 0,
               100000000, true),
      intParam("patience", "Patience",
               "Ends training when validation has not improved for this many looks; 0 to go on to the end.",
               0, 0, 1000, true),
  };
}

}  // namespace attune

#include "core/study/experiment.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace attune {

const std::vector<ExperimentInfo>& experimentCatalog() {
  static const std::vector<ExperimentInfo> catalog{
      {"accuracy", "Accuracy", "Fine-tuning is more accurate than prompt tuning.",
       "Compares the methods on all training rows.", "untuned,linear_probe,prompt_tuning,lora,full", true,
       false, false, false},
      {"data_efficiency", "Data efficiency", "Prompts need less data.",
       "Trains on a few rows, then on more and more, the smaller sets within the larger ones, with as many "
       "steps each.",
       "linear_probe,prompt_tuning,lora,full", false, false, false, false},
      {"training_cost", "Cost of training", "Prompt tuning is cheaper to train.",
       "Times the training of each method on this computer.", "prompt_tuning,lora,full", true, false, false,
       false},
      {"storage", "Storage", "A tuned prompt takes next to no room.",
       "Measures the files that a run leaves beside the base.", "prompt_tuning,lora,full", true, false, false,
       false},
      {"overfitting", "Overfitting", "Fine-tuning overfits; a prompt does not.",
       "Trains on the right labels and on labels of which a fifth is wrong, and asks for the training rows "
       "too.",
       "prompt_tuning,lora,full", false, false, false, true},
      {"fragility", "Fragility", "Hand-written prompts are fragile.",
       "Asks every method under each wording of a frozen panel: format, lead-in, case of the label words, "
       "order of the examples shown; disturbs the invisible words of prompts.",
       "hand_prompt,few_shot,prompt_tuning,lora,full", false, false, true, true},
      {"consistency", "Consistency", "Fine-tuning is more consistent: it answers the same whatever the seed.",
       "Trains each method with several seeds, and puts the texts otherwise in eight frozen ways.",
       "prompt_tuning,lora,full", true, true, false, false},
      {"nonsense_labels", "Nonsense labels", "Prompt tuning depends on what the base already knows.",
       "Trains each method with the labels' words and with words that mean nothing.",
       "prompt_tuning,lora,full", false, false, true, true},
      {"forgetting", "Forgetting", "A frozen base forgets nothing; full fine-tuning does.",
       "Reads a general text before training, with what was trained, and without it again, and asks small "
       "tasks beside.",
       "prompt_tuning,prefix_tuning,lora,full", false, false, true, false},
      {"query_cost", "Cost of a question", "Prompts cost more per question than a fine-tuned model.",
       "Times the answers and counts the tokens of each request.", "few_shot,prompt_tuning,lora,full", true,
       false, false, false},
      {"shots", "Shots", "Few-shot examples are a substitute for training.",
       "Shows 0 to 16 examples, in ten sets and five orders, beside training on a few rows and more.", "lora",
       false, false, true, true},
  };
  return catalog;
}

const ExperimentInfo& experimentInfo(std::string_view name) {
  std::vector<std::string> names;
  for (const ExperimentInfo& info : experimentCatalog()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  const std::string nearest = nearestName(name, names);
  throw Error(
      ErrorKind::kUsage, "there is no experiment '" + std::string(name) + "'",
      nearest.empty() ? "Experiments: " + joinText(names, ", ") + "." : "Did you mean '" + nearest + "'?");
}

}  // namespace attune

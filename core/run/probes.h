#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/stop_token.h"
#include "core/run/prepared_run.h"

namespace attune {

// What a run's Conditions ask beside the splits; each call tells `answered` what is to be stored, by the
// names of core/study/conditions.h. An end asked for by `stop` leaves the last answers short.
using Answered = std::function<void(const std::string& name, std::vector<Prediction> predictions)>;

// The log-likelihood of each paragraph of the general text behind its first third. The model must have words.
std::vector<Prediction> readGeneralText(const OpenedBase& base, const LanguageModel& model,
                                        std::int64_t virtualTokens, const StopToken& stop);
// The side tasks, each in its own words: a row an item of all in their order; none of a model
// that no longer answers in words.
std::vector<Prediction> askSideTasks(const OpenedBase& base, const LanguageModel& model,
                                     std::int64_t virtualTokens, const StopToken& stop);
// The panel of paraphrases, for at most 500 of the test rows; only of texts that it changes.
void askParaphrases(const Dataset& data, const PreparedRun& prepared, const LanguageModel& model,
                    const StopToken& stop, const Answered& answered);
// With each virtual token left out (of more than 32, 32 of them), in three other orders, and with normal
// noise of 1, 5 and 10 % of the size of an embedding (root mean square); at most 200 of the test rows. Does
// nothing for a method without virtual tokens.
void disturbPrompt(const RunSpec& spec, const Dataset& data, PreparedRun& prepared, const TunedModel& model,
                   const StopToken& stop, const Answered& answered);
// The panel of wordings, put to the model behind the same examples; at most 500 of the test rows, drawn once
// for all runs. Where the conditions ask for `orders` alone: as many other orders of the examples shown, at
// most 200 rows.
void askWordings(const RunSpec& spec, const Dataset& data, const PreparedRun& prepared,
                 const LanguageModel& model, const StopToken& stop, const Answered& answered);

}  // namespace attune

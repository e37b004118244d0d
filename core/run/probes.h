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
// The panel of wordings, put to the model behind the same examples; at most 500 of the test rows, drawn once
// for all runs.
void askWordings(const RunSpec& spec, const Dataset& data, const PreparedRun& prepared,
                 const LanguageModel& model, const StopToken& stop, const Answered& answered);

}  // namespace attune

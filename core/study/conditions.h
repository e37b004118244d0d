#pragma once

#include <cstdint>

#include "core/base/json.h"

namespace attune {

// What a run does beside training on the data as it is and answering the test split. The usual run: nothing.
// Part of a run's identity.
struct Conditions {
  double flippedLabels = 0;      // share of the training rows that are taught a wrong label (taughtLabel)
  bool asksTraining = false;     // answers the rows that it was trained on, too
  bool asksWordings = false;     // answers under every wording of the frozen panel (core/data/wordings.h)
  bool readsGeneral = false;     // how likely it finds a general text (core/data/general_text.h)
  bool asksParaphrases = false;  // answers the texts put otherwise (core/data/paraphrases.h)
  bool disturbsPrompt = false;   // answers with its virtual tokens dropped, in another order, with noise
  std::int64_t orders = 0;       // answers with the examples shown in as many further orders
  bool asksSideTasks = false;    // answers small tasks that it was not tuned for (core/data/side_tasks.h)

  bool isUsual() const { return *this == Conditions{}; }
  Json toJson() const;
  static Conditions fromJson(const Json& json);
  friend bool operator==(const Conditions&, const Conditions&) = default;
};

// The label that a run of this seed is taught for a training row: another than `label` for the share of
// rows, drawn row by row, each of the others equally often.
std::int64_t taughtLabel(std::int64_t row, std::int64_t label, std::int64_t labels, double flippedShare,
                         std::uint64_t seed);

// Names under which such answers are stored beside those of the splits: "train" for the training rows,
// "wording:format/upper_case" for a wording, "paraphrase:synonyms" for the texts that this changes,
// "virtual:drop/3", "virtual:order/1", "virtual:noise_5/1" (5 % of the size of an embedding) for virtual
// tokens; for the side tasks, a row an item of all in their order, before anything was trained and with it;
// and for the general text, a row a paragraph, with what was trained, without it afterwards, and before
// anything was trained.
inline constexpr const char* kWordingPrefix = "wording:";
inline constexpr const char* kParaphrasePrefix = "paraphrase:";
inline constexpr const char* kVirtualPrefix = "virtual:";
inline constexpr const char* kSideBefore = "side:before";
inline constexpr const char* kSideOn = "side:on";
inline constexpr double kSideChance = 1.0 / 3;  // share of them that guessing answers rightly
inline constexpr const char* kGeneralOn = "general:on";
inline constexpr const char* kGeneralOff = "general:off";
inline constexpr const char* kGeneralBefore = "general:before";

}  // namespace attune

#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {
namespace few_shot {

std::vector<ParamSpec> parameters() {
  std::vector<ParamSpec> shown{
      intParam("shots", "Examples", "How many examples stand in front of every question, the labels in turn.",
               8, 0, 16)};
  shown = std::move(shown) + promptParams("Message: {text} Answer:");
  for (ParamSpec& spec : shown) spec.expert = false;
  return shown;
}

}  // namespace few_shot

MethodInfo fewShotInfo() {
  MethodInfo info;
  info.name = "few_shot";
  info.title = "Few-shot";
  info.summary =
      "The base model as it is, shown some examples with their answers in front of every question.";
  info.source = "Brown et al. 2020, arXiv:2005.14165 (in-context learning)";
  info.kind = MethodKind::kPrompted;
  info.needsWords = true;
  info.parameters = few_shot::parameters();
  return info;
}

MethodInfo calibratedFewShotInfo() {
  MethodInfo info = fewShotInfo();
  info.name = "calibrated_few_shot";
  info.title = "Calibrated few-shot";
  info.summary = "Few-shot, corrected for the labels that the model likes before it has read anything.";
  info.source = "Zhao et al. 2021, arXiv:2102.09690 (contextual calibration)";
  info.labelsOnly = true;
  info.parameters.push_back(
      stringParam("content_free_texts", "Empty questions",
                  "Texts that say nothing, with commas between; the empty text is always one of them.",
                  "N/A, [MASK]", true));
  return info;
}

// What is shown belongs to the question (core/run/questions.h); the model underneath is the untuned one.
std::unique_ptr<Method> makeFewShot() { return makeUntuned(); }
std::unique_ptr<Method> makeCalibratedFewShot() { return makeUntuned(); }

}  // namespace attune

#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {

MethodInfo handPromptInfo() {
  MethodInfo info;
  info.name = "hand_prompt";
  info.title = "Hand-written prompt";
  info.summary = "The base model as it is, asked with words that you write.";
  info.usual = true;
  info.source = "Schick and Schütze 2021, arXiv:2001.07676 (patterns and verbalizers)";
  info.kind = MethodKind::kPrompted;
  info.seeded = false;
  info.needsWords = true;
  info.parameters = promptParams("Decide between {labels}. Message: {text} Answer:");
  for (ParamSpec& spec : info.parameters) spec.expert = false;  // writing it is the method
  return info;
}

// The words are the method; the model underneath is the untuned one.
std::unique_ptr<Method> makeHandPrompt() { return makeUntuned(); }

}  // namespace attune

#pragma once

#include <memory>

#include "core/method/catalog.h"

// One pair a method; the catalog lists them. Defined in the file of the method's name.
namespace attune {

class Method;
class TextClassifier;

MethodInfo majorityInfo();
std::unique_ptr<TextClassifier> makeMajority();

MethodInfo bagOfWordsInfo();
std::unique_ptr<TextClassifier> makeBagOfWords();

MethodInfo untunedInfo();
std::unique_ptr<Method> makeUntuned();

MethodInfo handPromptInfo();
std::unique_ptr<Method> makeHandPrompt();

MethodInfo promptTuningInfo();
std::unique_ptr<Method> makePromptTuning();

MethodInfo loraInfo();
std::unique_ptr<Method> makeLora();

MethodInfo fullInfo();
std::unique_ptr<Method> makeFull();

}  // namespace attune

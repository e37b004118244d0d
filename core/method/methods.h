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

MethodInfo fewShotInfo();
std::unique_ptr<Method> makeFewShot();

MethodInfo calibratedFewShotInfo();
std::unique_ptr<Method> makeCalibratedFewShot();

MethodInfo linearProbeInfo();
std::unique_ptr<Method> makeLinearProbe();

MethodInfo promptTuningInfo();
std::unique_ptr<Method> makePromptTuning();

MethodInfo pTuningInfo();
std::unique_ptr<Method> makePTuning();

MethodInfo prefixTuningInfo();
std::unique_ptr<Method> makePrefixTuning();

MethodInfo ia3Info();
std::unique_ptr<Method> makeIa3();

MethodInfo bitFitInfo();
std::unique_ptr<Method> makeBitFit();

MethodInfo layerNormInfo();
std::unique_ptr<Method> makeLayerNorm();

MethodInfo veraInfo();
std::unique_ptr<Method> makeVera();

MethodInfo oftInfo();
std::unique_ptr<Method> makeOft();

MethodInfo adapterInfo();
std::unique_ptr<Method> makeAdapter();

MethodInfo loraInfo();
std::unique_ptr<Method> makeLora();

MethodInfo rsLoraInfo();
std::unique_ptr<Method> makeRsLora();

MethodInfo doraInfo();
std::unique_ptr<Method> makeDora();

MethodInfo adaLoraInfo();
std::unique_ptr<Method> makeAdaLora();

MethodInfo lastLayersInfo();
std::unique_ptr<Method> makeLastLayers();

MethodInfo fullInfo();
std::unique_ptr<Method> makeFull();

}  // namespace attune

#include "core/method/method.h"
#include "core/method/methods.h"
#include "core/method/parameters.h"

namespace attune {
namespace untuned {

class Untuned final : public Method {
 public:
  std::unique_ptr<TunedModel> attach(const AttachRequest& request) const override {
    return std::make_unique<TunedModel>(request.base);
  }
};

}  // namespace untuned

MethodInfo untunedInfo() {
  MethodInfo info;
  info.name = "untuned";
  info.title = "Untuned";
  info.summary = "The base model as it is: the label whose word it finds most likely after the text.";
  info.usual = true;
  info.source = "Brown et al. 2020, arXiv:2005.14165 (zero-shot)";
  info.kind = MethodKind::kPrompted;
  info.seeded = false;
  info.needsWords = true;
  info.parameters = promptParams(kNeutralTemplate);
  return info;
}

std::unique_ptr<Method> makeUntuned() { return std::make_unique<untuned::Untuned>(); }

}  // namespace attune

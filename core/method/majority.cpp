#include <algorithm>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/method/methods.h"
#include "core/method/text_classifier.h"

namespace attune {
namespace majority {

class Majority final : public TextClassifier {
 public:
  void fit(const LabelledTexts& train, const LabelledTexts&, std::int64_t labelCount, const ParamSet&,
           const StopToken&) override {
    shares_.assign(static_cast<std::size_t>(labelCount), 0);
    for (const std::int64_t label : train.labels) shares_[static_cast<std::size_t>(label)] += 1;
    for (float& share : shares_) share /= static_cast<float>(std::max<std::size_t>(1, train.labels.size()));
  }
  std::vector<float> probabilities(const std::string&) const override { return shares_; }
  std::int64_t parameterCount() const override { return 0; }
  void save(const std::string& folder) const override {
    Json shares = Json::array();
    for (const float share : shares_) shares.push(static_cast<double>(share));
    writeFileAtomically(folder + "/label_shares.json", shares.dump() + "\n");
  }

 private:
  std::vector<float> shares_;
};

}  // namespace majority

MethodInfo majorityInfo() {
  MethodInfo info;
  info.name = "majority";
  info.title = "Majority class";
  info.summary = "Always gives the most frequent label of the training data: what any method must beat.";
  info.usual = true;
  info.source = "Zero rule";
  info.kind = MethodKind::kYardstick;
  info.seeded = false;
  info.needsBase = false;
  return info;
}

std::unique_ptr<TextClassifier> makeMajority() { return std::make_unique<majority::Majority>(); }

}  // namespace attune

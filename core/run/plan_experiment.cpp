#include "core/run/plan_experiment.h"

#include <algorithm>
#include <functional>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/method/catalog.h"

namespace attune {
namespace plan_experiment {

constexpr double kFlipped = 0.2;
constexpr std::int64_t kSets = 10, kOrders = 5;
constexpr std::int64_t kShots[] = {0, 1, 2, 4, 8, 16};

class Plan {
 public:
  explicit Plan(const ExperimentRequest& request)
      : request_(request),
        info_(experimentInfo(request.experiment)),
        now_(utcMilliseconds()),
        group_(info_.name + "-" + std::to_string(now_)) {}

  // The request as it is, changed by `change`; `altered`: into another task.
  void add(const std::string& title, double value, bool altered,
           const std::function<void(StudyRequest&, Conditions&)>& change) {
    StudyRequest request = request_.study;
    Conditions conditions;
    change(request, conditions);
    Study study = makeStudy(request);
    study.conditions = conditions;
    study.arm = {info_.name, group_, title, value, altered};
    study.name = info_.title + " on " + request.dataset.name + (title.empty() ? "" : " · " + title);
    study.question = "Does it hold here: “" + info_.claim + "”";
    study.repeatCommand = command();
    studies_.push_back(std::move(study));
  }
  std::vector<Study> take() { return std::move(studies_); }

  std::int64_t rows() const {
    const auto found = request_.study.dataset.splitSizes.find(kTrainSplit);
    const std::int64_t all = found == request_.study.dataset.splitSizes.end() ? 0 : found->second;
    const std::int64_t limit = request_.study.budget.trainRows;
    return limit > 0 ? std::min(limit, all) : all;
  }
  std::vector<std::int64_t> sizes() const {
    if (request_.sizes.empty())
      return experimentSizes(rows(), static_cast<std::int64_t>(request_.study.dataset.labels.size()));
    for (const std::int64_t size : request_.sizes)
      if (size < 1 || size > rows())
        throw Error(ErrorKind::kUsage,
                    "the data has " + std::to_string(rows()) + " training rows, so " + std::to_string(size) +
                        " of them cannot be used",
                    "Choose sizes from 1 to " + std::to_string(rows()) + ".");
    std::vector<std::int64_t> sizes = request_.sizes;
    std::sort(sizes.begin(), sizes.end());
    return sizes;
  }

  // An arm with `size` training rows, with as many steps as on all of them.
  void addSize(std::int64_t size) {
    add(wholeRows(size), static_cast<double>(size), size < rows(), [&](StudyRequest& request, Conditions&) {
      if (size == rows()) return;
      request.budget.trainRows = size;
      for (MethodChoice& choice : request.methods) {
        if (!choice.params.has("epochs")) continue;
        const std::int64_t batch = choice.params.has("batch_size") ? choice.params.getInt("batch_size") : 16;
        const auto steps = [&](std::int64_t n) { return (n + batch - 1) / batch; };
        const std::int64_t all = choice.params.getInt("epochs") * steps(rows());
        choice.params.set("epochs", std::min<std::int64_t>(10000, (all + steps(size) - 1) / steps(size)));
      }
    });
  }

 private:
  static std::string wholeRows(std::int64_t size) {
    return std::to_string(size) + (size == 1 ? " row" : " rows");
  }

  std::string command() const {
    std::string text = makeStudy(request_.study).repeatCommand;
    const std::string begin = "attune-cli compare";
    text.replace(0, begin.size(), "attune-cli experiment " + info_.name);
    std::vector<std::string> sizes;
    for (const std::int64_t size : request_.sizes) sizes.push_back(std::to_string(size));
    return sizes.empty() ? text : text + " --sizes " + joinText(sizes, ",");
  }

  const ExperimentRequest& request_;
  const ExperimentInfo& info_;
  std::int64_t now_;
  std::string group_;
  std::vector<Study> studies_;
};

MethodChoice fewShotWith(const MethodChoice& fewShot, std::int64_t shots) {
  MethodChoice choice = fewShot;
  choice.params.set("shots", shots);
  choice.title = std::to_string(shots) + (shots == 1 ? " example" : " examples");
  choice.seeded = shots > 0;
  return choice;
}

}  // namespace plan_experiment

std::string experimentRefusal(const ExperimentInfo& info, Layout layout, bool freeAnswers) {
  if (info.labelsOnly && freeAnswers)
    return "the experiment '" + info.name + "' needs answers that are labels";
  if (info.needsWords && layout == Layout::kEncoder)
    return "the experiment '" + info.name + "' asks for words, and an encoder has none to give";
  return {};
}

std::vector<std::int64_t> experimentSizes(std::int64_t rows, std::int64_t labels) {
  std::int64_t least = 8;
  while (least < labels) least *= 2;
  std::vector<std::int64_t> sizes;
  const std::int64_t ratio = rows / least > 32 ? 4 : 2;
  for (std::int64_t size = least; size < rows; size *= ratio) sizes.push_back(size);
  // The last step is no less than half of the others.
  if (!sizes.empty() && rows * rows < sizes.back() * sizes.back() * ratio) sizes.pop_back();
  sizes.push_back(rows);
  return sizes;
}

std::string nonsenseWords(const std::vector<std::string>& labels) {
  static const char* const kWords[] = {"dax",  "wug",  "blick", "fep",  "zup",  "tove", "mib",  "lorn",
                                       "gazz", "plim", "kerd",  "sook", "vint", "jubb", "rass", "nolf"};
  constexpr std::size_t kCount = std::size(kWords);
  std::string lines;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string word = std::string(i >= kCount ? kWords[i / kCount % kCount] : "") + kWords[i % kCount];
    lines += labels[i] + " = " + word + (i >= kCount * kCount ? std::to_string(i) : "") + "\n";
  }
  return lines;
}

std::vector<Study> planExperiment(const ExperimentRequest& request) {
  const ExperimentInfo& info = experimentInfo(request.experiment);
  if (const std::string why =
          experimentRefusal(info, request.study.base.layout, request.study.dataset.freeAnswers);
      !why.empty())
    throw Error(ErrorKind::kUnsupported, why, "Choose another base or other data, or another experiment.");
  plan_experiment::Plan plan(request);
  const auto unchanged = [](StudyRequest&, Conditions&) {};
  if (info.name == "consistency" && !request.study.dataset.freeAnswers) {
    plan.add("", 0, false, [](StudyRequest&, Conditions& c) { c.asksParaphrases = true; });
  } else if (info.fromComparison) {
    plan.add("", 0, false, unchanged);
  } else if (info.name == "data_efficiency") {
    for (const std::int64_t size : plan.sizes()) plan.addSize(size);
  } else if (info.name == "overfitting") {
    plan.add("right labels", 0, false, [](StudyRequest&, Conditions& c) { c.asksTraining = true; });
    plan.add("a fifth of the labels wrong", plan_experiment::kFlipped, true,
             [](StudyRequest&, Conditions& c) {
               c.asksTraining = true;
               c.flippedLabels = plan_experiment::kFlipped;
             });
  } else if (info.name == "fragility") {
    plan.add("", 0, false, [](StudyRequest&, Conditions& c) { c.asksWordings = c.disturbsPrompt = true; });
  } else if (info.name == "nonsense_labels") {
    plan.add("the labels' words", 0, false, unchanged);
    plan.add("words that mean nothing", 1, true, [](StudyRequest& r, Conditions&) {
      for (MethodChoice& choice : r.methods)
        if (choice.params.has("label_words"))
          choice.params.set("label_words", nonsenseWords(r.dataset.labels));
    });
  } else if (info.name == "forgetting") {
    plan.add("", 0, false, [](StudyRequest&, Conditions& c) { c.readsGeneral = c.asksSideTasks = true; });
  } else if (info.name == "shots") {
    plan.add("examples shown", 0, true, [](StudyRequest& r, Conditions& c) {
      // Sets of examples cost no training: ten of them, in five orders.
      c.orders = plan_experiment::kOrders - 1;
      if (r.preset != "quick") r.seeds = std::max(r.seeds, plan_experiment::kSets);
      const MethodChoice fewShot = chooseMethods({"few_shot"}, r.preset, {}, r.base.layout).front();
      r.methods.clear();
      for (const std::int64_t shots : plan_experiment::kShots)
        r.methods.push_back(plan_experiment::fewShotWith(fewShot, shots));
    });
    for (const std::int64_t size : plan.sizes()) plan.addSize(size);
  } else {
    throw Error(ErrorKind::kInternal, "the experiment '" + info.name + "' has no plan");
  }
  return plan.take();
}

}  // namespace attune

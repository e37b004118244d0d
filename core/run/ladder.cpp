#include "core/run/ladder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <functional>

#include "core/base/clock.h"
#include "core/method/floor.h"
#include "core/model/blocks.h"
#include "core/model/catalog.h"
#include "core/model/label_scores.h"
#include "core/model/parts.h"
#include "core/model/products.h"
#include "core/run/calibrate.h"
#include "core/run/memory.h"
#include "core/run/prepared_run.h"
#include "core/train/batch.h"
#include "core/train/optimizer.h"

namespace attune {
namespace ladder {

// What is switched on; every rung adds one.
struct Way {
  bool frozen = false;      // nothing frozen has a gradient
  bool labelsOnly = false;  // logits at the label's place, for the labels' words
  bool buckets = false;     // batches of texts of like length
  bool sorted = false;      // weights that stay lie as products want them
  bool half = false;        // products in bfloat16
};

struct NamedWay {
  std::string name;
  Way way;
};

std::vector<NamedWay> ways(const RunInputs& inputs) {
  const bool words = describeModel(inputs.spec.base.path).layout != Layout::kEncoder;
  Way way;
  std::vector<NamedWay> list{{"plain loop", way}};
  way.frozen = true;
  list.push_back({"no gradients for frozen weights", way});
  way.labelsOnly = true;
  if (words) list.push_back({"logits of the label words alone", way});
  way.buckets = true;
  list.push_back({"batches of like length", way});
  way.sorted = true;
  if (sortingSpeedsWholeProducts()) list.push_back({"frozen weights sorted once", way});
  way.half = true;
  if (choosePrecision(inputs.spec).half) list.push_back({"products in bfloat16", way});
  return list;
}

// Mean cross entropy of the labels' first tokens over the whole vocabulary, all positions computed.
at::Tensor plainLoss(const LanguageModel& model, const std::vector<std::vector<std::int64_t>>& prompts,
                     const std::vector<std::int64_t>& right, const LabelTokens& labels) {
  std::size_t longest = 0;
  for (const auto& ids : prompts) longest = std::max(longest, ids.size());
  const auto batch = static_cast<std::int64_t>(prompts.size());
  const at::Tensor ids = at::zeros({batch, static_cast<std::int64_t>(longest)}, at::kLong),
                   mask = at::zeros_like(ids);
  std::vector<std::int64_t> wanted;
  for (std::int64_t i = 0; i < batch; ++i) {
    const auto row = static_cast<std::size_t>(i);
    const auto length = static_cast<std::int64_t>(prompts[row].size());
    ids[i].narrow(0, 0, length).copy_(at::tensor(prompts[row], at::kLong));
    mask[i].narrow(0, 0, length).fill_(1);
    wanted.push_back(labels.ids[static_cast<std::size_t>(right[row])].front());
  }
  ModelInput input;
  input.ids = ids;
  input.mask = mask;
  const at::Tensor logits = model.logits(model.hidden(input));
  const at::Tensor last =
      (mask.sum(1) - 1 + model.rowsInFront()).view({batch, 1, 1}).expand({batch, 1, logits.size(2)});
  return at::cross_entropy_loss(logits.gather(1, last).squeeze(1), at::tensor(wanted, at::kLong));
}

// Tokens of some training texts, and all that training needs.
struct Bench {
  explicit Bench(const RunInputs& inputs)
      : run(inputs.spec, *inputs.dataset, inputs.filesFolder),
        examples(run.questions().training(run.trainRows())) {
    for (const TrainingExample& e : examples) lengths.push_back(e.ids.size());
  }
  PreparedRun run;
  std::vector<TrainingExample> examples;
  std::vector<std::size_t> lengths;
};

}  // namespace ladder

std::vector<std::string> rungNames(const RunInputs& inputs) {
  std::vector<std::string> names;
  for (const auto& [name, way] : ladder::ways(inputs)) names.push_back(name);
  return names;
}

Rung measureRung(const RunInputs& inputs, std::size_t rung, double seconds) {
  at::set_num_threads(1);
  const auto [name, way] = ladder::ways(inputs).at(rung);
  ladder::Bench bench(inputs);
  const auto model = bench.run.attach();
  model->setTraining(true);
  const TensorMap& weights = bench.run.base().model->weights();
  if (!way.frozen)
    for (const auto& [path, weight] : weights) at::Tensor(weight).set_requires_grad(true);
  const TrainingProducts products(way.half, way.sorted ? roomForCopies(0) : 0);
  const auto optimizer = makeOptimizer("adamw", model->parameters(), {});
  const LabelTokens& labels = bench.run.questions().labels();
  const auto batchSize = static_cast<std::size_t>(inputs.spec.params.getInt("batch_size"));
  double begin = 0;
  std::int64_t steps = 0, seen = 0;
  for (int epoch = 0;; ++epoch)
    for (const auto& batch : epochBatches(bench.lengths, batchSize, way.buckets ? kBatchWindow : 1,
                                          Seed{1}.sub(std::to_string(epoch)))) {
      std::vector<std::vector<std::int64_t>> prompts;
      std::vector<std::int64_t> right;
      for (const std::size_t i : batch) {
        prompts.push_back(bench.examples[i].ids);
        right.push_back(bench.examples[i].label);
      }
      const at::Tensor loss = way.labelsOnly || model->hasClassHead()
                                  ? labelLoss(*model, prompts, right, labels)
                                  : ladder::plainLoss(*model, prompts, right, labels);
      loss.backward();
      optimizer->step(1e-5, clippedShare(gradientLength(model->parameters()), 1));
      optimizer->clearGradients();
      if (!way.frozen)
        for (const auto& [path, weight] : weights) at::Tensor(weight).mutable_grad() = at::Tensor();
      ++steps;
      if (steps == 2) begin = monotonicSeconds();  // those that fill caches are not counted
      if (steps <= 2) continue;
      seen += static_cast<std::int64_t>(batch.size());
      if (const double now = monotonicSeconds(); now - begin > seconds && steps > 5)
        return {name, static_cast<double>(seen) / (now - begin)};
    }
}

namespace ladder {

// Median seconds of what is done, after once that is not counted.
double secondsOf(double seconds, const std::function<void()>& work) {
  work();
  std::vector<double> times;
  const double end = monotonicSeconds() + seconds;
  while (times.size() < 3 || monotonicSeconds() < end) {
    const double begin = monotonicSeconds();
    work();
    times.push_back(monotonicSeconds() - begin);
  }
  return median(std::move(times));
}

// A few batches of a method's training, again and again.
class Steps {
 public:
  Steps(const RunInputs& inputs, const std::string& method)
      : inputs_(inputsOf(inputs, method)), bench_(inputs_) {
    model_ = bench_.run.attach();
    model_->setTraining(true);
    const auto size = static_cast<std::size_t>(inputs_.spec.params.getInt("batch_size"));
    batches_ = epochBatches(bench_.lengths, size, kBatchWindow, Seed{1});
    batches_.resize(std::min<std::size_t>(batches_.size(), 4));
  }
  TunedModel& model() { return *model_; }
  Bench& bench() { return bench_; }
  void go() {
    for (const auto& batch : batches_) {
      goThrough(*model_, bench_.examples, batch, bench_.run.questions().labels());
      for (const auto& parameter : model_->parameters())
        at::Tensor(parameter.tensor).mutable_grad() = at::Tensor();
    }
  }
  std::size_t examples() const {
    std::size_t count = 0;
    for (const auto& batch : batches_) count += batch.size();
    return count;
  }

 private:
  static RunInputs inputsOf(const RunInputs& inputs, const std::string& method) {
    RunInputs own = inputs;
    own.spec.method = method;
    own.spec.params = presetParams(methodInfo(method), "quick", describeModel(inputs.spec.base.path).layout);
    return own;
  }

  const RunInputs inputs_;
  Bench bench_;
  std::unique_ptr<TunedModel> model_;
  std::vector<std::vector<std::size_t>> batches_;
};

}  // namespace ladder

std::vector<Gain> measureGains(const RunInputs& inputs, double seconds) {
  at::set_num_threads(1);
  const TrainingProducts products(choosePrecision(inputs.spec).half, roomForCopies(0));
  std::vector<Gain> gains;
  const auto ratio = [&](const std::string& name, double before, double after) {
    gains.push_back({name, before / after});
  };
  {
    ladder::Steps steps(inputs, "linear_probe");
    // What it would be to read the base again in every epoch.
    const double once = ladder::secondsOf(seconds, [&] { steps.go(); });
    const double again = ladder::secondsOf(seconds, [&] {
      const auto fresh = steps.bench().run.attach();
      std::vector<std::vector<std::int64_t>> prompts;
      for (std::size_t i = 0; i < steps.examples(); ++i) {
        prompts.push_back(steps.bench().examples[i].ids);
        if (prompts.size() < 16 && i + 1 < steps.examples()) continue;
        fresh->pooled(padRight(prompts));
        prompts.clear();
      }
    });
    ratio("linear probe: features computed once", again + once, once);
  }
  {
    ladder::Steps steps(inputs, "last_layers");
    const double before = ladder::secondsOf(seconds, [&] { steps.go(); });
    std::vector<std::vector<std::int64_t>> texts;
    for (const TrainingExample& example : steps.bench().examples)
      texts.push_back(tokensRead(steps.model(), example, steps.bench().run.questions().labels()));
    steps.model().beginFit(texts);
    ratio("last layers: the blocks below computed once", before,
          ladder::secondsOf(seconds, [&] { steps.go(); }));
  }
  {
    ladder::Steps steps(inputs, "lora");
    const double plain = ladder::secondsOf(seconds, [&] { steps.go(); });
    allowCores(kParts);
    ratio("LoRA: the parts of a batch on a core each", plain,
          ladder::secondsOf(seconds, [&] { steps.go(); }));
    allowCores(1);
    const Recomputing recomputing(true);
    ratio("LoRA: activations worked out twice, for memory's sake", plain,
          ladder::secondsOf(seconds, [&] { steps.go(); }));
  }
  if (describeModel(inputs.spec.base.path).layout == Layout::kDecoder) {
    RunInputs few = inputs;
    few.spec.method = "few_shot";
    few.spec.params = presetParams(methodInfo("few_shot"), "quick");
    ladder::Bench bench(few);
    const auto model = bench.run.attach();
    const c10::NoGradGuard noGrad;
    std::vector<std::vector<std::int64_t>> prompts;
    std::vector<const std::vector<std::int64_t>*> all;
    for (std::size_t i = 0; i < std::min<std::size_t>(16, bench.examples.size()); ++i)
      prompts.push_back(bench.examples[i].ids);
    for (const auto& prompt : prompts) all.push_back(&prompt);
    const LabelTokens& labels = bench.run.questions().labels();
    const double whole = ladder::secondsOf(seconds, [&] { labelScores(*model, prompts, labels); });
    const SharedBeginning beginning = readBeginning(*model, all);
    auto rests = prompts;
    for (auto& rest : rests)
      rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(beginning.tokens));
    ratio("few-shot answers: what all prompts begin with read once", whole,
          ladder::secondsOf(seconds, [&] { labelScores(*model, rests, labels, beginning); }));
  }
  return gains;
}

double floorExamplesPerSecond(const RunInputs& inputs) {
  at::set_num_threads(1);
  ladder::Bench bench(inputs);
  const ModelConfig& config = bench.run.base().model->config();
  TextLengths read;
  for (const std::size_t length : bench.lengths) read.add(static_cast<double>(length));
  const double operations =
      trainingFloor(config, trainingWork(bench.run.info(), inputs.spec.params, config), read) / read.texts;
  return choosePrecision(inputs.spec).rate() * 1e9 / operations;
}

}  // namespace attune

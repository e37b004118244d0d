#include "core/run/ladder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "core/base/clock.h"
#include "core/method/floor.h"
#include "core/model/catalog.h"
#include "core/model/products.h"
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
  const HalfProducts products(way.half);
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
      clipGradients(model->parameters(), 1);
      optimizer->step(1e-5);
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

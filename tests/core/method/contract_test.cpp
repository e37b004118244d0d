#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <map>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/method/method.h"
#include "core/method/peft_folder.h"
#include "core/method/virtual_rows.h"
#include "core/model/blocks.h"
#include "core/train/trainer.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_model.h"

// What every method on a language model promises, over the whole catalog.
namespace attune {
namespace contract_test {

// Every method on every layout of model that allows it.
struct Tested {
  std::string method;
  Layout layout;
};

std::vector<Tested> modelMethods() {
  std::vector<Tested> all;
  for (const MethodInfo& info : methodCatalog())
    for (const Layout layout : {Layout::kDecoder, Layout::kEncoder, Layout::kEncoderDecoder})
      if (info.needsBase && methodRefusal(info, layout).empty()) all.push_back({info.name, layout});
  return all;
}

class Contract : public testing::TestWithParam<Tested> {
 protected:
  std::unique_ptr<TunedModel> attach(std::uint64_t seed = 1) const {
    return makeMethod(GetParam().method)
        ->attach({base_, ParamSet(info().parameters), Seed{seed}, labels_.ids, 3});
  }
  const MethodInfo& info() const { return methodInfo(GetParam().method); }
  Layout layout() const { return GetParam().layout; }
  // What the model makes of some rows, without any head that a method adds.
  at::Tensor answers(const LanguageModel& model) const {
    const c10::NoGradGuard noGrad;
    ModelInput input = padRight({{1, 5, 9, 12}, {1, 7, 3}, {2, 2, 2, 2, 8, 30}});
    input.select = at::full({3, 1}, 2, at::kLong);
    if (layout() == Layout::kEncoderDecoder) input.decoderIds = at::full({3, 4}, 5, at::kLong);
    const at::Tensor states = model.hidden(input);
    return layout() == Layout::kEncoder ? states : model.logits(states);
  }
  // A task that can be learned: the label is told by the second token.
  std::vector<TrainingExample> task() const {
    std::vector<TrainingExample> examples;
    for (std::int64_t i = 0; i < 48; ++i) {
      const std::int64_t label = i % 3;
      examples.push_back({{1, 10 + label, 20 + i % 7, 4}, label});
    }
    return examples;
  }
  TrainResult learn(TunedModel& model, std::uint64_t seed, std::vector<double>* losses = nullptr,
                    std::int64_t epochs = 12) const {
    TrainOptions options = TrainOptions::fromParams(presetParams(info(), "standard", layout()), 0);
    options.epochs = epochs;
    // The tiny models are random: what is slow on a real one would take for ever.
    options.learningRate = std::max(options.learningRate, 1e-2);
    options.patience = 0;
    TrainCallbacks callbacks;
    callbacks.onStep = [&](const RunStep& s) {
      if (losses) losses->push_back(s.loss);
    };
    // A later look counts as better, so that the last state is the one that stays.
    callbacks.validate = [](std::int64_t step) { return ValidationScore{static_cast<double>(step), 0}; };
    return train(model, task(), labels_, options, Seed{seed}, callbacks, StopToken{});
  }

  // The same numbers; of AdaLoRA, whose triplets are stored closer together, summed in another order.
  bool same(const at::Tensor& x, const at::Tensor& y) const {
    return GetParam().method == "adalora" ? at::allclose(x, y, 1e-5, 1e-6) : at::equal(x, y);
  }

  std::shared_ptr<const BaseModel> base_ = tinyModel(7, GetParam().layout);
  LabelTokens labels_{{{31}, {32}, {33}}};
};

TEST_P(Contract, AnswersLikeTheBaseBeforeTheFirstStepOrAddsVirtualTokens) {
  const auto model = attach();
  if (model->virtualTokens() > 0) return;  // a soft prompt changes the answer by being there
  TunedModel plain(base_);
  EXPECT_TRUE(at::equal(answers(*model), answers(plain)));
}

TEST_P(Contract, SwitchedOffAnswersExactlyLikeTheBase) {
  const auto model = attach();
  if (info().kind == MethodKind::kTuned) learn(*model, 3);
  TunedModel plain(base_);
  const at::Tensor on = answers(*model);
  model->setEnabled(false);
  EXPECT_TRUE(at::equal(answers(*model), answers(plain)));
  model->setEnabled(true);
  EXPECT_TRUE(at::equal(answers(*model), on));
}

TEST_P(Contract, NeverWritesToTheBaseAndMovesAllThatItDeclares) {
  std::map<std::string, at::Tensor> before;
  for (const auto& [name, tensor] : base_->weights()) before[name] = tensor.clone();
  const auto model = attach();
  const std::vector<at::Tensor> start = model->state();
  if (info().kind == MethodKind::kTuned) learn(*model, 3);
  for (const auto& [name, tensor] : base_->weights()) {
    EXPECT_TRUE(at::equal(tensor, before.at(name))) << name;
    EXPECT_FALSE(tensor.requires_grad()) << name;
    EXPECT_FALSE(tensor.grad().defined()) << name;
  }
  const auto& parameters = model->parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    // The decoder reads one token when labels are told by their first: attention over one key has no choice.
    const bool idle = name.find("decoder.block.") != std::string::npos &&
                      (name.find("SelfAttention.q.") != std::string::npos ||
                       name.find("SelfAttention.k.") != std::string::npos);
    // AdaLoRA puts back to zero what it takes away.
    const bool cut = name.ends_with(".lora_E");
    if (!idle && !cut) EXPECT_FALSE(at::equal(parameters[i].tensor, start[i])) << name;
  }
}

TEST_P(Contract, CountsWhatItTrainsAsItsDescriptionSays) {
  const auto model = attach();
  EXPECT_EQ(model->parameterCount(),
            trainableParameters(info(), ParamSet(info().parameters), base_->config(), 3));
  if (info().kind != MethodKind::kTuned) EXPECT_TRUE(model->parameters().empty());
}

TEST_P(Contract, VirtualTokensCanBeDisturbed) {
  const auto model = attach();
  const std::int64_t count = model->virtualTokens();
  if (count == 0) return;
  learn(*model, 3);
  const at::Tensor own = answers(*model);
  const auto with = [&](std::vector<std::int64_t> rows, double noise) {
    return answers(*withVirtualRows(GetParam().method, *model, base_, {std::move(rows), noise, Seed{1}}));
  };
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(i);
  EXPECT_TRUE(at::equal(with(all, 0), own));
  EXPECT_FALSE(at::allclose(with(all, 0.1), own));
  EXPECT_FALSE(at::allclose(with({all.begin() + 1, all.end()}, 0), own));
  EXPECT_TRUE(at::equal(answers(*model), own));  // the model itself is unchanged
}

TEST_P(Contract, SavedAndLoadedAnswersTheSame) {
  if (info().kind != MethodKind::kTuned) return;
  const auto model = attach();
  learn(*model, 3);
  const auto other = attach(99);
  other->loadDelta(model->delta());
  EXPECT_TRUE(same(answers(*other), answers(*model)));
  TensorMap incomplete = model->delta();
  incomplete.erase(incomplete.begin());
  EXPECT_THROW(other->loadDelta(incomplete), Error);
  TensorMap extra = model->delta();
  extra["stranger"] = at::zeros({1});
  EXPECT_THROW(other->loadDelta(extra), Error);
}

TEST_P(Contract, AnAdapterFolderOpensAgainAndItsBytesAreTheFiles) {
  const auto model = attach();
  if (model->adapterConfig().isNull()) return;  // stores a whole model, or nothing
  learn(*model, 3);
  const TemporaryFolder out;
  const auto files = saveTuned(*model, out.path(), {"tiny", "", ""});
  EXPECT_EQ(files.size(), 2u);
  EXPECT_TRUE(same(answers(*openAdapter(out.path(), base_)), answers(*model)));
  const TemporaryFolder again;
  saveTuned(*model, again.path(), {"tiny", "", ""});
  EXPECT_TRUE(same(labelScores(*openAdapter(out.path(), base_), {{1, 5, 9}}, labels_),
                   labelScores(*model, {{1, 5, 9}}, labels_)));
  for (const std::string& file : files)
    EXPECT_EQ(readFile(out.path(file)), readFile(again.path(file))) << file;
}

TEST_P(Contract, MergedWeightsAnswerWithoutTheMethod) {
  const auto model = attach();
  if (info().kind == MethodKind::kTuned) learn(*model, 3);
  const TensorMap merged = model->merged();
  if (merged.empty()) return;
  TunedModel plain(familyOf(base_->config()).make(base_->config(), merged));
  EXPECT_LT((answers(plain) - answers(*model)).abs().max().item<double>(), 1e-4);
}

TEST_P(Contract, TheLossFallsOnATaskThatCanBeLearned) {
  if (info().kind != MethodKind::kTuned) return;
  const auto model = attach();
  std::vector<double> losses;
  // A head alone must make do with what a random model sees in a text.
  learn(*model, 3, &losses, info().ownsHead ? 500 : 100);
  ASSERT_GT(losses.size(), 10u);
  EXPECT_LT(losses.back(), 0.7 * losses.front()) << "first " << losses.front() << ", last " << losses.back();
}

TEST_P(Contract, TheSameSeedGivesTheSameBytesAndAnotherSeedDoesNot) {
  if (info().kind != MethodKind::kTuned) return;
  const auto run = [&](std::uint64_t seed) {
    const auto model = attach(seed);
    learn(*model, seed);
    return model->delta();
  };
  const TensorMap a = run(5), b = run(5), c = run(6);
  bool differs = false;
  for (const auto& [name, tensor] : a) {
    EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
    differs = differs || !at::equal(tensor, c.at(name));
  }
  EXPECT_TRUE(differs);
}

// Worked out twice, with the same dropout, the same numbers come.
TEST_P(Contract, RecomputingChangesNoResult) {
  if (info().kind != MethodKind::kTuned) return;
  std::vector<at::Tensor> states[2];
  std::vector<double> losses[2];
  for (const bool twice : {false, true}) {
    ParamSet params(info().parameters);
    if (params.has("lora_dropout")) params.set("lora_dropout", 0.2);
    if (params.has("prefix_projection")) params.set("prefix_projection", true);
    const auto model = makeMethod(info().name)->attach({base_, params, Seed{1}, labels_.ids, 3});
    const Recomputing recomputing(twice);
    learn(*model, 3, &losses[twice ? 1 : 0], 2);
    states[twice ? 1 : 0] = model->state();
  }
  EXPECT_EQ(losses[0], losses[1]);
  for (std::size_t i = 0; i < states[0].size(); ++i) EXPECT_TRUE(at::equal(states[0][i], states[1][i])) << i;
}

TEST_P(Contract, PaddingAndBatchChangeNothing) {
  const c10::NoGradGuard noGrad;
  const auto model = attach();
  const std::vector<std::vector<std::int64_t>> prompts{{1, 5, 9, 12, 3, 17}, {1, 7, 3}};
  const at::Tensor both = labelScores(*model, prompts, labels_);
  for (std::size_t i = 0; i < prompts.size(); ++i)
    EXPECT_LT((labelScores(*model, {prompts[i]}, labels_)[0] - both[static_cast<std::int64_t>(i)])
                  .abs()
                  .max()
                  .item<double>(),
              1e-5);
  if (layout() != Layout::kDecoder || model->hasClassHead()) return;
  // The same rows padded on the left: positions come from the mask.
  ModelInput left;
  left.ids = at::zeros({2, 6}, at::kLong);
  left.mask = at::zeros({2, 6}, at::kLong);
  for (std::int64_t row = 0; row < 2; ++row) {
    const auto& prompt = prompts[static_cast<std::size_t>(row)];
    const auto offset = 6 - static_cast<std::int64_t>(prompt.size());
    for (std::size_t t = 0; t < prompt.size(); ++t) {
      left.ids[row][offset + static_cast<std::int64_t>(t)] = prompt[t];
      left.mask[row][offset + static_cast<std::int64_t>(t)] = 1;
    }
  }
  left.select = at::full({2, 1}, 5, at::kLong);
  const at::Tensor ids = at::tensor({31, 32, 33}, at::kLong);
  EXPECT_LT((model->logitsOf(model->hidden(left).squeeze(1), ids) - both).abs().max().item<double>(), 1e-5);
}

TEST_P(Contract, DescribesItself) {
  EXPECT_FALSE(info().title.empty());
  EXPECT_FALSE(info().summary.empty());
  EXPECT_FALSE(info().source.empty());
  for (const ParamSpec& spec : info().parameters) {
    EXPECT_FALSE(spec.help.empty()) << spec.name;
    EXPECT_NO_THROW(checkParamValue(spec, spec.defaultValue)) << spec.name;
  }
  for (const char* preset : {"quick", "standard", "thorough"})
    for (const ParamSpec& spec : info().parameters)
      EXPECT_NO_THROW(checkParamValue(spec, presetParams(info(), preset).values().at(spec.name)))
          << spec.name;
}

std::string titleOf(const testing::TestParamInfo<Tested>& tested) {
  const char* layouts[] = {"decoder", "encoder", "encoder_decoder"};
  return tested.param.method + "_on_" + layouts[static_cast<int>(tested.param.layout)];
}

INSTANTIATE_TEST_SUITE_P(Catalog, Contract, testing::ValuesIn(modelMethods()), titleOf);

TEST(MethodCatalog, NamesTheNearestMethod) {
  try {
    methodInfo("loar");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.hint(), "Did you mean 'lora'?");
  }
}

}  // namespace contract_test
}  // namespace attune

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/method/method.h"
#include "core/model/label_scores.h"
#include "core/train/flop_counter.h"
#include "tests/support/tiny_model.h"

namespace attune {
namespace last_layers_test {

class LastLayers : public testing::TestWithParam<Layout> {
 protected:
  std::shared_ptr<const BaseModel> base_ = tinyModel(7, GetParam());
  LabelTokens labels_{{{31}, {32}, {33}}};
  std::vector<std::vector<std::int64_t>> prompts_{{1, 5, 9, 12}, {1, 7, 3}, {2, 2, 2, 2, 8, 30}};

  std::unique_ptr<TunedModel> attach() const {
    ParamSet params(methodInfo("last_layers").parameters);
    params.set("layers", std::int64_t{1});
    return makeMethod("last_layers")->attach({base_, params, Seed{1}, labels_.ids, 3});
  }
  // The loss and all gradients.
  std::vector<at::Tensor> step(const TunedModel& model) const {
    const at::Tensor loss = labelLoss(model, prompts_, {0, 1, 2}, labels_);
    loss.backward();
    std::vector<at::Tensor> found{loss.detach()};
    for (const auto& parameter : model.parameters()) {
      at::Tensor tensor = parameter.tensor;
      found.push_back(tensor.grad().defined() ? tensor.grad().clone() : at::zeros({}));
      tensor.mutable_grad() = at::Tensor();
    }
    return found;
  }
};

TEST_P(LastLayers, WhatLowerBlocksMadeIsComputedOnceAndChangesNothing) {
  const auto model = attach();
  const auto plain = step(*model);
  model->beginFit(prompts_);
  std::vector<double> operations;
  for (int i = 0; i < 3; ++i) {
    const FlopCounter counter;
    const auto kept = step(*model);
    operations.push_back(counter.flops());
    for (std::size_t k = 0; k < plain.size(); ++k)
      EXPECT_LT((kept[k] - plain[k]).abs().max().item<double>(), 1e-5) << k;
  }
  const FlopCounter counter;
  model->endFit();
  step(*model);
  const double whole = counter.flops();
  if (GetParam() == Layout::kEncoderDecoder) {
    EXPECT_EQ(operations[1], whole);
  } else {
    EXPECT_LT(operations[1], 0.8 * whole);
  }
  EXPECT_EQ(operations[1], operations[2]);
}

TEST_P(LastLayers, KeepsNothingOfMoreTextThanMemoryShouldHold) {
  const auto model = attach();
  // More than a gigabyte of states, were they all kept.
  const std::int64_t tokens = (std::int64_t{1} << 30) / (4 * base_->config().hidden) + 1;
  model->beginFit({std::vector<std::int64_t>(static_cast<std::size_t>(tokens), 5)});
  const FlopCounter counter;
  step(*model);
  const double first = counter.flops();
  step(*model);
  EXPECT_EQ(counter.flops() - first, first);
}

INSTANTIATE_TEST_SUITE_P(Layouts, LastLayers,
                         testing::Values(Layout::kDecoder, Layout::kEncoder, Layout::kEncoderDecoder));

}  // namespace last_layers_test
}  // namespace attune

#include "core/model/class_head.h"

#include <ATen/ATen.h>

#include "core/base/error.h"
#include "core/model/layers.h"

namespace attune {

ExpectedTensor classHeadTensor(const std::string& name, const ModelConfig& config,
                               const WeightSource* source) {
  if (!source) return {name, {2, config.hidden}};
  const WeightSource::Stored* stored = source->find(name);
  if (!stored)
    throw Error(ErrorKind::kInvalidInput, source->files().front() + ": tensor '" + name + "' is missing",
                "A sequence classifier needs its head.")
        .inFile(source->files().front());
  return {name, {stored->shape.empty() ? 0 : stored->shape.front(), config.hidden}};
}

at::Tensor pooledLastToken(const BaseModel& model, const ModelInput& input, const Attachment& attachment) {
  ModelInput chosen = input;
  if (!chosen.select.defined())
    chosen.select = lastRealPositions(input.mask.defined() ? input.mask : at::ones_like(input.ids));
  return model.hidden(chosen, attachment).squeeze(1);
}

}  // namespace attune

#pragma once

#include "core/model/base_model.h"

namespace attune {

// What a decoder works on: the embedded tokens with the attachment's virtual rows in front, and what they may
// look at.
struct DecoderInput {
  at::Tensor x;          // [batch, time, hidden] of the new tokens
  at::Tensor mask;       // [batch, seen + time] int64
  at::Tensor positions;  // [batch, time] of the new tokens: real tokens counted from 0, so that padding on
                         // either side changes nothing
  at::Tensor select;     // as in ModelInput, behind the virtual rows; undefined: all
};

DecoderInput readDecoderInput(const BaseModel& model, const ModelInput& input, const Attachment& attachment,
                              const DecoderCache* cache);

// Keys and values of one layer with those in front that were there before: the cache's, or the prefix
// (undefined: none). The cache keeps all.
void remember(const KeysAndValues& prefix, DecoderCache* cache, std::size_t layer, at::Tensor& keys,
              at::Tensor& values);
// The mask [batch, time] with the places of a prefix in front.
at::Tensor withPrefix(const Attachment& attachment, const at::Tensor& mask);

}  // namespace attune

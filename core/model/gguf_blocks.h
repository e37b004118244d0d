#pragma once

#include <cstdint>

namespace attune {

// `count` elements (a multiple of the type's block) from raw blocks of the ggml_type `type`, as fp32. The
// bytes need no alignment. Throws Error(kUnsupported) for a type that ggufType() does not call readable.
void dequantise(std::uint32_t type, const void* blocks, std::int64_t count, float* out);

}  // namespace attune

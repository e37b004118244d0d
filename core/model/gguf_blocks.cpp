#include "core/model/gguf_blocks.h"

#include <bit>
#include <cstring>
#include <string>

#include "core/base/error.h"
#include "core/base/gguf.h"

// The layouts of ggml's blocks; elements of a block are y[0 … block - 1]. Products are taken in fp32 in
// ggml's order, (d·scale)·q - (dmin·minimum).
namespace attune {
namespace gguf_blocks {

using Bytes = const std::uint8_t*;

float half(Bytes p) {
  const auto bits = static_cast<std::uint32_t>(p[0] | (p[1] << 8));
  const std::uint32_t sign = (bits & 0x8000U) << 16, exponent = (bits >> 10) & 0x1FU,
                      fraction = bits & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  // Zero and subnormal numbers: fraction times 2^-24.
  const float value = static_cast<float>(fraction) * 0x1p-24F;
  return sign != 0 ? -value : value;
}

float signedByte(std::uint8_t b) { return static_cast<float>(static_cast<std::int8_t>(b)); }

template <typename T>
void numbers(Bytes in, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, in + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
    out[i] = static_cast<float>(value);
  }
}

void q4_0(Bytes b, float* y) {
  const float d = half(b);
  for (int j = 0; j < 16; ++j) {
    y[j] = d * static_cast<float>((b[2 + j] & 15) - 8);
    y[j + 16] = d * static_cast<float>((b[2 + j] >> 4) - 8);
  }
}

void q4_1(Bytes b, float* y) {
  const float d = half(b), m = half(b + 2);
  for (int j = 0; j < 16; ++j) {
    y[j] = d * static_cast<float>(b[4 + j] & 15) + m;
    y[j + 16] = d * static_cast<float>(b[4 + j] >> 4) + m;
  }
}

std::uint32_t word(Bytes p) {
  std::uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

void q5_0(Bytes b, float* y) {
  const float d = half(b);
  const std::uint32_t high = word(b + 2);
  for (int j = 0; j < 16; ++j) {
    const auto low = static_cast<int>(((high >> j) & 1) << 4),
               far = static_cast<int>(((high >> (j + 16)) & 1) << 4);
    y[j] = d * static_cast<float>(((b[6 + j] & 15) | low) - 16);
    y[j + 16] = d * static_cast<float>(((b[6 + j] >> 4) | far) - 16);
  }
}

void q5_1(Bytes b, float* y) {
  const float d = half(b), m = half(b + 2);
  const std::uint32_t high = word(b + 4);
  for (int j = 0; j < 16; ++j) {
    const auto low = static_cast<int>(((high >> j) & 1) << 4),
               far = static_cast<int>(((high >> (j + 16)) & 1) << 4);
    y[j] = d * static_cast<float>((b[8 + j] & 15) | low) + m;
    y[j + 16] = d * static_cast<float>((b[8 + j] >> 4) | far) + m;
  }
}

void q8_0(Bytes b, float* y) {
  const float d = half(b);
  for (int j = 0; j < 32; ++j) y[j] = d * signedByte(b[2 + j]);
}

void q2_k(Bytes b, float* y) {
  const float d = half(b + 80), dmin = half(b + 82);
  for (int e = 0; e < 256; ++e) {
    const int part = e / 128, g = e % 128 / 32, l = e % 32, s = e / 16;
    const int q = (b[16 + 32 * part + l] >> (2 * g)) & 3;
    y[e] = d * static_cast<float>(b[s] & 15) * static_cast<float>(q) - dmin * static_cast<float>(b[s] >> 4);
  }
}

void q3_k(Bytes b, float* y) {
  const float d = half(b + 108);
  const Bytes scales = b + 96;
  for (int e = 0; e < 256; ++e) {
    const int part = e / 128, g = e % 128 / 32, l = e % 32, s = e / 16;
    int q = (b[32 + 32 * part + l] >> (2 * g)) & 3;
    if (((b[l] >> (4 * part + g)) & 1) == 0) q -= 4;
    const int low = s < 8 ? scales[s] & 15 : scales[s - 8] >> 4;
    const int high = (scales[8 + s % 4] >> (2 * (s / 4))) & 3;
    y[e] = d * static_cast<float>(low + 16 * high - 32) * static_cast<float>(q);
  }
}

// Scale and minimum (6 bits each) of sub-block u of a Q4_K or Q5_K block.
void scaleAndMinimum(Bytes s, int u, int& scale, int& minimum) {
  if (u < 4) {
    scale = s[u] & 63;
    minimum = s[u + 4] & 63;
  } else {
    scale = (s[u + 4] & 15) | ((s[u - 4] >> 6) << 4);
    minimum = (s[u + 4] >> 4) | ((s[u] >> 6) << 4);
  }
}

void q4_k(Bytes b, float* y) {
  const float d = half(b), dmin = half(b + 2);
  for (int u = 0; u < 8; ++u) {
    int scale = 0, minimum = 0;
    scaleAndMinimum(b + 4, u, scale, minimum);
    const float factor = d * static_cast<float>(scale), offset = dmin * static_cast<float>(minimum);
    const Bytes q = b + 16 + 32 * (u / 2);
    const int shift = 4 * (u % 2);
    for (int l = 0; l < 32; ++l) y[32 * u + l] = factor * static_cast<float>((q[l] >> shift) & 15) - offset;
  }
}

void q5_k(Bytes b, float* y) {
  const float d = half(b), dmin = half(b + 2);
  for (int u = 0; u < 8; ++u) {
    int scale = 0, minimum = 0;
    scaleAndMinimum(b + 4, u, scale, minimum);
    const float factor = d * static_cast<float>(scale), offset = dmin * static_cast<float>(minimum);
    const Bytes high = b + 16, q = b + 48 + 32 * (u / 2);
    const int shift = 4 * (u % 2);
    for (int l = 0; l < 32; ++l)
      y[32 * u + l] =
          factor * static_cast<float>(((q[l] >> shift) & 15) + 16 * ((high[l] >> u) & 1)) - offset;
  }
}

void q6_k(Bytes b, float* y) {
  const float d = half(b + 208);
  for (int e = 0; e < 256; ++e) {
    const int part = e / 128, g = e % 128 / 32, l = e % 32;
    const int byte = b[64 * part + 32 * (g % 2) + l];
    const int low = g < 2 ? byte & 15 : byte >> 4;
    const int high = (b[128 + 32 * part + l] >> (2 * g)) & 3;
    y[e] = d * signedByte(b[192 + e / 16]) * static_cast<float>(low + 16 * high - 32);
  }
}

template <void (*Block)(Bytes, float*)>
void blocks(Bytes in, std::int64_t count, float* out, const GgufType& type) {
  for (std::int64_t i = 0; i < count; i += type.block) {
    Block(in, out + i);
    in += type.bytes;
  }
}

}  // namespace gguf_blocks

void dequantise(std::uint32_t type, const void* data, std::int64_t count, float* out) {
  using namespace gguf_blocks;
  const auto* in = static_cast<Bytes>(data);
  const GgufType* info = ggufType(type);
  if (!info || !info->readable)
    throw Error(
        ErrorKind::kUnsupported,
        std::string("tensor type ") + (info ? info->name : std::to_string(type)) + " is not supported",
        "Get the model in another quantisation: Q8_0, Q6_K, Q5_K, Q4_K, Q4_0 or F16.");
  const std::string name = info->name;
  if (name == "F32") {
    std::memcpy(out, in, static_cast<std::size_t>(count) * sizeof(float));
  } else if (name == "F16") {
    for (std::int64_t i = 0; i < count; ++i) out[i] = half(in + 2 * i);
  } else if (name == "BF16") {
    for (std::int64_t i = 0; i < count; ++i)
      out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(in[2 * i] | (in[2 * i + 1] << 8)) << 16);
  } else if (name == "F64") {
    numbers<double>(in, count, out);
  } else if (name == "I8") {
    numbers<std::int8_t>(in, count, out);
  } else if (name == "I16") {
    numbers<std::int16_t>(in, count, out);
  } else if (name == "I32") {
    numbers<std::int32_t>(in, count, out);
  } else if (name == "I64") {
    numbers<std::int64_t>(in, count, out);
  } else if (name == "Q4_0") {
    blocks<q4_0>(in, count, out, *info);
  } else if (name == "Q4_1") {
    blocks<q4_1>(in, count, out, *info);
  } else if (name == "Q5_0") {
    blocks<q5_0>(in, count, out, *info);
  } else if (name == "Q5_1") {
    blocks<q5_1>(in, count, out, *info);
  } else if (name == "Q8_0") {
    blocks<q8_0>(in, count, out, *info);
  } else if (name == "Q2_K") {
    blocks<q2_k>(in, count, out, *info);
  } else if (name == "Q3_K") {
    blocks<q3_k>(in, count, out, *info);
  } else if (name == "Q4_K") {
    blocks<q4_k>(in, count, out, *info);
  } else if (name == "Q5_K") {
    blocks<q5_k>(in, count, out, *info);
  } else if (name == "Q6_K") {
    blocks<q6_k>(in, count, out, *info);
  }
}

}  // namespace attune

#include "core/model/rows.h"

#include <cmath>

#include "core/base/widest.h"

// Part of every variant that ATTUNE_WIDEST makes.
#if defined(__GNUC__)
#define ATTUNE_EVERYWHERE [[gnu::always_inline]] inline
#else
#define ATTUNE_EVERYWHERE inline
#endif

namespace attune {
namespace rows {

// e to the power of x within 2 units of the last place; 0 below -87, and above 88 as at 88. Cody and Waite's
// reduction and a polynomial of degree 6.
ATTUNE_EVERYWHERE float expOf(float x) {
  const float held = x < -87.0F ? -87.0F : x > 88.0F ? 88.0F : x;
  const float shifted = held * 1.44269504F + 12582912.0F;  // its last bits are the power of two
  const float power = shifted - 12582912.0F;
  const float rest = held - power * 0.693359375F + power * 2.12194440e-4F;
  float y = 1.9875691500e-4F;
  y = y * rest + 1.3981999507e-3F;
  y = y * rest + 8.3334519073e-3F;
  y = y * rest + 4.1665795894e-2F;
  y = y * rest + 1.6666665459e-1F;
  y = y * rest + 5.0000001201e-1F;
  y = y * (rest * rest) + rest + 1.0F;
  // Not std::bit_cast: a function, which is not part of the variants.
  const std::uint32_t scaled =
      __builtin_bit_cast(std::uint32_t, y) + (__builtin_bit_cast(std::uint32_t, shifted) << 23);
  return x < -87.0F ? 0.0F : x == x ? __builtin_bit_cast(float, scaled) : x;  // not-a-number stays one
}

// The bits of the bfloat16 number next to x, ties to even; not-a-number stays one.
ATTUNE_EVERYWHERE std::uint16_t halfBits(float x) {
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  const std::uint32_t next = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  return static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? 0x7FC0U : next);
}

struct Normal {
  float below;    // Φ(x)
  float density;  // φ(x)
};
// Abramowitz and Stegun 7.1.26: Φ within 1e-7.
ATTUNE_EVERYWHERE Normal normalAt(float x) {
  const float size = x < 0 ? -x : x;
  const float t = 1.0F / (1.0F + 0.3275911F * 0.70710678F * size);
  const float bell = expOf(-0.5F * size * size);
  const float tail =
      0.5F * bell * t *
      (0.254829592F + t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F))));
  return {x < 0 ? tail : 1.0F - tail, 0.39894228F * bell};
}

ATTUNE_EVERYWHERE float sigmoidOf(float x) { return 1.0F / (1.0F + expOf(-x)); }

}  // namespace rows

ATTUNE_WIDEST float normRow(std::int64_t n, const float* x, const float* w, float epsilon, float* y) {
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < n; ++i) squares += x[i] * x[i];
  const float r = 1.0F / std::sqrt(squares / static_cast<float>(n) + epsilon);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = w[i] * (x[i] * r);
  return r;
}

ATTUNE_WIDEST void normRowBack(std::int64_t n, const float* x, const float* w, float r, const float* g,
                               float* dx) {
  float along = 0;
#pragma omp simd reduction(+ : along)
  for (std::int64_t i = 0; i < n; ++i) along += w[i] * g[i] * x[i];
  const float back = along * r * r / static_cast<float>(n);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dx[i] = r * (w[i] * g[i] - x[i] * back);
}

ATTUNE_WIDEST void normRowScale(std::int64_t n, const float* x, float r, const float* g, float* dw) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dw[i] += g[i] * (x[i] * r);
}

ATTUNE_WIDEST void turnRow(std::int64_t half, bool back, const float* x, const float* c, const float* s,
                           float* y) {
  const float *x1 = x, *x2 = x + half, *c1 = c, *c2 = c + half, *s1 = s, *s2 = s + half;
  float *y1 = y, *y2 = y + half;
  if (back) {
#pragma omp simd
    for (std::int64_t i = 0; i < half; ++i) {
      y1[i] = x1[i] * c1[i] + x2[i] * s2[i];
      y2[i] = x2[i] * c2[i] - x1[i] * s1[i];
    }
  } else {
#pragma omp simd
    for (std::int64_t i = 0; i < half; ++i) {
      y1[i] = x1[i] * c1[i] - x2[i] * s1[i];
      y2[i] = x2[i] * c2[i] + x1[i] * s2[i];
    }
  }
}

ATTUNE_WIDEST void gateRow(std::int64_t n, const float* gate, const float* up, float* y) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = gate[i] * rows::sigmoidOf(gate[i]) * up[i];
}

ATTUNE_WIDEST void gateRowBack(std::int64_t n, const float* gate, const float* up, const float* g,
                               float* dgate, float* dup) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float open = rows::sigmoidOf(gate[i]);
    dup[i] = g[i] * gate[i] * open;
    dgate[i] = g[i] * up[i] * open * (1.0F + gate[i] * (1.0F - open));
  }
}

ATTUNE_WIDEST void layerNormRow(std::int64_t n, const float* x, const float* added, const float* w,
                                const float* b, float epsilon, float* z, float* y, float* m, float* r) {
  float sum = 0;
  if (added != nullptr) {
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < n; ++i) sum += z[i] = x[i] + added[i];
  } else {
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < n; ++i) sum += z[i] = x[i];
  }
  const float centre = sum / static_cast<float>(n);
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < n; ++i) squares += (z[i] - centre) * (z[i] - centre);
  const float scale = 1.0F / std::sqrt(squares / static_cast<float>(n) + epsilon);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = w[i] * ((z[i] - centre) * scale) + b[i];
  *m = centre;
  *r = scale;
}

ATTUNE_WIDEST void layerNormRowBack(std::int64_t n, const float* z, const float* w, float m, float r,
                                    const float* g, float* dz) {
  float sum = 0, along = 0;
#pragma omp simd reduction(+ : sum, along)
  for (std::int64_t i = 0; i < n; ++i) {
    sum += w[i] * g[i];
    along += w[i] * g[i] * ((z[i] - m) * r);
  }
  sum /= static_cast<float>(n);
  along /= static_cast<float>(n);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dz[i] = r * (w[i] * g[i] - sum - (z[i] - m) * r * along);
}

ATTUNE_WIDEST void layerNormRowLearn(std::int64_t n, const float* z, float m, float r, const float* g,
                                     float* dw, float* db) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    dw[i] += g[i] * ((z[i] - m) * r);
    db[i] += g[i];
  }
}

ATTUNE_WIDEST void geluRow(std::int64_t n, const float* x, float* y) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] * rows::normalAt(x[i]).below;
}

ATTUNE_WIDEST void geluRowBack(std::int64_t n, const float* x, const float* g, float* dx) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const rows::Normal at = rows::normalAt(x[i]);
    dx[i] = g[i] * (at.below + x[i] * at.density);
  }
}

ATTUNE_WIDEST void halfRow(std::int64_t n, const float* x, std::uint16_t* y) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = rows::halfBits(x[i]);
}

ATTUNE_WIDEST void softmaxRows(std::int64_t rows, std::int64_t n, float* x, std::int64_t distance,
                               const float* bias, std::int64_t biasDistance) {
  constexpr float kLowest = -3.4e38F;
  for (std::int64_t row = 0; row < rows; ++row, x += distance, bias += biasDistance) {
    for (std::int64_t i = n; i < distance; ++i) x[i] = kLowest;
    float most = kLowest;
#pragma omp simd reduction(max : most)
    for (std::int64_t i = 0; i < n; ++i) {
      x[i] += bias[i];
      most = x[i] > most ? x[i] : most;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < distance; ++i) sum += x[i] = rows::expOf(x[i] - most);
    const float share = 1.0F / sum;
#pragma omp simd
    for (std::int64_t i = 0; i < distance; ++i) x[i] *= share;
  }
}

ATTUNE_WIDEST void softmaxRowsBack(std::int64_t rows, std::int64_t n, const float* y, float* g,
                                   std::int64_t distance) {
  for (std::int64_t row = 0; row < rows; ++row, y += distance, g += distance) {
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (std::int64_t i = 0; i < n; ++i) along += g[i] * y[i];
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) g[i] = y[i] * (g[i] - along);
  }
}

}  // namespace attune

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

ATTUNE_WIDEST void dotRows(std::int64_t n, const float* const x[4], const float* const a[4], float s[16]) {
  const float *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
  const float *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3];
  float s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  float s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
#pragma omp simd reduction(+ : s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33)
  for (std::int64_t i = 0; i < n; ++i) {
    s00 += x0[i] * a0[i], s01 += x0[i] * a1[i], s02 += x0[i] * a2[i], s03 += x0[i] * a3[i];
    s10 += x1[i] * a0[i], s11 += x1[i] * a1[i], s12 += x1[i] * a2[i], s13 += x1[i] * a3[i];
    s20 += x2[i] * a0[i], s21 += x2[i] * a1[i], s22 += x2[i] * a2[i], s23 += x2[i] * a3[i];
    s30 += x3[i] * a0[i], s31 += x3[i] * a1[i], s32 += x3[i] * a2[i], s33 += x3[i] * a3[i];
  }
  s[0] = s00, s[1] = s01, s[2] = s02, s[3] = s03, s[4] = s10, s[5] = s11, s[6] = s12, s[7] = s13;
  s[8] = s20, s[9] = s21, s[10] = s22, s[11] = s23, s[12] = s30, s[13] = s31, s[14] = s32, s[15] = s33;
}

ATTUNE_WIDEST void mixRows(std::int64_t n, const float* const x[4], const float c[16], float* const y[4]) {
  const float *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
  float *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
  const float c00 = c[0], c01 = c[1], c02 = c[2], c03 = c[3], c10 = c[4], c11 = c[5], c12 = c[6], c13 = c[7];
  const float c20 = c[8], c21 = c[9], c22 = c[10], c23 = c[11];
  const float c30 = c[12], c31 = c[13], c32 = c[14], c33 = c[15];
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    y0[i] += x0[i] * c00 + x1[i] * c01 + x2[i] * c02 + x3[i] * c03;
    y1[i] += x0[i] * c10 + x1[i] * c11 + x2[i] * c12 + x3[i] * c13;
    y2[i] += x0[i] * c20 + x1[i] * c21 + x2[i] * c22 + x3[i] * c23;
    y3[i] += x0[i] * c30 + x1[i] * c31 + x2[i] * c32 + x3[i] * c33;
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

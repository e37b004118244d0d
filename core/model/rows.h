#pragma once

#include <cstdint>

// Loops over rows of numbers, compiled for the widest instructions that there are. What stands between the
// products of a transformer is made of these (fused.h, attention.h). A row lies together in memory.
namespace attune {

// The next multiple of `step`; both positive.
inline std::int64_t roundedUp(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

// y = w·x·r with r = 1/sqrt(mean(x²) + epsilon), which is returned. n > 0.
float normRow(std::int64_t n, const float* x, const float* w, float epsilon, float* y);
// dx = r·(w·g − x·r²·mean(w·g·x))
void normRowBack(std::int64_t n, const float* x, const float* w, float r, const float* g, float* dx);
// dw += g·x·r
void normRowScale(std::int64_t n, const float* x, float r, const float* g, float* dw);

// y = w·(z − m)·r + b with z = x + added (null: x), which is stored, m = mean(z) and r = 1/sqrt(variance(z) +
// epsilon).
void layerNormRow(std::int64_t n, const float* x, const float* added, const float* w, const float* b,
                  float epsilon, float* z, float* y, float* m, float* r);
// dz = r·(w·g − mean(w·g) − u·mean(w·g·u)), u = (z − m)·r
void layerNormRowBack(std::int64_t n, const float* z, const float* w, float m, float r, const float* g,
                      float* dz);
// dw += g·u, db += g
void layerNormRowLearn(std::int64_t n, const float* z, float m, float r, const float* g, float* dw,
                       float* db);

// Both halves of a row turned by the halves of c and s; with `back` the transposed map, which takes
// gradients.
void turnRow(std::int64_t half, bool back, const float* x, const float* c, const float* s, float* y);

// y = gate·sigmoid(gate)·up
void gateRow(std::int64_t n, const float* gate, const float* up, float* y);
void gateRowBack(std::int64_t n, const float* gate, const float* up, const float* g, float* dgate,
                 float* dup);

// y = x·Φ(x)
void geluRow(std::int64_t n, const float* x, float* y);
void geluRowBack(std::int64_t n, const float* x, const float* g, float* dx);

// x [rows, n] becomes softmax(x + bias) by rows, `distance` numbers apart, and 0 from n on; those of the bias
// lie `biasDistance` apart. Numbers below the row's largest by more than 87 become 0.
void softmaxRows(std::int64_t rows, std::int64_t n, float* x, std::int64_t distance, const float* bias,
                 std::int64_t biasDistance);
// g [rows, n], gradients of the shares y, become those of the scores: y·(g − Σ g·y).
void softmaxRowsBack(std::int64_t rows, std::int64_t n, const float* y, float* g, std::int64_t distance);

// Four rows at a time: s[4·p + q] = Σ x_p·a_q.
void dotRows(std::int64_t n, const float* const x[4], const float* const a[4], float s[16]);
// y_p += Σ_q c[4·p + q]·x_q; no y lies where an x does.
void mixRows(std::int64_t n, const float* const x[4], const float c[16], float* const y[4]);

// The bits of the bfloat16 numbers next to x, ties to even; not-a-number stays one.
void halfRow(std::int64_t n, const float* x, std::uint16_t* y);

}  // namespace attune

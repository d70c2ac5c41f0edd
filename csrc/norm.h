// Layer normalisation inside the cells: of both products of a step, and of the LSTM's cell state. Only a whole row has
// a mean, so teams do not share the units of normed cells.
// Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, equations 20 to 22 and 27 to 29.
#pragma once

#include "simd.h"

namespace gatewise::GATEWISE_SET {

template <class T>
struct Moments {
  T mean, scale;  // scale: 1 / the standard deviation
  Vec<T> of(Vec<T> raw) const { return (raw - mean) * scale; }
};

template <class T>
GATEWISE_INLINE T total(Vec<T> v) {
  T sum = v[0];
  for (int64_t j = 1; j < LANES<T>; ++j) sum += v[j];
  return sum;
}

// `count` blocks of `hidden` numbers each, `padded` apart: body(u, at, edge) for every vector, u counting within
// contiguous blocks and `at` within these.
template <class T, class F>
GATEWISE_INLINE void each_of_blocks(int64_t count, int64_t hidden, int64_t padded, F body) {
  for (int64_t b = 0; b < count; ++b) {
    each_vector<T>(0, padded, hidden, [&](int64_t u, auto edge) { body(b * hidden + u, b * padded + u, edge); });
  }
}

template <class T>
static Moments<T> moments(const T* raw, int64_t count, int64_t hidden, int64_t padded) {
  constexpr T EPSILON = T(1e-5);
  const T n = T(count * hidden);
  Vec<T> sum{}, squares{};
  each_of_blocks<T>(count, hidden, padded, [&](int64_t, int64_t at, auto edge) { sum += edge.load(raw + at); });
  const T mean = total<T>(sum) / n;
  Vec<T> means = splat(mean);
  each_of_blocks<T>(count, hidden, padded, [&](int64_t, int64_t at, auto edge) {
    const Vec<T> d = edge.load(raw + at) - edge.only(means);
    squares += d * d;
  });
  return {mean, T(1) / T(__builtin_sqrt(total<T>(squares) / n + EPSILON))};
}

// Adds gain * (raw, normalised) to `sums`.
template <class T>
static void add_normed(const T* raw, const T* gain, int64_t count, int64_t hidden, int64_t padded, T* sums) {
  const Moments<T> m = moments(raw, count, hidden, padded);
  each_of_blocks<T>(count, hidden, padded, [&](int64_t u, int64_t at, auto edge) {
    store(sums + at, load(sums + at) + edge.load(gain + u) * m.of(load(raw + at)));
  });
}

// Gradient of what was normalised, from that of the outcome, which `dnormed(u, at, edge)` gives, to `put(at, gradient)`;
// `dgain` gets what the gain owes it.
template <class T, class D, class Put>
GATEWISE_INLINE void through_norm(const T* raw, const T* gain, int64_t count, int64_t hidden, int64_t padded,
                                  T* dgain, D dnormed, Put put) {
  const Moments<T> m = moments(raw, count, hidden, padded);
  Vec<T> sum{}, slopes{};
  each_of_blocks<T>(count, hidden, padded, [&](int64_t u, int64_t at, auto edge) {
    const Vec<T> normed = m.of(load(raw + at)), d = dnormed(u, at, edge), scaled = d * edge.load(gain + u);
    if (dgain) store(dgain + at, load(dgain + at) + d * normed);
    sum += scaled, slopes += scaled * normed;
  });
  const T n = T(count * hidden), mean = total<T>(sum) / n, slope = total<T>(slopes) / n;
  each_of_blocks<T>(count, hidden, padded, [&](int64_t u, int64_t at, auto edge) {
    const Vec<T> scaled = dnormed(u, at, edge) * edge.load(gain + u);
    put(at, m.scale * (scaled - mean - slope * m.of(load(raw + at))));
  });
}

}  // namespace gatewise::GATEWISE_SET

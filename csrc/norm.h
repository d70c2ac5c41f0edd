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

// The sum of value(u, at, edge) over all numbers; where there are none value gives 0. Four sums at once, for each
// waits for its last addition.
template <class T, class F>
GATEWISE_INLINE T sum_over(int64_t count, int64_t hidden, int64_t padded, F value) {
  constexpr int64_t L = LANES<T>;
  Vec<T> a{}, b{}, c{}, d{};
  for (int64_t block = 0; block < count; ++block) {
    const int64_t u = block * hidden, at = block * padded;
    int64_t k = 0;
    for (; k + 4 * L <= hidden; k += 4 * L) {
      a += value(u + k, at + k, Whole<T>{}), b += value(u + k + L, at + k + L, Whole<T>{});
      c += value(u + k + 2 * L, at + k + 2 * L, Whole<T>{}), d += value(u + k + 3 * L, at + k + 3 * L, Whole<T>{});
    }
    each_vector<T>(k, padded, hidden, [&](int64_t k, auto edge) { a += value(u + k, at + k, edge); });
  }
  return total<T>((a + b) + (c + d));
}

template <class T>
static Moments<T> moments(const T* raw, int64_t count, int64_t hidden, int64_t padded) {
  constexpr T EPSILON = T(1e-5);
  const T n = T(count * hidden);
  const T mean = sum_over<T>(count, hidden, padded, [&](int64_t, int64_t at, auto edge) {
    return edge.load(raw + at);
  }) / n;
  const Vec<T> means = splat(mean);
  const T squares = sum_over<T>(count, hidden, padded, [&](int64_t, int64_t at, auto edge) {
    const Vec<T> d = edge.load(raw + at) - edge.only(means);
    return d * d;
  });
  return {mean, T(1) / T(__builtin_sqrt(squares / n + EPSILON))};
}

// sums = bias + gain * (raw, normalised), of two raws with a gain each; null: of one.
template <class T>
static void add_normed(const T* bias, const T* const (&raw)[2], const T* const (&gain)[2], int64_t count,
                       int64_t hidden, int64_t padded, T* sums) {
  Moments<T> m[2]{};
  for (int k = 0; k < 2; ++k) {
    if (raw[k]) m[k] = moments(raw[k], count, hidden, padded);
  }
  each_of_blocks<T>(count, hidden, padded, [&](int64_t u, int64_t at, auto edge) {
    Vec<T> sum = load(bias + at);
    if (raw[0]) sum += edge.load(gain[0] + u) * m[0].of(load(raw[0] + at));
    if (raw[1]) sum += edge.load(gain[1] + u) * m[1].of(load(raw[1] + at));
    store(sums + at, sum);
  });
}

// Gradient of what was normalised, from that of the outcome, to put(at, gradient); `dgain`, if it is wanted, gets what
// the gain owes it.
template <class T, class Put>
GATEWISE_INLINE void through_norm(const T* raw, const T* gain, int64_t count, int64_t hidden, int64_t padded,
                                  const T* dnormed, T* dgain, Put put) {
  const Moments<T> m = moments(raw, count, hidden, padded);
  const T n = T(count * hidden);
  Vec<T> sum{};
  const T slope = sum_over<T>(count, hidden, padded, [&](int64_t u, int64_t at, auto edge) {
    const Vec<T> normed = m.of(load(raw + at)), d = load(dnormed + at), scaled = d * edge.load(gain + u);
    if (dgain) store(dgain + at, load(dgain + at) + d * normed);
    sum += scaled;
    return scaled * normed;
  }) / n;
  const T mean = total<T>(sum) / n;
  each_of_blocks<T>(count, hidden, padded, [&](int64_t u, int64_t at, auto edge) {
    const Vec<T> scaled = load(dnormed + at) * edge.load(gain + u);
    put(at, m.scale * (scaled - mean - slope * m.of(load(raw + at))));
  });
}

}  // namespace gatewise::GATEWISE_SET

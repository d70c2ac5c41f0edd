// Layer normalisation inside the cells: of both products of a step, and of the LSTM's cell state.
//
// The mean is one over all units of a row, so a cell with layer norm does not share its units among threads.
// Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, equations 20 to 22 (LSTM) and 27 to 29 (GRU).
#pragma once

#include "simd.h"

namespace gatewise::GATEWISE_SET {

// Mean and spread of a row; of() normalises numbers of it.
template <class T>
struct Moments {
  T mean, scale;  // scale: 1 / the standard deviation
  Vec<T> of(Vec<T> raw) const { return (raw - mean) * scale; }
};

// The sum of a vector's lanes, in their order.
template <class T>
GATEWISE_INLINE T total(Vec<T> v) {
  T sum = v[0];
  for (int64_t j = 1; j < LANES<T>; ++j) sum += v[j];
  return sum;
}

// Calls body(u, at, edge) for every vector of `count` blocks of `hidden` numbers, whose beginnings are `padded` apart.
// `at` is the place within these blocks; u is the place if the blocks were contiguous, as those of a gain are.
template <class T, class F>
GATEWISE_INLINE void each_of_blocks(int64_t count, int64_t hidden, int64_t padded, F body) {
  for (int64_t b = 0; b < count; ++b) {
    each_vector<T>(0, padded, hidden, [&](int64_t u, auto edge) { body(b * hidden + u, b * padded + u, edge); });
  }
}

// The sum of value(u, at, edge) over all numbers of such blocks; value gives 0 in the lanes behind the end of a block.
// Four sums run side by side, since each addition waits for the one before it in the same sum.
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

// The moments of a row that lies in `count` blocks. The variance comes from the differences to the mean in a second
// pass: the difference of the mean square and the squared mean, in one pass, loses its digits where the mean is large.
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

// sums = bias + gain[0] * normalised(raw[0]) + gain[1] * normalised(raw[1]); a raw that is null is left out.
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

// Backward through gain * normalised(raw), given the gradient `dnormed` of the result: passes the gradient of raw to
// put(at, gradient) and adds that of the gain to `dgain` if it is not null. With s = dnormed * gain and x the
// normalised raw, the gradient is scale * (s - mean(s) - x * mean(s * x)): a change of raw also changes its mean and
// variance.
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

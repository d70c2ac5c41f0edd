// One update of all parameters at once: the gradient is clipped, Adam takes its step, the running average follows.
#pragma once

#include "simd.h"
#include "training.h"

namespace gatewise::GATEWISE_SET {

// The norm of a vector. Four chains of sums run side by side, since each addition waits for the one before it.
template <class T>
static T norm(const T* numbers, int64_t count) {
  constexpr int64_t L = LANES<T>;
  Vec<T> sums[4]{};
  int64_t at = 0;
  for (; at + 4 * L <= count; at += 4 * L) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const Vec<T> x = load(numbers + at + k * L);
      sums[k] += x * x;
    }
  }
  T rest = 0;
  for (; at < count; ++at) rest += numbers[at] * numbers[at];
  const Vec<T> sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (int64_t lane = 0; lane < L; ++lane) rest += sum[lane];
  return T(__builtin_sqrt(rest));
}

// Source of the clipping: Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063; of Adam: Kingma and Ba 2015,
// arXiv:1412.6980, algorithm 1.
template <class T>
static void update(const Training<T>& t) {
  const int64_t count = t.examples.network.parameters;
  const T over = T(t.clip) / (norm(t.gradient, count) + T(1e-6)), clipped = over < T(1) ? over : T(1);
  const double unbiased = 1 - __builtin_pow(t.second_decay, double(t.count));
  const T a = T(t.first_decay), b = T(t.second_decay), still = T(1) - a, anew = T(1) - b;
  const T pace = T(t.rate / (1 - __builtin_pow(t.first_decay, double(t.count))));
  const T root_unbiased = T(__builtin_sqrt(unbiased)), epsilon = T(t.epsilon), fresh = T(t.fresh);
  each_vector<T>(0, count, count, [&](int64_t k, auto edge) {
    const Vec<T> g = edge.load(t.gradient + k) * clipped;
    const Vec<T> m = a * edge.load(t.first + k) + still * g, v = b * edge.load(t.second + k) + anew * (g * g);
    const Vec<T> p = edge.load(t.parameters + k) - pace * m / (root(v) / root_unbiased + epsilon);
    edge.store(t.first + k, m), edge.store(t.second + k, v), edge.store(t.parameters + k, p);
    if (fresh == T(1)) return edge.store(t.average + k, p);
    const Vec<T> average = edge.load(t.average + k);
    edge.store(t.average + k, average + fresh * (p - average));
  });
}

}  // namespace gatewise::GATEWISE_SET

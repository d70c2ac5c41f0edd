// The linear head, and the losses that networks are trained on.
#pragma once

#include "activations.h"
#include "batch.h"

namespace gatewise::GATEWISE_SET {

// A sum of weighted lines: to = start + factor(0) · line(0) + ... + factor(count - 1) · line(count - 1), where factor k
// lies at factors + k * apart and line k, of `width` numbers, at lines + k * stride. Several vectors are summed side by
// side, since within one sum each addition waits for the one before it.
template <class T>
struct Lines {
  int64_t count;
  const T* factors;
  int64_t apart;
  const T* lines;
  int64_t stride, width;

  void sum(const T* start, T* to) const {
    constexpr int64_t L = LANES<T>;
    int64_t u = 0;
    for (; u + 4 * L <= width; u += 4 * L) whole<4>(start, to, u);
    if (u + 2 * L <= width) whole<2>(start, to, u), u += 2 * L;
    if (u + L <= width) whole<1>(start, to, u), u += L;
    if (u == width) return;
    const Short<T> edge{width - u};
    Vec<T> sum = start ? edge.load(start + u) : Vec<T>{};
    for (int64_t k = 0; k < count; ++k) sum += factors[k * apart] * edge.load(lines + k * stride + u);
    edge.store(to + u, sum);
  }

 private:
  template <int V>
  __attribute__((always_inline)) void whole(const T* start, T* to, int64_t u) const {
    Vec<T> sum[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[v] = start ? load(start + u + v * LANES<T>) : Vec<T>{};
    for (int64_t k = 0; k < count; ++k) {
      const Vec<T> factor = splat(factors[k * apart]);
      const T* line = lines + k * stride + u;
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[v] += factor * load(line + v * LANES<T>);
    }
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) store(to + u + v * LANES<T>, sum[v]);
  }
};

// outputs = W read + b, each in the unit of its input where these are scaled.
template <class T>
struct Head {
  const Network& net;
  const int64_t rows, reads;  // N, K
  const int64_t padded;       // O in whole vectors: the distance between rows of outputs
  T* turned;                  // (K, padded): W transposed
  T* bias;                    // (padded)
  T *outputs, *gradient;      // (N, padded)

  Head(const Network& net, int64_t rows, int64_t reads, bool back, Pieces<T>& pieces)
      : net(net),
        rows(rows),
        reads(reads),
        padded(up_to(net.outputs, LANES<T>)),
        turned(pieces.take(reads * padded)),
        bias(pieces.take(padded)),
        outputs(pieces.take(rows * padded)),
        gradient(pieces.take(back ? rows * padded : 0)) {}

  void forward(const T* parameters, const T* read, const T* units) const {
    const T *w = parameters + net.head_weight, *b = parameters + net.head_bias;
    for (int64_t k = 0; k < reads; ++k) zero(turned + k * padded, padded);  // no sum in the padding becomes NaN
    copy_transposed(w, reads, net.outputs, reads, turned, padded);
    zero(bias, padded);
    __builtin_memcpy(bias, b, size_t(net.outputs) * sizeof(T));
    for (int64_t row = 0; row < rows; ++row) {
      Lines<T>{reads, read + row * reads, 1, turned, padded, padded}.sum(bias, outputs + row * padded);
      in_units(outputs, units, row);
    }
  }

  // From the gradient of the outputs to those of the parameters and of what was read.
  void backward(const T* parameters, const T* read, const T* units, T* dparameters, T* dread) const {
    const T* w = parameters + net.head_weight;
    T *dw = dparameters + net.head_weight, *db = dparameters + net.head_bias;
    zero(db, net.outputs);
    for (int64_t row = 0; row < rows; ++row) {
      in_units(gradient, units, row);
      const T* own = gradient + row * padded;
      Lines<T>{net.outputs, own, 1, w, reads, reads}.sum(nullptr, dread + row * reads);
      for (int64_t o = 0; o < net.outputs; ++o) db[o] += own[o];
    }
    for (int64_t o = 0; o < net.outputs; ++o) {
      Lines<T>{rows, gradient + o, padded, read, reads, reads}.sum(nullptr, dw + o * reads);
    }
  }

 private:
  void in_units(T* numbers, const T* units, int64_t row) const {
    for (int64_t o = 0; net.scaled > 0 && o < net.outputs; ++o) {
      numbers[row * padded + o] *= units[row * net.scaled + o % net.scaled];
    }
  }
};

// The mean loss of a batch, whose gradient is written to the head.
template <class T>
struct MeanLoss {
  const Training<T>& t;
  const Head<T>& head;
  const int64_t outputs;

  MeanLoss(const Training<T>& t, const Head<T>& head) : t(t), head(head), outputs(head.net.outputs) {}

  T compute() const {
    // At 0 the absolute and the pinball loss have the slope between those on both sides of it.
    const auto sign = [](T off) { return off > 0 ? T(1) : off < 0 ? T(-1) : off; };  // NaN stays NaN
    switch (t.loss) {
      case Loss::squared:
        return of_numbers(1, [](T off, int64_t, T* slope) { return *slope = 2 * off, off * off; });
      case Loss::absolute:
        return of_numbers(1, [&](T off, int64_t, T* slope) { return *slope = sign(off), off * *slope; });
      case Loss::pinball:
        return of_numbers(t.quantiles, [&](T off, int64_t level, T* slope) {
          return *slope = (sign(off) + 1) / 2 - t.levels[level], off * *slope;
        });
      case Loss::cross_entropy:
        return of_classes();
      case Loss::binary:  // losses.h
        break;
    }
    return 0;
  }

 private:
  // `each` outputs are about one target. of_one(output - target, which of them, where its slope goes) is the loss of one.
  template <class F>
  T of_numbers(int64_t each, F of_one) const {
    const int64_t targets = outputs / each;
    const T share = T(1) / T(head.rows * outputs);
    T sum = 0;
    for (int64_t row = 0; row < head.rows; ++row) {
      const T *out = head.outputs + row * head.padded;
      const T* target = static_cast<const T*>(t.targets) + t.places[row] * targets;
      T* gradient = head.gradient + row * head.padded;
      for (int64_t k = 0; k < targets; ++k) {
        for (int64_t level = 0; level < each; ++level, ++out, ++gradient) {
          T slope;
          sum += of_one(*out - target[k], level, &slope);
          *gradient = slope * share;
        }
      }
    }
    return sum * share;
  }

  // The logarithm of the sum of all exponentials, less the class's own output.
  T of_classes() const {
    const T share = T(1) / T(head.rows);
    T total = 0;
    for (int64_t row = 0; row < head.rows; ++row) {
      const T* out = head.outputs + row * head.padded;
      T* gradient = head.gradient + row * head.padded;
      const int64_t own = static_cast<const int64_t*>(t.targets)[t.places[row]];
      T most = out[0], sum = 0;
      for (int64_t o = 1; o < outputs; ++o) most = out[o] > most ? out[o] : most;
      for (int64_t o = 0; o < outputs; ++o) sum += gradient[o] = T(__builtin_exp(double(out[o] - most)));
      for (int64_t o = 0; o < outputs; ++o) gradient[o] *= share / sum;
      gradient[own] -= share;
      total += T(__builtin_log(double(sum))) - (out[own] - most);
    }
    return total * share;
  }
};

}  // namespace gatewise::GATEWISE_SET

// The plain network: h = tanh of the sum.
#pragma once

#include "step.h"

namespace gatewise::GATEWISE_SET {

template <class T>
struct Rnn {
  static void forward(const ForwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    project(s, 0, s.sizes.end, true, s.h);
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h = s.h + s.state_rows[slot], *y = s.y + s.y_rows[slot];
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> out = tanh<T>(load(gates + u));
        store(h + u, out);
        store_row(y, u, H, out);
        if (s.keep) store(gates + u, out);
      }
    }
  }

  static void backward(const BackwardStep<T>& s) {
    const int64_t P = s.sizes.layout.padded;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> d = output_gradient(s, slot, u) + gate_gradient(s, slot, u);
        store(sum_at(s, slot, u), d * tanh_slope<T>(load(gates + u)));
      }
    }
    const Part<T> part = sums_part(s, 0, s.sizes.end, s.packed.to_state);
    multiply(&part, 1, s.active, 0, s.sizes.hidden_panels(),
             {s.dh, s.state_rows, nullptr, Start::zero, Finish::store});
  }
};

}  // namespace gatewise::GATEWISE_SET

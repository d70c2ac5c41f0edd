// The plain network: h = tanh of the sum.
#pragma once

#include "step.h"

namespace gatewise::GATEWISE_SET {

template <class T>
struct Rnn {
  static void forward(const ForwardStep<T>& s, const Team& team) {
    in_turns(s, [&](Units units) {
      project(s, units, 0, 1, true, s.h);
      activate(s, units);
    });
    team.meet();
  }

  static void backward(const BackwardStep<T>& s, const Team& team) {
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      each_vector<T>(s.own.begin, s.own.end, s.sizes.hidden, [&](int64_t u, auto edge) {
        const Vec<T> d = with_given<true>(s, slot, u, output_gradient(s, slot, u, edge));
        store(sum_at(s, slot, u), d * tanh_slope<T>(load(gates + u)));
      });
    }
    team.meet();
    const Part<T> all = sums_part(s, 0, s.sizes.end_panel, s.packed.to_state);
    to_state(s, &all, 1, s.dh, Start::zero);
  }

 private:
  static void activate(const ForwardStep<T>& s, Units units) {
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h = s.h_next + s.state_rows[slot], *y = s.y + s.y_rows[slot];
      each_vector<T>(units.begin, units.end, s.sizes.hidden, [&](int64_t u, auto edge) {
        const Vec<T> out = tanh<T>(load(gates + u));
        store(h + u, out);
        edge.store(y + u, out);
        if (s.keep) store(gates + u, out);
      });
    }
  }
};

}  // namespace gatewise::GATEWISE_SET

// One step of the plain network: h = tanh(sum). Source: Elman 1990, Cognitive Science 14(2), with tanh in place of the
// logistic function.
#pragma once

#include "step.h"

namespace gatewise::GATEWISE_SET {

template <class T>
struct Rnn {
  static void forward(const ForwardStep<T>& s, const Team& team) {
    in_turns(s, [&](Units units) {
      project(s, units, 0, 1, true, s.seen);
      activate(s, units);
    });
    team.meet();  // the next step reads the state of all units
  }

  static void backward(const BackwardStep<T>& s, const Team& team) {
    slopes<0>(s);
    team.meet();  // the product to the state reads the gradients of all units' sums
    const Part<T> all = sums_part(s, 0, 1);
    to_seen(s, &all, 1, Start::zero);
  }

  // What lies before the product back, see single_backward.h.
  template <int>
  static void slopes(const BackwardStep<T>& s) {
    const StepExtras<T> e = s.extras;  // a copy: no store into the state can change it
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      T* dh_row = s.dh + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row;
      each_vector<T>(s.own.begin, s.own.end, s.sizes.hidden, [&](int64_t u, auto edge) {
        Vec<T> dh = output_gradient(s, slot, u, edge);
        const Vec<T> still = straight(e.still_h, h_row + u, edge, &dh), d = with_given<true>(s, slot, u, in_block<T>(edge), dh);
        store(sum_at(s, slot, u), d * tanh_slope<T>(load(gates + u)));
        store(dh_row + u, still);
      });
    }
  }

 private:
  static void activate(const ForwardStep<T>& s, Units units) {
    const StepExtras<T> e = s.extras;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h_next = s.h_next + s.state_rows[slot], *y = s.y + s.y_rows[slot];
      const T* h = s.h + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row;
      each_vector<T>(units.begin, units.end, s.sizes.hidden, [&](int64_t u, auto edge) {
        const Vec<T> n = tanh<T>(load(gates + u));
        const Vec<T> out = mixed(e.still_h, h_row + u, edge, load(h + u), n);
        store(h_next + u, out);
        edge.store(y + u, out);
        if (s.keep) store(gates + u, n);
      });
    }
  }
};

}  // namespace gatewise::GATEWISE_SET

// LSTM: i, f, o = sigmoid, g = tanh of the sums; c = f * c + i * g; h = o * tanh(c).
#pragma once

#include "step.h"

namespace gatewise::GATEWISE_SET {

template <class T>
struct Lstm {
  static void forward(const ForwardStep<T>& s, const Team& team) {
    in_turns(s, [&](Units units) {
      project(s, units, 0, 4, true, s.h);
      activate(s, units);
    });
    team.meet();
  }

  static void backward(const BackwardStep<T>& s, const Team& team) {
    if (s.dgates || s.dcells) gradients<true>(s);
    else gradients<false>(s);
    team.meet();
    const Part<T> all = sums_part(s, 0, s.sizes.end_panel, s.packed.to_state);
    to_state(s, &all, 1, s.dh, Start::zero);
  }

 private:
  static void activate(const ForwardStep<T>& s, Units units) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h = s.h_next + s.state_rows[slot], *c = s.c + s.state_rows[slot];
      T *y = s.y + s.y_rows[slot], *cells = s.keep ? s.cells + s.cell_rows[slot] : nullptr;
      // In two loops: tanh of the cell state waits for it, and the processor cannot look far enough ahead.
      for (int64_t u = units.begin; u < units.end; u += LANES<T>) {
        const Vec<T> i = sigmoid<T>(load(gates + u)), f = sigmoid<T>(load(gates + P + u));
        const Vec<T> g = tanh<T>(load(gates + 2 * P + u)), o = sigmoid<T>(load(gates + 3 * P + u));
        store(c + u, f * load(c + u) + i * g);
        store(h + u, o);
        if (!s.keep) continue;
        store(gates + u, i), store(gates + P + u, f), store(gates + 2 * P + u, g), store(gates + 3 * P + u, o);
      }
      each_vector<T>(units.begin, units.end, H, [&](int64_t u, auto edge) {
        const Vec<T> after = load(c + u), out = load(h + u) * tanh<T>(after);
        store(h + u, out);
        edge.store(y + u, out);
        if (cells) store(cells + u, after);
      });
    }
  }

  template <bool GIVEN>
  static void gradients(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T *gates = s.gates + s.gate_rows[slot], *cells = s.cells + s.cell_rows[slot], *c_before = s.c_before[slot];
      T *dc_row = s.dc + s.state_rows[slot], *squashed = s.spare + s.state_rows[slot];
      for (int64_t u = s.own.begin; u < s.own.end; u += LANES<T>) store(squashed + u, tanh<T>(load(cells + u)));
      each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
        const Vec<T> i = load(gates + u), f = load(gates + P + u), g = load(gates + 2 * P + u);
        const Vec<T> o = load(gates + 3 * P + u), out = load(squashed + u), dh = output_gradient(s, slot, u, edge);
        Vec<T> dc = load(dc_row + u) + dh * o * tanh_slope<T>(out);
        if (GIVEN && s.dcells) dc += load(s.dcells + s.cell_rows[slot] + u);
        const Vec<T> di = with_given<GIVEN>(s, slot, u, dc * g);
        const Vec<T> df = with_given<GIVEN>(s, slot, P + u, dc * edge.load(c_before + u));
        const Vec<T> dg = with_given<GIVEN>(s, slot, 2 * P + u, dc * i);
        const Vec<T> d_o = with_given<GIVEN>(s, slot, 3 * P + u, dh * out);
        store(sum_at(s, slot, u), di * sigmoid_slope<T>(i));
        store(sum_at(s, slot, P + u), df * sigmoid_slope<T>(f));
        store(sum_at(s, slot, 2 * P + u), dg * tanh_slope<T>(g));
        store(sum_at(s, slot, 3 * P + u), d_o * sigmoid_slope<T>(o));
        store(dc_row + u, dc * f);
      });
    }
  }
};

}  // namespace gatewise::GATEWISE_SET

// LSTM: i, f, o = sigmoid, g = tanh of the sums; c = f * c + i * g; h = o * tanh(c). With extras: peepholes add to the
// sums, and c and h are mixed with what they were.
#pragma once

#include "step.h"

namespace gatewise::GATEWISE_SET {

template <class T>
struct Lstm {
  static void forward(const ForwardStep<T>& s, const Team& team) {
    in_turns(s, [&](Units units) {
      project(s, units, 0, 4, true, s.seen);
      if (s.extras.any) activate_with_extras(s, units);
      else activate(s, units);
    });
    team.meet();
  }

  static void backward(const BackwardStep<T>& s, const Team& team) {
    if (s.extras.any) gradients_with_extras(s);
    else if (s.dgates || s.dcells) gradients<true>(s);
    else gradients<false>(s);
    team.meet();
    const Part<T> all = sums_part(s, 0, s.sizes.end_panel, s.packed.to_state);
    if (s.extras.any) to_seen(s, &all, 1, Start::zero);
    else to_state(s, &all, 1, s.dh, Start::zero);
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

  static void activate_with_extras(const ForwardStep<T>& s, Units units) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    const StepExtras<T> e = s.extras;  // a copy: no store into the state can change it
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h_next = s.h_next + s.state_rows[slot], *c = s.c + s.state_rows[slot];
      T *y = s.y + s.y_rows[slot], *cells = s.keep ? s.cells + s.cell_rows[slot] : nullptr;
      const T* h = s.h + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row, c_row = e.rows[slot] * e.c_row;
      each_vector<T>(units.begin, units.end, H, [&](int64_t u, auto edge) {
        const Vec<T> old = load(c + u);
        const auto peep = [&](int64_t k, Vec<T> cell) {
          return e.peepholes ? edge.load(e.peepholes + k * H + u) * cell : Vec<T>{};
        };
        const Vec<T> i = gate(e, load(gates + u) + peep(0, old)), f = gate(e, load(gates + P + u) + peep(1, old));
        const Vec<T> g = tanh<T>(load(gates + 2 * P + u)), cell = f * old + i * g;
        const Vec<T> o = gate(e, load(gates + 3 * P + u) + peep(2, cell));
        const Vec<T> after = mixed(e.still_c, c_row + u, edge, old, cell);
        const Vec<T> out = mixed(e.still_h, h_row + u, edge, load(h + u), Vec<T>(o * tanh<T>(cell)));
        store(c + u, after);
        store(h_next + u, out);
        edge.store(y + u, out);
        if (!s.keep) return;
        store(gates + u, i), store(gates + P + u, f), store(gates + 2 * P + u, g), store(gates + 3 * P + u, o);
        store(cells + u, after);
      });
    }
  }

  static void gradients_with_extras(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    const StepExtras<T> e = s.extras;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T *gates = s.gates + s.gate_rows[slot], *c_before = s.c_before[slot];
      T *dc_row = s.dc + s.state_rows[slot], *dh_row = s.dh + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row, c_row = e.rows[slot] * e.c_row;
      each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
        const Vec<T> i = load(gates + u), f = load(gates + P + u), g = load(gates + 2 * P + u);
        const Vec<T> o = load(gates + 3 * P + u), old = edge.load(c_before + u), cell = f * old + i * g;
        const Vec<T> squashed = tanh<T>(cell);
        Vec<T> dh = output_gradient(s, slot, u, edge), dc = load(dc_row + u);
        if (s.dcells) dc += load(s.dcells + s.cell_rows[slot] + u);
        const Vec<T> h_still = straight(e.still_h, h_row + u, edge, &dh);
        const Vec<T> c_still = straight(e.still_c, c_row + u, edge, &dc);
        const Vec<T> so = with_given<true>(s, slot, 3 * P + u, dh * squashed) * gate_slope(e, o);
        const auto peep = [&](int64_t k) { return e.peepholes ? edge.load(e.peepholes + k * H + u) : Vec<T>{}; };
        dc += dh * o * tanh_slope<T>(squashed) + so * peep(2);
        const Vec<T> si = with_given<true>(s, slot, u, dc * g) * gate_slope(e, i);
        const Vec<T> sf = with_given<true>(s, slot, P + u, dc * old) * gate_slope(e, f);
        const Vec<T> sg = with_given<true>(s, slot, 2 * P + u, dc * i) * tanh_slope<T>(g);
        store(sum_at(s, slot, u), si), store(sum_at(s, slot, P + u), sf);
        store(sum_at(s, slot, 2 * P + u), sg), store(sum_at(s, slot, 3 * P + u), so);
        store(dc_row + u, dc * f + c_still + si * peep(0) + sf * peep(1));
        store(dh_row + u, h_still);
        if (!e.dpeepholes) return;
        T* to = e.dpeepholes + u;
        store(to, load(to) + si * old), store(to + P, load(to + P) + sf * old);
        store(to + 3 * P, load(to + 3 * P) + so * cell);
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

// One step of the LSTM. From the sums of the four blocks:
//
//   i, f, o = sigmoid(sums), g = tanh(sum), c = f * c + i * g, h = o * tanh(c)
//
// Sources: Hochreiter and Schmidhuber 1997, Neural Computation 9(8); forget gate: Gers, Schmidhuber and Cummins 2000,
// Neural Computation 12(10). The extras have functions of their own: peepholes p * c join the sums, tanh takes the
// normalised c, and zoneout mixes c and h with their old values. Without them the loops are free of these cases.
//
// Names in backward: dx is the gradient of x, and s followed by a gate's letter (si, sf, sg, so) that of the gate's
// sum.
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
    team.meet();  // the next step reads the state of all units
  }

  static void backward(const BackwardStep<T>& s, const Team& team) {
    if (s.extras.any) gradients_with_extras(s);
    else if (s.dgates || s.dcells) gradients<true>(s);
    else gradients<false>(s);
    to_products(s, 0, 4, true, true);
    team.meet();  // the product to the state reads the gradients of all units' sums
    const Part<T> all = sums_part(s, 0, 4);
    if (s.extras.any) to_seen(s, &all, 1, Start::zero);
    else to_state(s, &all, 1, s.dh, Start::zero);
  }

  // What lies before the product back, see single_backward.h.
  template <int>
  static void slopes(const BackwardStep<T>& s) {
    gradients<false>(s);
  }

 private:
  static void activate(const ForwardStep<T>& s, Units units) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h = s.h_next + s.state_rows[slot], *c = s.c + s.state_rows[slot];
      T *y = s.y + s.y_rows[slot], *cells = s.keep ? s.cells + s.cell_rows[slot] : nullptr;
      // Two loops, since tanh(c) can only begin when c is ready: in one loop the processor would wait, for it cannot
      // look far enough ahead to the next units. `h` holds o in between.
      each_vector<T>(units.begin, units.end, H, [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> i = sigmoid<T>(block.load(gates + u)), f = sigmoid<T>(block.load(gates + P + u));
        const Vec<T> g = tanh<T>(block.load(gates + 2 * P + u)), o = sigmoid<T>(block.load(gates + 3 * P + u));
        store(c + u, f * load(c + u) + i * g);
        store(h + u, o);
        if (!s.keep) return;
        block.store(gates + u, i), block.store(gates + P + u, f);
        block.store(gates + 2 * P + u, g), block.store(gates + 3 * P + u, o);
      });
      each_vector<T>(units.begin, units.end, H, [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> after = load(c + u), out = load(h + u) * tanh<T>(after);
        store(h + u, out);
        edge.store(y + u, out);
        if (cells) block.store(cells + u, after);
      });
    }
  }

  // With layer norm of the cell state all units of c have to be ready before the output can be computed, hence the two
  // passes; without it both run unit by unit.
  static void activate_with_extras(const ForwardStep<T>& s, Units units) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    const StepExtras<T> e = s.extras;  // a copy: no store into the state can change it
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h_next = s.h_next + s.state_rows[slot], *c = s.c + s.state_rows[slot];
      T *y = s.y + s.y_rows[slot], *cells = s.keep ? s.cells + s.cell_rows[slot] : nullptr;
      T* made = s.reset_h + s.state_rows[slot];  // the cell state before zoneout, of which h is made
      const T* h = s.h + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row, c_row = e.rows[slot] * e.c_row;
      Moments<T> m{};
      const auto gates_and_cell = [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> old = load(c + u);
        const Vec<T> i = gate(e, block.load(gates + u) + peephole(e, 0, H, u, edge) * old);
        const Vec<T> f = gate(e, block.load(gates + P + u) + peephole(e, 1, H, u, edge) * old);
        const Vec<T> g = tanh<T>(block.load(gates + 2 * P + u)), cell = f * old + i * g;
        const Vec<T> o = gate(e, block.load(gates + 3 * P + u) + peephole(e, 2, H, u, edge) * cell);
        const Vec<T> after = mixed(e.still_c, c_row + u, edge, old, cell);
        store(c + u, after), store(made + u, cell), block.store(gates + 3 * P + u, o);
        if (!s.keep) return;
        block.store(gates + u, i), block.store(gates + P + u, f), block.store(gates + 2 * P + u, g);
        block.store(cells + u, after);
      };
      const auto output = [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> squashed = tanh<T>(shown(e, m, load(made + u), H, u, edge));
        const Vec<T> fresh = block.load(gates + 3 * P + u) * squashed;
        const Vec<T> out = mixed(e.still_h, h_row + u, edge, load(h + u), fresh);
        store(h_next + u, out);
        edge.store(y + u, out);
      };
      if (!e.cell_norm) {
        each_vector<T>(units.begin, units.end, H, [&](int64_t u, auto edge) {
          gates_and_cell(u, edge), output(u, edge);
        });
        continue;
      }
      each_vector<T>(units.begin, units.end, H, gates_and_cell);
      m = moments<T>(made, 1, H, P);
      each_vector<T>(units.begin, units.end, H, output);
    }
  }

  // The gradients of the sums, and of c, with extras. `made` is the cell state before zoneout, computed again because
  // only the one after zoneout was kept; `dmade` is its gradient through h. The gradient of h that zoneout passes by is
  // stored in dh, to which the product through the weights is added later.
  static void gradients_with_extras(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    const StepExtras<T> e = s.extras;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T *gates = s.gates + s.gate_rows[slot], *c_before = s.c_before[slot];
      T *dc_row = s.dc + s.state_rows[slot], *dh_row = s.dh + s.state_rows[slot];
      T *made = s.spare + s.state_rows[slot], *dmade = s.reset_h + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row, c_row = e.rows[slot] * e.c_row;
      Moments<T> m{};
      const auto cell = [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> i = block.load(gates + u), f = block.load(gates + P + u), g = block.load(gates + 2 * P + u);
        store(made + u, f * edge.load(c_before + u) + i * g);
      };
      const auto output = [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> o = block.load(gates + 3 * P + u), squashed = tanh<T>(shown(e, m, load(made + u), H, u, edge));
        Vec<T> dh = output_gradient(s, slot, u, edge);
        store(dh_row + u, straight(e.still_h, h_row + u, edge, &dh));
        const Vec<T> d_o = with_given<true>(s, slot, 3 * P + u, block, dh * squashed);
        block.store(sum_at(s, slot, 3 * P + u), d_o * gate_slope(e, o));
        store(dmade + u, dh * o * tanh_slope<T>(squashed));
      };
      const auto gates_and_cell = [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> i = block.load(gates + u), f = block.load(gates + P + u), g = block.load(gates + 2 * P + u);
        const Vec<T> old = edge.load(c_before + u), so = block.load(sum_at(s, slot, 3 * P + u));
        Vec<T> dc = load(dc_row + u);
        if (s.dcells) dc += block.load(s.dcells + s.cell_rows[slot] + u);
        const Vec<T> still = straight(e.still_c, c_row + u, edge, &dc);
        dc += load(dmade + u) + so * peephole(e, 2, H, u, edge);
        const Vec<T> si = with_given<true>(s, slot, u, block, dc * g) * gate_slope(e, i);
        const Vec<T> sf = with_given<true>(s, slot, P + u, block, dc * old) * gate_slope(e, f);
        const Vec<T> sg = with_given<true>(s, slot, 2 * P + u, block, dc * i) * tanh_slope<T>(g);
        block.store(sum_at(s, slot, u), si), block.store(sum_at(s, slot, P + u), sf);
        block.store(sum_at(s, slot, 2 * P + u), sg);
        store(dc_row + u, dc * f + still + si * peephole(e, 0, H, u, edge) + sf * peephole(e, 1, H, u, edge));
        if (!e.peepholes || !e.gradients) return;
        T* to = e.gradients + u;
        block.store(to, block.load(to) + si * old), block.store(to + P, block.load(to + P) + sf * old);
        block.store(to + 3 * P, block.load(to + 3 * P) + so * load(made + u));
      };
      if (!e.cell_norm) {
        each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
          cell(u, edge), output(u, edge), gates_and_cell(u, edge);
        });
        continue;
      }
      each_vector<T>(s.own.begin, s.own.end, H, cell);
      m = moments<T>(made, 1, H, P);
      each_vector<T>(s.own.begin, s.own.end, H, output);
      through_cell_norm(s, made, dmade);
      each_vector<T>(s.own.begin, s.own.end, H, gates_and_cell);
    }
  }

  // The weights of peephole k (0 input, 1 forget, 2 output), or 0.
  template <class Edge>
  static Vec<T> peephole(const StepExtras<T>& e, int64_t k, int64_t H, int64_t u, Edge edge) {
    return e.peepholes ? edge.load(e.peepholes + k * H + u) : Vec<T>{};
  }

  // The argument of the tanh: the cell state, normalised if there is layer norm.
  template <class Edge>
  static Vec<T> shown(const StepExtras<T>& e, const Moments<T>& m, Vec<T> cell, int64_t H, int64_t u, Edge edge) {
    return e.cell_norm ? edge.load(e.cell_norm + u) * m.of(cell) + edge.load(e.cell_norm + H + u) : cell;
  }

  // Turns `gradient`, given as that of the tanh's argument, into that of the cell state, in place. Adds the gradients
  // of the gain and the shift if they are wanted.
  static void through_cell_norm(const BackwardStep<T>& s, const T* cell, T* gradient) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    T *dgain = advance(s.extras.gradients, s.sizes.columns), *dshift = advance(dgain, P);
    for (int64_t u = 0; u < P && dshift; u += LANES<T>) store(dshift + u, load(dshift + u) + load(gradient + u));
    through_norm<T>(cell, s.extras.cell_norm, 1, H, P, gradient, dgain,
                    [&](int64_t at, Vec<T> d) { store(gradient + at, d); });
  }

  // The gradients of the sums, and of c, of the published cell. tanh(c) is computed again: kept, it would take H more
  // numbers a step and row. It has a loop of its own for the same reason as in `activate`.
  template <bool GIVEN>
  static void gradients(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T *gates = s.gates + s.gate_rows[slot], *cells = s.cells + s.cell_rows[slot], *c_before = s.c_before[slot];
      T *dc_row = s.dc + s.state_rows[slot], *squashed = s.spare + s.state_rows[slot];
      each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        store(squashed + u, tanh<T>(block.load(cells + u)));
      });
      each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
        const auto block = in_block<T>(edge);
        const Vec<T> i = block.load(gates + u), f = block.load(gates + P + u), g = block.load(gates + 2 * P + u);
        const Vec<T> o = block.load(gates + 3 * P + u), out = load(squashed + u);
        const Vec<T> dh = output_gradient(s, slot, u, edge);
        Vec<T> dc = load(dc_row + u) + dh * o * tanh_slope<T>(out);
        if (GIVEN && s.dcells) dc += block.load(s.dcells + s.cell_rows[slot] + u);
        const Vec<T> di = with_given<GIVEN>(s, slot, u, block, dc * g);
        const Vec<T> df = with_given<GIVEN>(s, slot, P + u, block, dc * edge.load(c_before + u));
        const Vec<T> dg = with_given<GIVEN>(s, slot, 2 * P + u, block, dc * i);
        const Vec<T> d_o = with_given<GIVEN>(s, slot, 3 * P + u, block, dh * out);
        block.store(sum_at(s, slot, u), di * sigmoid_slope<T>(i));
        block.store(sum_at(s, slot, P + u), df * sigmoid_slope<T>(f));
        block.store(sum_at(s, slot, 2 * P + u), dg * tanh_slope<T>(g));
        block.store(sum_at(s, slot, 3 * P + u), d_o * sigmoid_slope<T>(o));
        store(dc_row + u, dc * f);
      });
    }
  }
};

}  // namespace gatewise::GATEWISE_SET

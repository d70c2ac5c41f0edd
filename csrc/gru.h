// One step of the GRU, in its two forms. From the sums of the blocks:
//
//   r, z = sigmoid(sums)
//   n = tanh(W x + U (r * h) + b)             GruBefore: reset before the product (textbook)
//   n = tanh(W x + b + r * (U h + b'))        GruAfter: reset after the product (torch, cuDNN)
//   h = (1 - w) * h + w * n                   w = z, or w = 1 - z where z weighs the old state
//
// Sources: Cho et al. 2014, arXiv:1406.1078v3 (before) and v1 (after); Chung et al. 2014, arXiv:1412.3555; Appleyard,
// Kocisky and Blunsom 2016, arXiv:1604.01946 (cuDNN).
#pragma once

#include "step.h"

namespace gatewise::GATEWISE_SET {

// The share w of the candidate in the new state, written as offset + sign * z so that both conventions run the same
// code.
template <class T>
struct Share {
  T offset, sign;
  explicit Share(bool update_is_state) : offset(update_is_state ? 1 : 0), sign(update_is_state ? -1 : 1) {}
  Vec<T> of(Vec<T> z) const { return offset + sign * z; }
};

// Computes the candidate n from its sum, and h_next and y from z and n.
template <class T>
static void blend(const ForwardStep<T>& s, Units units) {
  const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
  const Share<T> share(s.update_is_state);
  const StepExtras<T> e = s.extras;  // a copy: no store into the state can change it
  for (int64_t slot = 0; slot < s.active; ++slot) {
    const T* h = s.h + s.state_rows[slot];
    T *gates = s.gates + s.gate_rows[slot], *h_next = s.h_next + s.state_rows[slot], *y = s.y + s.y_rows[slot];
    const int64_t h_row = e.rows[slot] * e.h_row;
    each_vector<T>(units.begin, units.end, H, [&](int64_t u, auto edge) {
      const Vec<T> z = load(gates + P + u), n = tanh<T>(load(gates + 2 * P + u)), old = load(h + u);
      const Vec<T> out = mixed(e.still_h, h_row + u, edge, old, Vec<T>(old + share.of(z) * (n - old)));
      store(h_next + u, out);
      edge.store(y + u, out);
      if (s.keep) store(gates + 2 * P + u, n);
    });
  }
}

// Reset before the product. The candidate's product needs r * h of all units, so a step has two products one after the
// other, with a meeting of the team between them.
template <class T>
struct GruBefore {
  static void forward(const ForwardStep<T>& s, const Team& team) {
    gates(s);
    team.meet();  // the candidate's product reads r * h of all units
    candidate(s);
    team.meet();  // the next step reads the state of all units
  }

  static void gates(const ForwardStep<T>& s) {
    in_turns(s, [&](Units units) {
      project(s, units, 0, 2, true, s.seen);
      open_gates(s, units);
    });
  }
  static void candidate(const ForwardStep<T>& s) {
    in_turns(s, [&](Units units) {
      project(s, units, 2, 1, true, static_cast<const T*>(s.reset_h));
      blend(s, units);
    });
  }

  static void backward(const BackwardStep<T>& s, const Team& team) {
    if (s.dgates) candidate_and_update<true>(s);
    else candidate_and_update<false>(s);
    to_products(s, 2, 1, true, true);
    team.meet();  // the product to r * h reads the gradients of all units' sums
    const Part<T> candidate = sums_part(s, 2, 1);
    to_state(s, &candidate, 1, s.spare, Start::zero);
    if (s.dgates) reset<true>(s);
    else reset<false>(s);
    to_products(s, 0, 2, true, true);
    team.meet();  // so does the product to the state
    const Part<T> both = sums_part(s, 0, 2);
    to_seen(s, &both, 1, Start::given);
  }

  // What lies before the first product back, and between the two; see single_backward.h.
  template <int PART>
  static void slopes(const BackwardStep<T>& s) {
    if (PART == 0) candidate_and_update<false>(s);
    else reset<false>(s);
  }

 private:
  // r, z and r * h. r is written back for backward alone.
  static void open_gates(const ForwardStep<T>& s, Units units) {
    const StepExtras<T> e = s.extras;
    const int64_t P = s.sizes.layout.padded;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* seen = s.seen + s.state_rows[slot];
      T *gates = s.gates + s.gate_rows[slot], *reset_h = s.reset_h + s.state_rows[slot];
      for (int64_t u = units.begin; u < units.end; u += LANES<T>) {
        const Vec<T> r = gate(e, load(gates + u)), z = gate(e, load(gates + P + u));
        store(reset_h + u, r * load(seen + u));
        store(gates + P + u, z);
        if (s.keep) store(gates + u, r);
      }
    }
  }

  // The gradients of the sums of n and z; dh becomes the part that goes straight to the old state, (1 - w) * dh.
  template <bool GIVEN>
  static void candidate_and_update(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    const Share<T> share(s.update_is_state);
    const StepExtras<T> e = s.extras;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      T* dh_row = s.dh + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row;
      each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
        const Vec<T> z = load(gates + P + u), n = load(gates + 2 * P + u), w = share.of(z);
        Vec<T> dh = output_gradient(s, slot, u, edge);
        const Vec<T> still = straight(e.still_h, h_row + u, edge, &dh), old = edge.load(s.h_before[slot] + u);
        const Vec<T> dz = with_given<GIVEN>(s, slot, P + u, in_block<T>(edge), share.sign * dh * (n - old));
        const Vec<T> dn = with_given<GIVEN>(s, slot, 2 * P + u, in_block<T>(edge), dh * w);
        store(sum_at(s, slot, P + u), dz * gate_slope(e, z));
        store(sum_at(s, slot, 2 * P + u), dn * tanh_slope<T>(n));
        store(dh_row + u, dh - dh * w + still);
      });
    }
  }

  // The gradient of the sum of r, from that of r * h in `spare`; the part that goes to h itself, r * d, is added to dh,
  // or with recurrent dropout put where `to_seen` goes on with it. r * h is made again, for the weight gradients.
  template <bool GIVEN>
  static void reset(const BackwardStep<T>& s) {
    const StepExtras<T> e = s.extras;
    const int64_t H = s.sizes.hidden;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      T *spare = s.spare + s.state_rows[slot], *reset_h = s.reset_h + s.state_rows[slot];
      T *dh_row = s.dh + s.state_rows[slot], *dseen = e.dropped ? spare : dh_row;
      each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
        const Vec<T> r = load(gates + u), old = edge.load(s.seen_before[slot] + u), d = load(spare + u);
        const Vec<T> dr = with_given<GIVEN>(s, slot, u, in_block<T>(edge), d * old);
        store(sum_at(s, slot, u), dr * gate_slope(e, r));
        store(dseen + u, e.dropped ? d * r : load(dh_row + u) + d * r);
        store(reset_h + u, r * old);
      });
    }
  }
};

// Reset after the product. All products of a step are made at once; that of the state for the candidate goes to a block
// of its own, `inside`, which r multiplies and which backward reads.
template <class T>
struct GruAfter {
  static void forward(const ForwardStep<T>& s, const Team& team) {
    in_turns(s, [&](Units units) {
      project(s, units, 0, 2, true, s.seen);
      project(s, units, 2, 1, true, static_cast<const T*>(nullptr));
      project(s, units, 3, 1, false, s.seen);
      open_gates(s, units);
      blend(s, units);
    });
    team.meet();  // the next step reads the state of all units
  }

  static void backward(const BackwardStep<T>& s, const Team& team) {
    if (s.dgates) gradients<true>(s);
    else gradients<false>(s);
    to_products(s, 0, 2, true, true), to_products(s, 2, 1, true, false), to_products(s, 3, 1, false, true);
    team.meet();  // the product to the state reads the gradients of all units' sums
    const Part<T> parts[2] = {sums_part(s, 0, 2), sums_part(s, 3, 1)};
    to_seen(s, parts, 2, Start::zero);
  }

  // What lies before the product back, see single_backward.h.
  template <int>
  static void slopes(const BackwardStep<T>& s) {
    gradients<false>(s);
  }

 private:
  // r and z, and the candidate's sum from its two products.
  static void open_gates(const ForwardStep<T>& s, Units units) {
    const StepExtras<T> e = s.extras;
    const int64_t P = s.sizes.layout.padded, inside = s.sizes.layout.h_block[2];
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T* gates = s.gates + s.gate_rows[slot];
      for (int64_t u = units.begin; u < units.end; u += LANES<T>) {
        const Vec<T> r = gate(e, load(gates + u)), z = gate(e, load(gates + P + u));
        store(gates + 2 * P + u, load(gates + 2 * P + u) + r * load(gates + inside + u));
        store(gates + P + u, z);
        if (s.keep) store(gates + u, r);
      }
    }
  }

  // The gradients of all sums; dh becomes the part that goes straight to the old state.
  template <bool GIVEN>
  static void gradients(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded, inside = s.sizes.layout.h_block[2];
    const Share<T> share(s.update_is_state);
    const StepExtras<T> e = s.extras;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      T* dh_row = s.dh + s.state_rows[slot];
      const int64_t h_row = e.rows[slot] * e.h_row;
      each_vector<T>(s.own.begin, s.own.end, H, [&](int64_t u, auto edge) {
        const Vec<T> r = load(gates + u), z = load(gates + P + u), n = load(gates + 2 * P + u), w = share.of(z);
        Vec<T> dh = output_gradient(s, slot, u, edge);
        const Vec<T> still = straight(e.still_h, h_row + u, edge, &dh), old = edge.load(s.h_before[slot] + u);
        const Vec<T> dz = with_given<GIVEN>(s, slot, P + u, in_block<T>(edge), share.sign * dh * (n - old));
        const Vec<T> dn = with_given<GIVEN>(s, slot, 2 * P + u, in_block<T>(edge), dh * w) * tanh_slope<T>(n);
        const Vec<T> dr = with_given<GIVEN>(s, slot, u, in_block<T>(edge), dn * load(gates + inside + u));
        store(sum_at(s, slot, u), dr * gate_slope(e, r));
        store(sum_at(s, slot, P + u), dz * gate_slope(e, z));
        store(sum_at(s, slot, 2 * P + u), dn);
        store(sum_at(s, slot, inside + u), dn * r);
        store(dh_row + u, dh - dh * w + still);
      });
    }
  }
};

}  // namespace gatewise::GATEWISE_SET

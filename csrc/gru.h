// GRU: r, z = sigmoid of the sums; the candidate n sees r * h before its product (textbook), or r times the product
// (torch, cuDNN); h = (1 - w) * h + w * n with w = z, or w = 1 - z where z weighs the old state.
#pragma once

#include "step.h"

namespace gatewise::GATEWISE_SET {

// The share w of the candidate as offset + sign * z.
template <class T>
struct Share {
  T offset, sign;
  explicit Share(bool update_is_state) : offset(update_is_state ? 1 : 0), sign(update_is_state ? -1 : 1) {}
  Vec<T> of(Vec<T> z) const { return offset + sign * z; }
};

template <class T>
struct GruBefore {
  static void forward(const ForwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    const Share<T> share(s.update_is_state);
    project(s, 0, s.sizes.gates_end, true, s.h);
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h = s.h + s.state_rows[slot], *reset_h = s.reset_h + s.state_rows[slot];
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> r = sigmoid<T>(load(gates + u)), z = sigmoid<T>(load(gates + P + u));
        store(reset_h + u, r * load(h + u));
        store(gates + P + u, z);
        if (s.keep) store(gates + u, r);
      }
    }
    project(s, s.sizes.gates_end, s.sizes.end, true, static_cast<const T*>(s.reset_h));
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h = s.h + s.state_rows[slot], *y = s.y + s.y_rows[slot];
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> z = load(gates + P + u), n = tanh<T>(load(gates + 2 * P + u)), old = load(h + u);
        const Vec<T> out = old + share.of(z) * (n - old);
        store(h + u, out);
        store_row(y, u, H, out);
        if (s.keep) store(gates + 2 * P + u, n);
      }
    }
  }

  static void backward(const BackwardStep<T>& s) {
    candidate_and_update(s);
    const Part<T> candidate = sums_part(s, s.sizes.gates_end, s.sizes.end, s.packed.to_state);
    multiply(&candidate, 1, s.active, 0, s.sizes.hidden_panels(),
             {s.dreset_h, s.state_rows, nullptr, Start::zero, Finish::store});
    reset(s);
    const Part<T> both = sums_part(s, 0, s.sizes.gates_end, s.packed.to_state);
    multiply(&both, 1, s.active, 0, s.sizes.hidden_panels(),
             {s.dh, s.state_rows, nullptr, Start::given, Finish::store});
  }

 private:
  static void candidate_and_update(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    const Share<T> share(s.update_is_state);
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      T* dh_row = s.dh + s.state_rows[slot];
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> z = load(gates + P + u), n = load(gates + 2 * P + u), w = share.of(z);
        const Vec<T> dh = output_gradient(s, slot, u), old = load_row(s.h_before[slot], u, H);
        const Vec<T> dz = share.sign * dh * (n - old) + gate_gradient(s, slot, P + u);
        const Vec<T> dn = dh * w + gate_gradient(s, slot, 2 * P + u);
        store(sum_at(s, slot, P + u), dz * sigmoid_slope<T>(z));
        store(sum_at(s, slot, 2 * P + u), dn * tanh_slope<T>(n));
        store(dh_row + u, dh - dh * w);
      }
    }
  }

  static void reset(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded;
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T *gates = s.gates + s.gate_rows[slot], *dreset_h = s.dreset_h + s.state_rows[slot];
      T *dh_row = s.dh + s.state_rows[slot], *reset_h = s.reset_h + s.state_rows[slot];
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> r = load(gates + u), old = load_row(s.h_before[slot], u, H), d = load(dreset_h + u);
        const Vec<T> dr = d * old + gate_gradient(s, slot, u);
        store(sum_at(s, slot, u), dr * sigmoid_slope<T>(r));
        store(dh_row + u, load(dh_row + u) + d * r);
        store(reset_h + u, r * old);
      }
    }
  }
};

template <class T>
struct GruAfter {
  static void forward(const ForwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded, inside = s.sizes.layout.h_block[2];
    const Share<T> share(s.update_is_state);
    project(s, 0, s.sizes.gates_end, true, s.h);
    project(s, s.sizes.gates_end, s.sizes.x_end, true, static_cast<const T*>(nullptr));
    project(s, s.sizes.x_end, s.sizes.end, false, s.h);
    for (int64_t slot = 0; slot < s.active; ++slot) {
      T *gates = s.gates + s.gate_rows[slot], *h = s.h + s.state_rows[slot], *y = s.y + s.y_rows[slot];
      // In two loops, as in the LSTM: the candidate waits for the reset gate.
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> r = sigmoid<T>(load(gates + u)), z = sigmoid<T>(load(gates + P + u));
        store(gates + 2 * P + u, load(gates + 2 * P + u) + r * load(gates + inside + u));
        store(gates + P + u, z);
        if (s.keep) store(gates + u, r);
      }
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> z = load(gates + P + u), n = tanh<T>(load(gates + 2 * P + u)), old = load(h + u);
        const Vec<T> out = old + share.of(z) * (n - old);
        store(h + u, out);
        store_row(y, u, H, out);
        if (s.keep) store(gates + 2 * P + u, n);
      }
    }
  }

  static void backward(const BackwardStep<T>& s) {
    const int64_t H = s.sizes.hidden, P = s.sizes.layout.padded, inside = s.sizes.layout.h_block[2];
    const Share<T> share(s.update_is_state);
    for (int64_t slot = 0; slot < s.active; ++slot) {
      const T* gates = s.gates + s.gate_rows[slot];
      T* dh_row = s.dh + s.state_rows[slot];
      for (int64_t u = 0; u < P; u += LANES<T>) {
        const Vec<T> r = load(gates + u), z = load(gates + P + u), n = load(gates + 2 * P + u), w = share.of(z);
        const Vec<T> dh = output_gradient(s, slot, u), old = load_row(s.h_before[slot], u, H);
        const Vec<T> dz = share.sign * dh * (n - old) + gate_gradient(s, slot, P + u);
        const Vec<T> dn = (dh * w + gate_gradient(s, slot, 2 * P + u)) * tanh_slope<T>(n);
        const Vec<T> dr = dn * load(gates + inside + u) + gate_gradient(s, slot, u);
        store(sum_at(s, slot, u), dr * sigmoid_slope<T>(r));
        store(sum_at(s, slot, P + u), dz * sigmoid_slope<T>(z));
        store(sum_at(s, slot, 2 * P + u), dn);
        store(sum_at(s, slot, inside + u), dn * r);
        store(dh_row + u, dh - dh * w);
      }
    }
    const Part<T> parts[2] = {sums_part(s, 0, s.sizes.gates_end, s.packed.to_state),
                              sums_part(s, s.sizes.x_end, s.sizes.end, s.packed.to_state)};
    multiply(parts, 2, s.active, 0, s.sizes.hidden_panels(),
             {s.dh, s.state_rows, nullptr, Start::given, Finish::store});
  }
};

}  // namespace gatewise::GATEWISE_SET

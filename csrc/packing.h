// Where the gate blocks lie, and weights packed for the products of one model.
#pragma once

#include "gemm.h"

namespace gatewise::GATEWISE_SET {

template <class T>
static Layout layout(Cell cell, int64_t hidden, bool normed) {
  const int64_t padded = up_to(hidden, LANES<T>);
  Layout l{cell == Cell::lstm ? 4 : cell == Cell::rnn ? 1 : 3, padded, 0, 0, {}, {}, {}, {}};
  for (int64_t g = 0; g < l.blocks; ++g) l.x_block[g] = l.h_block[g] = g * padded;
  // The state's product inside the reset of the reset-after GRU begins with a panel of its own.
  if (cell == Cell::gru_after) l.h_block[2] = up_to(3 * padded, PANEL<T>);
  l.width = up_to(l.h_block[l.blocks - 1] + padded, PANEL<T>);
  const int64_t each = up_to(l.blocks * padded, PANEL<T>);
  for (int64_t g = 0; g < l.blocks; ++g) {
    l.x_product[g] = normed ? l.width + g * padded : l.x_block[g];
    l.h_product[g] = normed ? l.width + each + g * padded : l.h_block[g];
  }
  l.products = normed ? 2 * each : 0;
  return l;
}

// From one panel to another.
struct Span {
  int64_t begin, end;
};

// Sizes of one problem in the units of the kernels.
template <class T>
struct Sizes {
  Layout layout;
  int64_t inputs, hidden, state;  // state: stride of scratch rows of h, whole panels
  int64_t half_inputs, half_state;  // see `half_panel`
  int64_t columns;                // of the packed weights, and of the gradients of the sums
  int64_t kept;                   // gate blocks of a row of `gates`; the reset-after GRU's last lies inside the reset
  bool whole_panels;              // whether every gate block begins and ends with a panel
  bool normed;

  explicit Sizes(const Shape& s)
      : layout(gatewise::GATEWISE_SET::layout<T>(s.cell, s.hidden, s.normed)),
        inputs(s.inputs),
        hidden(s.hidden),
        state(up_to(s.hidden, PANEL<T>)),
        half_inputs(half_panel<T>(s.inputs)),
        half_state(half_panel<T>(s.hidden)),
        columns(layout.columns()),
        kept(layout.blocks + (s.cell == Cell::gru_after ? 1 : 0)),
        whole_panels(layout.padded % PANEL<T> == 0),
        normed(s.normed) {}

  int64_t block(int64_t gate) const { return gate < layout.blocks ? layout.x_block[gate] : layout.h_block[2]; }
  int64_t of_weights(int64_t gate) const { return gate < layout.blocks ? gate : 2; }

  // Where the products of the blocks `gate` to `gate + count` are summed.
  Span x_span(int64_t gate, int64_t count) const { return span(layout.x_product[gate], count); }
  Span h_span(int64_t gate, int64_t count) const {
    return span(normed ? layout.h_product[of_weights(gate)] : block(gate), count);
  }

  // The panel that `products` begin with.
  int64_t first_product() const { return layout.width / PANEL<T>; }

  // The gate blocks `gate` to `gate + count` of the units `begin` to `end`.
  Panels panels(int64_t begin, int64_t end, int64_t gate, int64_t count) const {
    const Span all = span(block(gate), count);
    // Blocks that share panels are done together, for all units.
    if (!whole_panels) return Panels::range(all.begin, gate + count == kept ? span(block(kept - 1), 1).end : all.end);
    return {(block(gate) + begin) / PANEL<T>, (end - begin) / PANEL<T> * count, count, layout.padded / PANEL<T>};
  }
  Panels x_panels(int64_t begin, int64_t end, int64_t gate, int64_t count) const {
    return normed ? range(x_span(gate, count)) : panels(begin, end, gate, count);
  }
  Panels h_panels(int64_t begin, int64_t end, int64_t gate, int64_t count) const {
    return normed ? range(h_span(gate, count)) : panels(begin, end, gate, count);
  }
  int64_t hidden_panels() const { return state / PANEL<T>; }
  int64_t input_panels() const { return up_to(inputs, PANEL<T>) / PANEL<T>; }

 private:
  Span span(int64_t first, int64_t count) const {
    return {up_to(first, PANEL<T>) / PANEL<T>, up_to(first + count * layout.padded, PANEL<T>) / PANEL<T>};
  }
  static Panels range(Span s) { return Panels::range(s.begin, s.end); }
};

// Forward: inputs (k over I) and state (k over H) by columns. Backward: columns (k over all of them) by state, and by
// inputs.
template <class T>
struct Packed {
  T *bias, *inputs, *state, *to_state, *to_inputs;

  static int64_t forward_size(const Sizes<T>& s) { return s.columns * (1 + s.inputs + s.hidden); }
  static int64_t backward_size(const Sizes<T>& s) {
    return s.columns * (s.hidden_panels() + s.input_panels()) * PANEL<T>;
  }
  static Packed at(T* memory, const Sizes<T>& s) {
    Packed p;
    p.bias = memory;
    p.inputs = p.bias + s.columns;
    p.state = p.inputs + s.columns * s.inputs;
    p.to_state = p.state + s.columns * s.hidden;
    p.to_inputs = p.to_state + s.columns * s.hidden_panels() * PANEL<T>;
    return p;
  }
};

// Element (k, n) of a packed matrix of `depth` rows.
template <class T>
GATEWISE_INLINE int64_t packed_at(int64_t k, int64_t n, int64_t depth) {
  return n / PANEL<T> * depth * PANEL<T> + k * PANEL<T> + n % PANEL<T>;
}

// weight (G·H, depth) -> packed, columns where the blocks lie, k over depth.
template <class T>
static void pack_forward(const T* weight, int64_t hidden, int64_t depth, const Layout& l, const int64_t* block,
                         T* packed) {
  constexpr int64_t L = LANES<T>;
  zero(packed, l.columns() * depth);
  for (int64_t g = 0; g < l.blocks; ++g) {
    for (int64_t u = 0; u < hidden; u += L) {
      copy_transposed(weight + (g * hidden + u) * depth, depth, u + L < hidden ? L : hidden - u, depth,
                      packed + packed_at<T>(0, block[g] + u, depth), PANEL<T>);
    }
  }
}

// weight (G·H, columns) -> packed, k over all columns.
template <class T>
static void pack_backward(const T* weight, int64_t hidden, int64_t columns, const Layout& l, const int64_t* block,
                          T* packed) {
  zero(packed, l.columns() * up_to(columns, PANEL<T>));
  for (int64_t n = 0; n < columns; n += PANEL<T>) {
    const int64_t count = columns - n < PANEL<T> ? columns - n : PANEL<T>;
    for (int64_t g = 0; g < l.blocks; ++g) {
      for (int64_t u = 0; u < hidden; ++u) {
        const T* row = weight + (g * hidden + u) * columns + n;
        __builtin_memcpy(packed + packed_at<T>(block[g] + u, n, l.columns()), row, size_t(count) * sizeof(T));
      }
    }
  }
}

template <class T>
static void pack_bias(const T* bias_ih, const T* bias_hh, int64_t hidden, const Layout& l, T* packed) {
  zero(packed, l.width);
  for (int64_t g = 0; g < l.blocks; ++g) {
    for (int64_t u = 0; u < hidden; ++u) {
      if (bias_ih) packed[l.x_block[g] + u] += bias_ih[g * hidden + u];
      if (bias_hh) packed[l.h_block[g] + u] += bias_hh[g * hidden + u];
    }
  }
}

// The weights of one model out of several.
template <class T>
static Weights<T> of_model(const Weights<T>& w, const Shape& s, int64_t blocks, int64_t model) {
  const int64_t rows = model * blocks * s.hidden;
  return {w.weight_ih + rows * s.inputs, w.weight_hh + rows * s.hidden, w.bias_ih ? w.bias_ih + rows : nullptr,
          w.bias_hh ? w.bias_hh + rows : nullptr};
}

template <class T>
static void pack_for_forward(const Sizes<T>& s, const Weights<T>& w, const Packed<T>& p) {
  pack_bias(w.bias_ih, w.bias_hh, s.hidden, s.layout, p.bias);
  pack_forward(w.weight_ih, s.hidden, s.inputs, s.layout, s.layout.x_product, p.inputs);
  pack_forward(w.weight_hh, s.hidden, s.hidden, s.layout, s.layout.h_product, p.state);
}

template <class T>
static void pack_for_backward(const Sizes<T>& s, const Weights<T>& w, const Packed<T>& p, bool inputs) {
  pack_backward(w.weight_hh, s.hidden, s.hidden, s.layout, s.layout.h_product, p.to_state);
  if (inputs) pack_backward(w.weight_ih, s.hidden, s.inputs, s.layout, s.layout.x_product, p.to_inputs);
}

}  // namespace gatewise::GATEWISE_SET

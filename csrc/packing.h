// The layout of the gate blocks, and the weights of one model packed for products.
//
// A layer's weights are packed once a call, since each step of the sequence then reads them as its tiles need them.
#pragma once

#include "gemm.h"

namespace gatewise::GATEWISE_SET {

// The Layout of contract.h in vectors and panels of this instruction set.
template <class T>
static Layout layout(Cell cell, int64_t hidden, bool normed) {
  // The four blocks of an LSTM are summed together. So they lie without gaps where these would fill whole vectors, and
  // where the set can load and store what is left of a block, see `in_block`.
  const int64_t whole = up_to(hidden, LANES<T>);
  const bool dense = MASKED && cell == Cell::lstm && !normed && up_to(4 * hidden, LANES<T>) < 4 * whole;
  const int64_t padded = dense ? hidden : whole;
  Layout l{cell == Cell::lstm ? 4 : cell == Cell::rnn ? 1 : 3, padded, 0, 0, {}, {}, {}, {}};
  for (int64_t g = 0; g < l.blocks; ++g) l.x_block[g] = l.h_block[g] = g * padded;
  // The candidate's product of the state, inside the reset of the reset-after GRU, begins a panel of its own: it has no
  // part of the inputs, so a panel that it shared with the blocks before would need two kinds of products.
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

// Loads and stores within a gate block, given the edge at the same place of a row of H numbers: whole vectors where the
// blocks are padded, and with MASKED no more than H numbers, since there the next block may begin behind them.
template <class T, class Edge>
GATEWISE_INLINE auto in_block(Edge edge) {
  if constexpr (MASKED) return edge;
  else return Whole<T>{};
}

// The panels `begin` to `end`, the last one not counted.
struct Span {
  int64_t begin, end;
};

// Sizes of one problem in vectors and panels. A "gate" below is the number of a block in a row of `gates`: 0 to G - 1,
// and 3 for the state's product inside the reset of the reset-after GRU, which shares the weights of block 2.
template <class T>
struct Sizes {
  Layout layout;
  int64_t inputs, hidden, state;  // state: numbers from one scratch row of h to the next, whole panels
  int64_t columns;                // columns of the packed weights, and of the gradients of the sums
  int64_t kept;                   // blocks in a row of `gates`: G, and one more for the reset-after GRU
  bool whole_panels;              // whether every gate block begins and ends with a panel
  bool normed;

  explicit Sizes(const Shape& s)
      : layout(gatewise::GATEWISE_SET::layout<T>(s.cell, s.hidden, s.normed)),
        inputs(s.inputs),
        hidden(s.hidden),
        state(up_to(s.hidden, PANEL<T>)),
        columns(layout.columns()),
        kept(layout.blocks + (s.cell == Cell::gru_after ? 1 : 0)),
        whole_panels(layout.padded % PANEL<T> == 0),
        normed(s.normed) {}

  // The first column of a block in `gates`, and the number of the weights' block that belongs to it.
  int64_t block(int64_t gate) const { return gate < layout.blocks ? layout.x_block[gate] : layout.h_block[2]; }
  int64_t of_weights(int64_t gate) const { return gate < layout.blocks ? gate : 2; }

  // The panels in which the products of the blocks `gate` to `gate + count` are summed, of all units.
  Span x_span(int64_t gate, int64_t count) const { return span(layout.x_product[gate], count); }
  Span h_span(int64_t gate, int64_t count) const {
    return span(normed ? layout.h_product[of_weights(gate)] : block(gate), count);
  }

  // The number of the first panel of `products`.
  int64_t first_product() const { return layout.width / PANEL<T>; }

  // The panels of the units `begin` to `end` in the gate blocks `gate` to `gate + count`.
  Panels panels(int64_t begin, int64_t end, int64_t gate, int64_t count) const {
    const Span all = span(block(gate), count);
    // Where H does not fill whole panels, neighbouring blocks share one, so all units are computed at once. A group of
    // blocks that a cell computes together begins with a panel all the same, for it stands behind none or two others.
    if (!whole_panels) {
      const int64_t last = block(gate + count - 1) + layout.padded;
      return Panels::range(all.begin, up_to(last, PANEL<T>) / PANEL<T>, half_panel<T>(last));
    }
    return {(block(gate) + begin) / PANEL<T>, (end - begin) / PANEL<T> * count, count, layout.padded / PANEL<T>, -1};
  }
  Panels x_panels(int64_t begin, int64_t end, int64_t gate, int64_t count) const {
    return normed ? range(x_span(gate, count)) : panels(begin, end, gate, count);
  }
  Panels h_panels(int64_t begin, int64_t end, int64_t gate, int64_t count) const {
    return normed ? range(h_span(gate, count)) : panels(begin, end, gate, count);
  }
  // Those of all columns, products too.
  Panels all_panels(int64_t begin, int64_t end) const {
    return whole_panels && !normed ? panels(begin, end, 0, kept) : Panels::range(0, columns / PANEL<T>);
  }
  // The panels of a gradient of the state that hold the units `begin` to `end`.
  Panels state_panels(int64_t begin, int64_t end) const {
    return Panels::range(begin / PANEL<T>, up_to(end, PANEL<T>) / PANEL<T>, half_panel<T>(hidden));
  }
  int64_t hidden_panels() const { return state / PANEL<T>; }
  int64_t input_panels() const { return up_to(inputs, PANEL<T>) / PANEL<T>; }

 private:
  Span span(int64_t first, int64_t count) const {
    return {up_to(first, PANEL<T>) / PANEL<T>, up_to(first + count * layout.padded, PANEL<T>) / PANEL<T>};
  }
  static Panels range(Span s) { return Panels::range(s.begin, s.end); }
};

// Where the packed weights of a model lie in one piece of memory. Forward multiplies inputs (k over I) and state (k
// over H) into the columns of the gates. Backward multiplies the gradients of these columns (k over the columns) back
// into the state and the inputs, so it needs the same weights with rows and columns exchanged. A forward pass has the
// first three arrays alone, a backward pass the last two.
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

// The place of element (k, n) in a packed matrix of `depth` rows.
template <class T>
GATEWISE_INLINE int64_t packed_at(int64_t k, int64_t n, int64_t depth) {
  return n / PANEL<T> * depth * PANEL<T> + k * PANEL<T> + n % PANEL<T>;
}

// Packs a weight (G·H, depth) for forward: k over depth, unit u of gate g at column block[g] + u. All other columns,
// the padding, are 0, so that sums in them stay 0 and cannot become NaN.
template <class T>
static void pack_forward(const T* weight, int64_t hidden, int64_t depth, const Layout& l, const int64_t* block,
                         T* packed) {
  constexpr int64_t L = LANES<T>;
  zero(packed, l.columns() * depth);
  for (int64_t g = 0; g < l.blocks; ++g) {
    for (int64_t u = 0, count; u < hidden; u += count) {
      const int64_t column = block[g] + u;
      count = L - column % L < hidden - u ? L - column % L : hidden - u;  // no further than a vector of the panel
      copy_transposed(weight + (g * hidden + u) * depth, depth, count, depth,
                      packed + packed_at<T>(0, column, depth), PANEL<T>);
    }
  }
}

// Packs a weight (G·H, columns) for backward: k over the gates' columns, panels over `columns`, the inputs or the
// state.
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

// Packs the biases, from which the sums begin. Where inputs and state share a column their biases are added here, once;
// inside the reset of the reset-after GRU bias_hh stays by itself.
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

// The weights of one model of several.
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

// `inputs`: whether gradients of the inputs are wanted.
template <class T>
static void pack_for_backward(const Sizes<T>& s, const Weights<T>& w, const Packed<T>& p, bool inputs) {
  pack_backward(w.weight_hh, s.hidden, s.hidden, s.layout, s.layout.h_product, p.to_state);
  if (inputs) pack_backward(w.weight_ih, s.hidden, s.inputs, s.layout, s.layout.x_product, p.to_inputs);
}

}  // namespace gatewise::GATEWISE_SET

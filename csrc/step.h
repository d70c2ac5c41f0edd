// One time step of a block of rows: the arrays that a cell is given, and the products that all cells share.
//
// The slots that run at this step are numbered 0 to `active`; an array of offsets says where each of them lies.
//
// A block may be shared by a team of threads. Each member has hidden units of its own: it alone writes their columns of
// the gates, of the state and of the gradients, and it reads the state of all units. The new state is therefore written
// beside the old one, which other members still read, and the members wait for each other (Team::meet) before they read
// what others wrote.
#pragma once

#include "extras.h"
#include "norm.h"
#include "packing.h"
#include "parallel.h"
#include "unpacked.h"

namespace gatewise::GATEWISE_SET {

constexpr int64_t BLOCK_ROWS = 64;  // the most rows in a block: one bit of a word for each

// The hidden units `begin` to `end`, which fill whole panels, or all units.
struct Units {
  int64_t begin, end;
};

// The arrays of one step forward; the numbers of slot s begin at base + rows[s].
template <class T>
struct ForwardStep {
  const Sizes<T>& sizes;
  const Packed<T>& packed;
  Units own;                         // the units of this member of the team
  int64_t active;                    // the number of slots that run
  bool update_is_state;
  bool keep;                         // whether all activations are written back to `gates`, for backward
  bool inputs_done;                  // whether `gates` already holds the bias and the inputs' product
  const T* x;
  const int64_t* x_rows;
  T* y;
  const int64_t* y_rows;
  T* gates;                          // first the sums, then the activations in their place
  const int64_t* gate_rows;
  T* cells;                          // where cell states are kept, or null
  const int64_t* cell_rows;
  T* products;                       // with layer norm
  const int64_t* product_rows;
  const T *h, *seen;                 // scratch: the state before, and that after recurrent dropout, for the products
  T *h_next, *c, *reset_h;           // scratch: the state after; the cell state, before and after; r * h of a GRU
  const int64_t* state_rows;
  Stream* stream;                    // what to prefetch for the next step, or null
  StepExtras<T> extras;
  const Weights<T>* unpacked = nullptr;  // the weights as they lie, where a few rows read them in place of `packed`
};

// The arrays of one step backward.
template <class T>
struct BackwardStep {
  const Sizes<T>& sizes;
  const Packed<T>& packed;
  Units own;
  int64_t active;
  bool update_is_state;
  const T* gates;
  const int64_t* gate_rows;
  const T* cells;
  const int64_t* cell_rows;
  const T* products;
  const int64_t* product_rows;
  const T* const* h_before;          // for each slot the state before the step, H numbers
  const T* const* seen_before;       // the same after recurrent dropout, as the products saw it
  const T* const* c_before;
  const T* dy;                       // or null
  const int64_t* dy_rows;
  const T *dgates, *dcells;          // the caller's gradients of the kept gates and cell states, or null
  T *dh, *dc;                        // scratch: gradients of the state after the step, overwritten by those before it
  T* spare;                          // scratch: gradient of r * h in the reset-before GRU, tanh(c) in the LSTM
  T* reset_h;                        // scratch: r * h in the reset-before GRU, for the weight gradients; in an LSTM
                                     // with extras the gradient of the cell state before zoneout
  const int64_t* state_rows;
  T* sums;                           // scratch: gradients of the sums, a row of Sizes::columns for each slot
  const int64_t* sum_rows;
  Stream* stream;                    // what to prefetch for the next step back, or null
  StepExtras<T> extras;
};

// Calls work(units) for a few of the own units after the other, so that the activations find the sums of these units in
// the first-level cache. With few rows all units go at once, for their product then takes several panels at a time.
template <class T, class F>
GATEWISE_INLINE void in_turns(const ForwardStep<T>& s, F work) {
  constexpr int64_t SUMS = 64;  // rows times panels at a time: with AVX2 4 KB in each gate block
  if (!s.sizes.whole_panels || s.sizes.normed || s.active * 4 <= TILE_ROWS) return work(s.own);
  const int64_t rows = s.active < 1 ? 1 : s.active, turn = (SUMS / rows < 1 ? 1 : SUMS / rows) * PANEL<T>;
  for (int64_t u = s.own.begin; u < s.own.end; u += turn) {
    work(Units{u, u + turn < s.own.end ? u + turn : s.own.end});
  }
}

// The two summands of a gate's sum: inputs and state times their weights.
template <class T>
static Part<T> inputs_part(const ForwardStep<T>& s) {
  return {s.x, s.x_rows, 1, s.sizes.inputs, 1, 0, s.packed.inputs, s.packed.input_panel};
}
template <class T>
static Part<T> state_part(const ForwardStep<T>& s, const T* state) {
  return {state, s.state_rows, 1, s.sizes.hidden, 1, 0, s.packed.state, s.packed.state_panel};
}

// With layer norm: one product of all units, written to `products`, whose first column is number Layout::width.
template <class T>
static void multiply_products(const Sizes<T>& sizes, Part<T> part, int64_t rows, Span span, T* products,
                              const int64_t* product_rows) {
  const int64_t first = sizes.first_product();
  part.b += first * part.panel;
  multiply(&part, 1, rows, Panels::range(span.begin - first, span.end - first),
           {products, product_rows, nullptr, Start::zero, Finish::store});
}

// As `project`, but each of the two products is normalised before they are added. It takes all units, since the mean is
// one over all of them.
template <class T>
static void project_normed(const ForwardStep<T>& s, int64_t gate, int64_t count, bool inputs, const T* state) {
  const Sizes<T>& z = s.sizes;
  const auto product = [&](const Part<T>& part, Span span) {
    multiply_products(z, part, s.active, span, s.products, s.product_rows);
  };
  if (inputs && !s.inputs_done) product(inputs_part(s), z.x_span(gate, count));
  if (state) product(state_part(s, state), z.h_span(gate, count));
  const int64_t H = z.hidden, P = z.layout.padded, weights = z.of_weights(gate);
  const T *of_inputs = s.extras.gains + weights * H, *of_state = of_inputs + z.layout.blocks * H;
  for (int64_t slot = 0; slot < s.active; ++slot) {
    T* sums = s.gates + s.gate_rows[slot] + z.block(gate);
    const T* products = s.products + s.product_rows[slot];
    const T* raw[2] = {inputs ? products + z.layout.x_product[weights] - z.layout.width : nullptr,
                       state ? products + z.layout.h_product[weights] - z.layout.width : nullptr};
    add_normed<T>(s.packed.bias + z.block(gate), raw, {of_inputs, of_state}, count, H, P, sums);
  }
}

// As `project`, for a few rows, from the weights as they lie.
template <class T>
static void project_unpacked(const ForwardStep<T>& s, Units units, int64_t gate, int64_t count, bool inputs,
                             const T* state) {
  const Sizes<T>& z = s.sizes;
  const int64_t H = z.hidden;
  for (int64_t g = gate; g < gate + count; ++g) {
    const int64_t row = z.of_weights(g) * H, block = z.block(g);
    Unpacked<T> parts[2];
    int wanted = 0;
    if (inputs) parts[wanted++] = {s.x, s.x_rows, z.inputs, s.unpacked->weight_ih + row * z.inputs};
    if (state) parts[wanted++] = {state, s.state_rows, H, s.unpacked->weight_hh + row * H};
    multiply_unpacked<T, FEW_UNPACKED>(parts, wanted, s.active, units.begin, units.end, H,
                                       z.layout.padded % LANES<T> != 0, s.packed.bias + block, s.gates + block,
                                       s.gate_rows);
  }
}

// Computes the sums of the gate blocks `gate` to `gate + count` for some units: the bias, the inputs' product if
// `inputs`, and the product of `state` if it is not null. With layer norm these blocks are normalised together.
template <class T>
static void project(const ForwardStep<T>& s, Units units, int64_t gate, int64_t count, bool inputs, const T* state) {
  if (s.sizes.normed) return project_normed(s, gate, count, inputs, state);
  if (s.unpacked) return project_unpacked(s, units, gate, count, inputs, state);
  Part<T> parts[2];
  int wanted = 0;
  if (inputs && !s.inputs_done) parts[wanted++] = inputs_part(s);
  if (state) parts[wanted++] = state_part(s, state);
  if (wanted == 0) return;
  const Start start = inputs && s.inputs_done ? Start::given : Start::bias;
  multiply(parts, wanted, s.active, s.sizes.panels(units.begin, units.end, gate, count),
           {s.gates, s.gate_rows, s.packed.bias, start, Finish::store, s.keep && !s.stream && start == Start::bias,
            s.stream});
}

// The gradients of the state's products in the blocks `gate` to `gate + count`, as left factor of the product that
// leads back to the state. Each block is a run of the Part.
template <class T>
static Part<T> sums_part(const BackwardStep<T>& s, int64_t gate, int64_t count) {
  const Layout& l = s.sizes.layout;
  const int64_t first = s.sizes.normed ? l.h_product[s.sizes.of_weights(gate)] : s.sizes.block(gate);
  return {s.sums + first, s.sum_rows, 1, l.padded, count, l.padded, s.packed.to_state + first * PANEL<T>,
          s.sizes.columns * PANEL<T>};
}

// Writes the products `parts`, a gradient of the state, to the own columns of `gradient`: in place of what is there, or
// added to it (Start::given).
template <class T>
static void to_state(const BackwardStep<T>& s, const Part<T>* parts, int count, T* gradient, Start start) {
  multiply(parts, count, s.active, s.sizes.state_panels(s.own.begin, s.own.end),
           {gradient, s.state_rows, nullptr, start, Finish::store, false, s.stream});
}

// Adds the products `parts` to the gradient of the state `dh`. With recurrent dropout they are gradients of the state
// after dropout: they are made in `s.spare`, which begins as `spare` says, and are multiplied by the factors of the
// dropout on their way to `dh`.
template <class T>
static void to_seen(const BackwardStep<T>& s, const Part<T>* parts, int count, Start spare) {
  if (!s.extras.dropped) return to_state(s, parts, count, s.dh, Start::given);
  to_state(s, parts, count, s.spare, spare);
  for (int64_t slot = 0; slot < s.active; ++slot) {
    const T *dropped = s.extras.dropped + s.extras.rows[slot] * s.sizes.hidden, *seen = s.spare + s.state_rows[slot];
    T* dh = s.dh + s.state_rows[slot];
    each_vector<T>(s.own.begin, s.own.end, s.sizes.hidden, [&](int64_t u, auto edge) {
      store(dh + u, load(dh + u) + edge.load(dropped + u) * load(seen + u));
    });
  }
}

// The place of a slot's gradient of the sum in a column.
template <class T>
GATEWISE_INLINE T* sum_at(const BackwardStep<T>& s, int64_t slot, int64_t column) {
  return s.sums + s.sum_rows[slot] + column;
}

// With layer norm: computes the gradients of the products of blocks that are normalised together from those of their
// sums, for the product of the inputs, of the state or both.
template <class T>
static void to_products(const BackwardStep<T>& s, int64_t gate, int64_t count, bool inputs, bool state) {
  const Sizes<T>& z = s.sizes;
  if (!z.normed) return;
  const int64_t H = z.hidden, P = z.layout.padded, weights = z.of_weights(gate);
  for (int64_t slot = 0; slot < s.active; ++slot) {
    const auto product = [&](int64_t column, const T* gain) {
      through_norm<T>(s.products + s.product_rows[slot] + column - z.layout.width, gain, count, H, P,
                      sum_at(s, slot, z.block(gate)), advance(s.extras.gradients, column),
                      [&](int64_t at, Vec<T> d) { store(sum_at(s, slot, column + at), d); });
    };
    if (inputs) product(z.layout.x_product[weights], s.extras.gains + weights * H);
    if (state) product(z.layout.h_product[weights], s.extras.gains + (z.layout.blocks + weights) * H);
  }
}

// The gradient of h after the step: that from later steps, plus that of the output y.
template <class T, class Edge>
GATEWISE_INLINE Vec<T> output_gradient(const BackwardStep<T>& s, int64_t slot, int64_t u, Edge edge) {
  const Vec<T> dh = load(s.dh + s.state_rows[slot] + u);
  return s.dy ? dh + edge.load(s.dy + s.dy_rows[slot] + u) : dh;
}

// The gradient of a kept gate, plus the caller's gradient of it if gates were returned. GIVEN is a constant so that the
// usual case, without such gradients, has no branch.
template <bool GIVEN, class T, class Edge>
GATEWISE_INLINE Vec<T> with_given(const BackwardStep<T>& s, int64_t slot, int64_t column, Edge edge, Vec<T> gradient) {
  return GIVEN && s.dgates ? gradient + edge.load(s.dgates + s.gate_rows[slot] + column) : gradient;
}

}  // namespace gatewise::GATEWISE_SET

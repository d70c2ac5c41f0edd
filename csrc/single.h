// A pass over a sequence of one time step, on the caller's weights as they lie.
//
// A pass over a sequence packs all weights first, since every step reads them again. A sequence of one step reads them
// once, and copying them would take longer than the step. A few rows multiply by them where they lie (unpacked.h). With
// more rows forward packs the weights of a few units at a time and multiplies by them at once, while they are in the
// core's own cache. Backward needs no packed weights: a row of them holds the numbers that one gradient of a sum is
// multiplied by, side by side, and the gradients of the weights are written where the caller wants them, with no partial
// sums between.
//
// Every sum is made in the order that a longer sequence has: outputs, states and their gradients have the same bits.
#pragma once

#include "forward.h"

namespace gatewise::GATEWISE_SET {

// Whether a pass is one step of one model of the published cell, in which every row runs.
template <class T>
static bool is_single(const Forward<T>& f) {
  const Extras<T>& e = f.extras;
  const bool plain = e.hard_slope == 0 && !e.peepholes && !e.gains && !e.dropped && !e.still_h && !e.still_c;
  const bool every = !f.lengths && !f.mask && !f.reset;
  return f.shape.steps == 1 && f.shape.models == 1 && f.shape.rows > 0 && plain && every && !f.shape.normed;
}

// What all jobs of a pass forward share. `h` to `reset_h` are scratch, a row of `sizes.state` numbers for each row.
template <class T>
struct SingleForward {
  const Forward<T>& f;
  Sizes<T> sizes;
  bool few;                 // whether the weights are read unpacked
  int64_t turn;             // units that a job computes
  int64_t input_panel, state_panel;  // numbers from one packed panel of a job to the next
  T *bias, *h, *h_next, *c, *reset_h, *sums;

  SingleForward(const Forward<T>& f, T* memory, int threads)
      : f(f), sizes(f.shape), few(f.shape.rows <= FEW_UNPACKED) {
    // With few rows a product takes several panels at once: a cell of one gate has them from neighbouring units.
    if (few) turn = up_to((sizes.layout.padded + threads - 1) / threads, PANEL<T>);
    else turn = !sizes.whole_panels ? sizes.layout.padded : sizes.layout.blocks == 1 ? 4 * PANEL<T> : PANEL<T>;
    input_panel = pitch(sizes.inputs), state_panel = pitch(sizes.hidden);
    const int64_t states = f.shape.rows * sizes.state;
    bias = memory, h = bias + sizes.columns, h_next = h + states, c = h_next + states, reset_h = c + states;
    sums = reset_h + states;
  }
  static int64_t size(const Forward<T>& f) {
    const Sizes<T> sizes(f.shape);
    const int64_t sums = f.gates ? 0 : sizes.layout.width + PANEL<T>;
    return sizes.columns + f.shape.rows * (4 * sizes.state + sums);
  }
  int64_t gate_row() const { return sizes.layout.width + PANEL<T>; }
  int64_t jobs() const { return (sizes.layout.padded + turn - 1) / turn; }

  // How far apart panels are packed. Those of all units stand side by side; a job of one panel in each gate, which are
  // `between` panels apart, leaves no room for the others.
  int64_t pitch(int64_t depth) const {
    const int64_t between = sizes.layout.padded / PANEL<T>, whole = depth * PANEL<T>;
    return turn == PANEL<T> && sizes.whole_panels ? up_to((whole + between - 1) / between, 16) : whole;
  }
  // Numbers that a job's packed panels of a weight need.
  int64_t room(int64_t pitch) const {
    return (sizes.whole_panels && sizes.layout.blocks == 1 ? turn : sizes.columns) / PANEL<T> * pitch;
  }
};

// Packs a weight of the gates `gate` to `gate + count` for the units of a job; panel p begins at packed + p * pitch.
template <class T>
static void pack_units(const Sizes<T>& s, const T* weight, int64_t depth, const int64_t* block, Units own, int64_t gate,
                       int64_t count, T* packed, int64_t pitch) {
  constexpr int64_t L = LANES<T>;
  const auto place = [&](int64_t column) { return packed + column / PANEL<T> * pitch + column % PANEL<T>; };
  // The padding has to be 0, see `pack_forward`.
  if (!s.whole_panels) zero(packed, s.columns * depth);
  for (int64_t g = gate; g < gate + count; ++g) {
    for (int64_t u = own.begin; u < own.end && s.whole_panels && own.end > s.hidden; u += PANEL<T>) {
      zero(place(block[g] + u), depth * PANEL<T>);
    }
    const int64_t stop = own.end < s.hidden ? own.end : s.hidden;
    for (int64_t u = own.begin, units; u < stop; u += units) {
      const int64_t room = L - (block[g] + u) % L;  // no further than a vector of the panel
      units = room < stop - u ? room : stop - u;
      copy_transposed(weight + (g * s.hidden + u) * depth, depth, units, depth, place(block[g] + u), PANEL<T>);
    }
  }
}

// The parts of a cell's step that need all units of what came before; only the reset-before GRU has more than one.
template <class CellOf>
struct Parts {
  static constexpr int COUNT = 1;
  template <class T>
  static void forward(const ForwardStep<T>& s, int) {
    CellOf::forward(s, Team());
  }
  template <class T>
  static Span gates(const Sizes<T>& s, int) {
    return {0, s.layout.blocks};
  }
};

template <class T>
struct Parts<GruBefore<T>> {
  static constexpr int COUNT = 2;
  static void forward(const ForwardStep<T>& s, int part) {
    if (part == 0) GruBefore<T>::gates(s);
    else GruBefore<T>::candidate(s);
  }
  static Span gates(const Sizes<T>&, int part) { return part == 0 ? Span{0, 2} : Span{2, 3}; }
};

// Packs the weights that a part of a step needs of some units.
template <class T, class CellOf, int PART>
static void pack_job(const SingleForward<T>& call, Units own, Packed<T>& packed, Arena& arena) {
  const Forward<T>& f = call.f;
  const Sizes<T>& s = call.sizes;
  const Span gates = Parts<CellOf>::gates(s, PART);
  const int64_t first = own.begin / PANEL<T>, count = gates.end - gates.begin;
  packed.input_panel = call.input_panel, packed.state_panel = call.state_panel;
  packed.inputs = arena.take<T>(call.room(call.input_panel)) - first * call.input_panel;
  packed.state = arena.take<T>(call.room(call.state_panel)) - first * call.state_panel;
  pack_units(s, f.weights.weight_ih, s.inputs, s.layout.x_block, own, gates.begin, count, packed.inputs,
             packed.input_panel);
  pack_units(s, f.weights.weight_hh, s.hidden, s.layout.h_block, own, gates.begin, count, packed.state,
             packed.state_panel);
}

// One job of a part: takes the step of some units for all rows.
template <class T, class CellOf, int PART>
static void single_forward_job(void* context, int64_t job, Arena& arena) {
  const auto& call = *static_cast<const SingleForward<T>*>(context);
  const Forward<T>& f = call.f;
  const Sizes<T>& s = call.sizes;
  const int64_t begun = job * call.turn, stop = begun + call.turn;
  const Units own{begun, stop < s.layout.padded ? stop : s.layout.padded};
  Packed<T> packed{};
  packed.bias = call.bias;
  if (!call.few) pack_job<T, CellOf, PART>(call, own, packed, arena);
  // Where nothing is kept, sums and gates are scratch that the parts of a step share. A row has a panel more than it
  // needs, for rows a power of two apart compete for the same lines of the cache.
  for (int64_t begin = 0; begin < f.shape.rows; begin += BLOCK_ROWS) {
    const int64_t end = begin + BLOCK_ROWS < f.shape.rows ? begin + BLOCK_ROWS : f.shape.rows, at = begin * s.state;
    Places places(Rows{begin, end - begin}, s, f.x_strides.row, begin, f.y_strides.row, begin);
    if (!f.gates) places.gates = Offsets(begin, call.gate_row());
    places.take(all_slots(end - begin));
    const ForwardStep<T> step{s, packed, own, end - begin, f.shape.update_is_state, f.gates != nullptr, false, f.x,
                              places.x.at, f.y, places.out.at, f.gates ? f.gates : call.sums, places.gates.at, f.cells,
                            places.cells.at, nullptr, nullptr, call.h + at, call.h + at, call.h_next + at, call.c + at,
                            call.reset_h + at, places.state.at, nullptr, StepExtras<T>::none(places.rows.at),
                            call.few ? &f.weights : nullptr};
    Parts<CellOf>::forward(step, PART);
  }
}

// The state before the one stretch, as the contract has it. The pass back does not need it.
template <class T>
static void keep_initial(const Forward<T>& f) {
  const int64_t H = f.shape.hidden;
  for (int64_t row = 0; row < f.shape.rows; ++row) {
    T* to = kept_state(f, 0, 0, row);
    const T* from[2] = {f.h_0, f.c_0};
    for (int k = 0; k < (f.shape.cell == Cell::lstm ? 2 : 1); ++k, to += H) {
      if (from[k]) __builtin_memcpy(to, from[k] + row * H, size_t(H) * sizeof(T));
      else zero(to, H);
    }
  }
}

template <class T, class CellOf>
static void single_forward(const Forward<T>& f, int threads) {
  const Lease memory(size_t(SingleForward<T>::size(f)) * sizeof(T));
  threads = threads_for(f.shape, layout<T>(f.shape.cell, f.shape.hidden, false), threads);
  SingleForward<T> call(f, memory.as<T>(), threads);
  const Sizes<T>& s = call.sizes;
  const Rows rows{0, f.shape.rows};
  pack_bias(f.weights.bias_ih, f.weights.bias_hh, s.hidden, s.layout, call.bias);
  load_state(rows, f.h_0, s.hidden, s.state, call.h);
  if (f.shape.cell == Cell::lstm) load_state(rows, f.c_0, s.hidden, s.state, call.c);
  parallel(threads, call.jobs(), single_forward_job<T, CellOf, 0>, &call);
  if constexpr (Parts<CellOf>::COUNT > 1) parallel(threads, call.jobs(), single_forward_job<T, CellOf, 1>, &call);
  store_state(rows, call.h_next, s.hidden, s.state, f.h_n);
  if (f.shape.cell == Cell::lstm) store_state(rows, call.c, s.hidden, s.state, f.c_n);
  if (f.states) keep_initial(f);
}

}  // namespace gatewise::GATEWISE_SET

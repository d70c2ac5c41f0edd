// What may set a cell apart from the published one: peepholes, a hard sigmoid, layer norm, zoneout, dropout of the state.
#pragma once

#include "activations.h"

namespace gatewise::GATEWISE_SET {

// At one step; what is null or 0 is not there.
template <class T>
struct StepExtras {
  bool any;                     // whether anything is
  T hard_slope;
  const T* peepholes;           // input, forget, output, H each
  const T* gains;               // of the inputs' product, then of the state's, G·H each
  const T* cell_norm;           // gain and shift of the cell state, H each
  T* gradients;                 // of these, see `extra_lines`; null: not wanted
  const T* dropped;             // row 0 of (N, H)
  const T *still_h, *still_c;   // of this step, row 0
  int64_t h_row, c_row;         // from one row of these to the next
  const int64_t* rows;          // of the batch, of the slots that run

  static StepExtras none(const int64_t* rows) { return {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, rows}; }
};

template <class T>
GATEWISE_INLINE Vec<T> gate(const StepExtras<T>& e, Vec<T> x) {
  return e.hard_slope == 0 ? sigmoid<T>(x) : within(x * e.hard_slope, splat<T>(T(0.5))) + T(0.5);
}

template <class T>
GATEWISE_INLINE Vec<T> gate_slope(const StepExtras<T>& e, Vec<T> y) {
  if (e.hard_slope == 0) return sigmoid_slope<T>(y);
  using Integers = typename Vector<T>::Integers;
  return (Vec<T>)((Integers)splat<T>(e.hard_slope) & (Integers)(y > T(0)) & (Integers)(y < T(1)));
}

// Zoneout: the new state as `still`, shares of the old one, leaves it.
template <class T, class Edge>
GATEWISE_INLINE Vec<T> mixed(const T* still, int64_t at, Edge edge, Vec<T> old, Vec<T> out) {
  if (!still) return out;
  const Vec<T> share = edge.load(still + at);
  return share * old + (T(1) - share) * out;
}

// Backward: what goes straight to the old state; `gradient` is left with the rest.
template <class T, class Edge>
GATEWISE_INLINE Vec<T> straight(const T* still, int64_t at, Edge edge, Vec<T>* gradient) {
  if (!still) return Vec<T>{};
  const Vec<T> share = edge.load(still + at) * *gradient;
  *gradient -= share;
  return share;
}

}  // namespace gatewise::GATEWISE_SET

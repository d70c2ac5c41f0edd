// Additions to the published cells at one step: peepholes, hard sigmoid, layer norm, zoneout, recurrent dropout.
//
// Extras in contract.h describes them for the whole sequence.
#pragma once

#include "activations.h"

namespace gatewise::GATEWISE_SET {

// The additions of one model at one step. What is null or 0 is not used.
template <class T>
struct StepExtras {
  bool any;                     // whether any is used
  T hard_slope;
  const T* peepholes;           // of input, forget and output gate, H numbers each
  const T* gains;               // of the inputs' product, then of the state's, G·H numbers each
  const T* cell_norm;           // gain and shift of the cell state, H numbers each
  T* gradients;                 // gradients of the three above, see `extra_lines`; null if they are not wanted
  const T* dropped;             // (N, H): the factors of recurrent dropout
  const T *still_h, *still_c;   // (N, H): zoneout's shares at this step
  int64_t h_row, c_row;         // the distance from one row of these to the next
  const int64_t* rows;          // for each slot that runs, its row of the batch

  static StepExtras none(const int64_t* rows) { return {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, rows}; }
};

// The activation of a gate: the logistic function, or the hard sigmoid.
template <class T>
GATEWISE_INLINE Vec<T> gate(const StepExtras<T>& e, Vec<T> x) {
  return e.hard_slope == 0 ? sigmoid<T>(x) : within(x * e.hard_slope, splat<T>(T(0.5))) + T(0.5);
}

// Its derivative, from its value y. That of the hard sigmoid is the slope strictly between 0 and 1, and 0 at both ends;
// the comparisons give masks of ones or zeros, with which the bits of the slope are combined.
template <class T>
GATEWISE_INLINE Vec<T> gate_slope(const StepExtras<T>& e, Vec<T> y) {
  if (e.hard_slope == 0) return sigmoid_slope<T>(y);
  using Integers = typename Vector<T>::Integers;
  return (Vec<T>)((Integers)splat<T>(e.hard_slope) & (Integers)(y > T(0)) & (Integers)(y < T(1)));
}

// Zoneout: mixes the old state into the new one, `still` being the share of the old one; the new one itself if it is
// null.
template <class T, class Edge>
GATEWISE_INLINE Vec<T> mixed(const T* still, int64_t at, Edge edge, Vec<T> old, Vec<T> out) {
  if (!still) return out;
  const Vec<T> share = edge.load(still + at);
  return share * old + (T(1) - share) * out;
}

// Zoneout backward: returns the part of `gradient` that goes straight to the old state, and leaves the rest in it.
template <class T, class Edge>
GATEWISE_INLINE Vec<T> straight(const T* still, int64_t at, Edge edge, Vec<T>* gradient) {
  if (!still) return Vec<T>{};
  const Vec<T> share = edge.load(still + at) * *gradient;
  *gradient -= share;
  return share;
}

}  // namespace gatewise::GATEWISE_SET

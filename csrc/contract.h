// The kernels' contract: sizes, owners, what may alias, what is kept for backward, what is exact.
//
// Letters: M models of one shape, T steps, N rows (the batch), I inputs, H hidden units, G gate blocks of a cell.
//
// Memory. Every pointer is the caller's; a kernel owns only scratch that it gives back before it returns. No two
// arguments alias. Rows of x, y and their gradients are contiguous; model, time and row strides are free. All other
// arrays are contiguous in the shapes given below. Nothing has to be aligned beyond its element.
//
// Kept for backward, one row per (model, step, row): `gates`, Layout::width numbers, every gate and candidate after
// its activation, for the reset-after GRU also the state's product inside the reset; `cells`, Layout::padded numbers,
// the cell state of an LSTM; with layer norm `products`, Layout::products numbers, those of the inputs and of the state
// before they are normalised. Besides these, backward reads x, y, the initial state and the weights. What lies between
// H and the next block, and steps at which a row does not run, hold no meaning.
//
// Or nothing of it is kept but `states`, from before every so many steps: backward then runs these steps forward again,
// one stretch after the other, in scratch. Its results have the same bits.
//
// Layer norm (Ba, Kiros and Hinton 2016, arXiv:1607.06450): the products of the inputs and of the state are normalised
// each by itself, a row's four gates of the LSTM together, of the GRU the two gates together and the candidate by
// itself, (a - mean) / sqrt(variance + 1e-5), and multiplied with their gains before the biases are added; so is the
// cell state on its way into h, with a gain and a shift.
//
// Steps. A row runs at the steps before its length that the mask leaves; all others leave its state as it is, and nothing
// there is read. A reset lies between a step and the one before it, whichever way the sequence is run: what is on one
// side does not reach the other. One at a step that does not run works at the row's next that does; before the first
// one forward it hides the initial state, and behind the last one nothing is left for it to do.
//
// Numbers. Products are sums in the order bias, inputs, state, each step one fused multiply-add where the
// instruction set has it; with layer norm each product by itself, and the bias last. The bits of a row depend on that
// row, its weights and its own steps alone, not on N, M or the threads. Weight gradients are sums over fixed blocks of
// rows, cut by N alone, added up in their order. Absolute error of an activation: at most 1.4e-7 in float, 3e-16 in
// double; tanh is also relatively exact around 0.
//
// A row's NaN or infinity reaches that row and the weight gradients; padding reaches nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatewise {

enum class Cell : int { lstm = 0, gru_before = 1, gru_after = 2, rnn = 3 };

// Gate blocks in the order of the packed weights: LSTM input, forget, candidate, output; GRU reset, update, candidate;
// RNN candidate.
struct Shape {
  Cell cell;
  int64_t models, steps, rows, inputs, hidden;
  bool reverse;           // run from each row's last step to its first
  bool update_is_state;   // GRU: z weighs the old state, not the candidate
  bool normed;            // LSTM, GRU: layer norm, with Extras::gains
};

struct Strides {          // in elements
  int64_t model, time, row;
};

// Where the blocks of a row of `gates` begin. x_block and h_block differ where the state's product of the candidate
// is kept apart, inside the reset of the reset-after GRU. Products are summed where the gates then stand; with layer norm
// in `products`, whose columns are counted on from those of `gates`.
struct Layout {
  int64_t blocks;         // G
  int64_t padded;         // H, up to whole vectors
  int64_t width;          // numbers in a row, whole panels
  int64_t products;       // numbers in a row of `products`, whole panels
  int64_t x_block[4], h_block[4];
  int64_t x_product[4], h_product[4];

  int64_t columns() const { return width + products; }
};

template <class T>
struct Weights {          // model after model
  const T* weight_ih;     // (M, G·H, I)
  const T* weight_hh;     // (M, G·H, H)
  const T* bias_ih;       // (M, G·H), or null
  const T* bias_hh;       // (M, G·H), or null
};

// What may set a cell apart from the published one; nulls and 0: nothing does.
template <class T>
struct Extras {
  double hard_slope;      // gates are hard sigmoids, 0.5 + slope · sum within 0 and 1; 0: the logistic function
  const T* peepholes;     // (M, 3, H), LSTM: input and forget gate see c before the step, output gate c after it
  const T* gains;         // (M, 2, G·H): of the normalised products, first of the inputs, then of the state
  const T* cell_norm;     // (M, 2, H), LSTM, with `gains`: gain and shift of the normalised cell state
  const T* dropped;       // (M, N, H): factors of the state in all products, the same at every step
  const T* still_h;       // (M, T, N, H): shares of the old state in the new one (zoneout)
  Strides still_h_strides;
  const T* still_c;       // (M, T, N, H), LSTM: of the old cell state; h is made of the cell state without it
  Strides still_c_strides;
};

template <class T>
struct Forward {
  Shape shape;
  Weights<T> weights;
  Extras<T> extras;
  const T* x;             // (M, T, N, I)
  Strides x_strides;
  const T* h_0;           // (M, N, H), or null for zeros
  const T* c_0;           // (M, N, H), LSTM, or null for zeros
  const int64_t* lengths; // (M, N), 0 to T, or null where all rows fill T
  const uint8_t* mask;    // (M, N, T), 0 where the row stands still, or null where it never does
  const uint8_t* reset;   // (M, N, T), not 0 where the state is put back to 0 before the step, or null
  T* y;                   // (M, T, N, H); 0 where the row does not run
  Strides y_strides;
  T* h_n;                 // (M, N, H), the state after each row's own last step
  T* c_n;                 // (M, N, H), LSTM
  T* gates;               // (M, T, N, width), or null: nothing is kept
  T* cells;               // (M, T, N, padded), LSTM, null with `gates`
  T* products;            // (M, T, N, Layout::products), with layer norm, null with `gates`
  T* states;              // (M, stretches, N, H), of an LSTM (M, stretches, N, 2·H): h, then c, before each stretch; kept
                          // in place of `gates`, or null
  int64_t stretch;        // its steps, a multiple of STRETCH; the last one may have fewer
};

constexpr int64_t STRETCH = 64;

template <class T>
struct Backward {
  Forward<T> forward;     // as it was called; y and what is kept as it left them; h_n and c_n are not read
  const T* dy;            // (M, T, N, H), or null for zeros; not read where the row does not run
  Strides dy_strides;
  const T* dh_n;          // (M, N, H), or null for zeros
  const T* dc_n;          // (M, N, H), or null for zeros
  const T* dgates;        // (M, T, N, width): gradients of the kept gates and candidates, or null, as without `gates`;
                          // what stands at the product inside the reset is not read
  const T* dcells;        // (M, T, N, padded): of the kept cell states, or null
  T* dx;                  // (M, T, N, I), 0 where the row does not run; null: not wanted
  Strides dx_strides;
  T* dweight_ih;          // (M, G·H, I), or null: no gradients of the weights wanted; the seven go together
  T* dweight_hh;          // (M, G·H, H)
  T* dbias_ih;            // (M, G·H), or null
  T* dbias_hh;            // (M, G·H), or null
  T* dpeepholes;          // (M, 3, H), or null
  T* dgains;              // (M, 2, G·H), or null
  T* dcell_norm;          // (M, 2, H), or null
  T* dh_0;                // (M, N, H), or null
  T* dc_0;                // (M, N, H), or null
};

// One time step of N rows with weights packed before.
template <class T>
struct Step {
  Shape shape;            // one model; steps = 1
  const void* packed;     // what Kernels::pack wrote
  const T* x;             // (N, I)
  const T* h;             // (N, H), or null for zeros
  const T* c;             // (N, H), LSTM, or null for zeros
  T* h_next;              // (N, H)
  T* c_next;              // (N, H), LSTM
};

// What identifies the bytes of weights: sums, and sums of these sums, in 64-bit lanes (Fletcher 1982). A change of one
// or two words is always seen, any other but for a chance of about 2^-64.
struct Fingerprint {
  uint64_t sums[64];
};

template <class T>
struct Kernels {          // everything one instruction set has for one number type
  Layout (*layout)(Cell, int64_t hidden, bool normed);
  void (*forward)(const Forward<T>&, int threads);
  void (*backward)(const Backward<T>&, int threads);
  size_t (*packed_bytes)(const Shape&);
  void (*pack)(const Shape&, const Weights<T>&, void* packed);  // 64-byte aligned
  void (*step)(const Step<T>&);
  void (*fingerprint)(const Shape&, const Weights<T>&, Fingerprint*);
  double (*fused_multiply_adds)(int64_t rounds);  // runs nothing else, returns how many: measures the peak
};

struct InstructionSet {
  const char* name;       // portable, avx2, avx512, neon
  bool (*runs_here)();
  const Kernels<float>* f32;
  const Kernels<double>* f64;
};

}  // namespace gatewise

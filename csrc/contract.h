// The contract of the kernels: sizes, ownership of memory, what is kept for backward, which results are exact.
//
// Letters: M models of one shape, T time steps, N rows (the batch), I inputs, H hidden units, G gate blocks of a cell.
//
// Memory. The caller owns the memory behind every pointer. A kernel takes scratch only (memory.h) and gives it back
// before it returns. No two arguments may overlap. In x, y and their gradients the numbers of a row are contiguous and
// the strides of model, time and row are free. All other arrays are contiguous in the shapes given below. A pointer
// needs no more alignment than its element type.
//
// Kept for backward. Forward writes a row of numbers per (model, step, row of the batch) into each of these:
//   gates     Layout::width numbers: every gate and candidate after its activation; for the reset-after GRU also the
//             product of the state that the reset gate multiplies
//   cells     Layout::padded numbers: the cell state of an LSTM after the step
//   products  Layout::products numbers: with layer norm, the products of inputs and state before they are normalised
// Besides these, backward reads x, y, the initial state and the weights. Two kinds of numbers in them are unspecified:
// those between unit H and the next block, and the rows of steps that a row of the batch does not run.
//
// Checkpoints. In place of all this, forward may keep `states` alone: the state before every `stretch` steps. Backward
// then runs the steps of one stretch forward again, in scratch, before it goes back through them, and so on with the
// stretch before. Its results have the same bits.
//
// Layer norm (Ba, Kiros and Hinton 2016, arXiv:1607.06450). The product of the inputs and the product of the state are
// normalised separately, (a - mean) / sqrt(variance + 1e-5), and each is multiplied by its gain before the biases are
// added. Mean and variance are those of one row: of the LSTM over all four gate blocks together; of the GRU over the
// two gates together, and over the candidate by itself. The cell state of an LSTM is normalised before its tanh in the
// same way, with a gain and a shift.
//
// Steps. A row runs the steps that lie before its length and that the mask allows. At every other step its state stays
// as it is and nothing is read. A reset lies between a step and the step before it in time, in both directions of
// running: no state passes it. A reset at a step that a row does not run takes effect at the next step in time that the
// row runs; behind the row's last step it has no effect. Run forward, a reset at or before the row's first step hides
// the initial state.
//
// Numbers. The sum of a gate is made in a fixed order, bias, inputs, state, one fused multiply-add a term where the
// instruction set has it. With layer norm each product is summed by itself, and the bias is added last. The bits of a
// row therefore depend on that row, its weights and its own steps alone, not on N, M or the number of threads, and a
// training run can be repeated to the bit. Gradients of the weights are summed over blocks of rows which are cut by the
// shape alone, never by the number of threads, and the blocks' sums are added in order. The absolute error of an
// activation is at most 1.4e-7 in float and 3e-16 in double; tanh also has a small relative error around 0.
//
// A NaN or an infinity in a row reaches the results of that row and the gradients of the weights, and no other row.
// What lies at steps that a row does not run reaches nothing.
//
// Words of the implementation:
//   block    up to 64 rows of the batch that go through the whole sequence together (sequence.h)
//   slot     the place of a row within its block
//   panel    as many neighbouring columns of a packed matrix as two vectors hold (gemm.h)
//   tile     the part of a product whose sums stay in registers: a few rows by a panel (gemm.h)
//   sums     what a gate's activation is applied to: bias + products of inputs and state
//   chunk    some 256 rows of gradients, of one or several steps, multiplied into the weights' gradients at once
//            (backward.h)
//   stretch  the steps from one kept state to the next
//   team     threads that share the hidden units of one block (parallel.h)
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatewise {

enum class Cell : int { lstm = 0, gru_before = 1, gru_after = 2, rnn = 3 };

// The weights have one block of H rows per gate, in this order: LSTM input, forget, candidate, output; GRU reset,
// update, candidate; RNN candidate.
struct Shape {
  Cell cell;
  int64_t models, steps, rows, inputs, hidden;
  bool reverse;           // whether each row runs from its last step to its first
  bool update_is_state;   // GRU: whether z weighs the old state, not the candidate
  bool normed;            // LSTM, GRU: whether there is layer norm, with Extras::gains
};

struct Strides {          // in elements
  int64_t model, time, row;
};

// The columns at which the gate blocks of a row of `gates` begin. A block is padded to whole vectors, so that a kernel
// reads and writes it without special cases in its middle. Those of an LSTM lie without gaps where that saves vectors
// and the instruction set has masks for the end of a block (packing.h). x_block and h_block say where the products of
// the inputs and of the state are summed. They are the same but for the candidate of the reset-after GRU, whose two
// products are kept apart because the reset gate multiplies the state's product alone. The activations then replace the
// sums in place.
// With layer norm the products are summed in `products` instead, at x_product and h_product; these columns are numbered
// on from those of `gates`: column Layout::width is the first of `products`.
struct Layout {
  int64_t blocks;         // G
  int64_t padded;         // numbers from one block to the next: H, rounded up to whole vectors unless without gaps
  int64_t width;          // numbers in a row of `gates`, rounded up to whole panels
  int64_t products;       // numbers in a row of `products`, rounded up to whole panels; 0 without layer norm
  int64_t x_block[4], h_block[4];
  int64_t x_product[4], h_product[4];

  int64_t columns() const { return width + products; }
};

template <class T>
struct Weights {          // one model after the other
  const T* weight_ih;     // (M, G·H, I)
  const T* weight_hh;     // (M, G·H, H)
  const T* bias_ih;       // (M, G·H), or null
  const T* bias_hh;       // (M, G·H), or null
};

// Additions to the published cell. All null and 0 is the cell as published.
template <class T>
struct Extras {
  double hard_slope;      // slope of a hard sigmoid as the gates' activation, 0.5 + slope · sum within 0 and 1; 0 for
                          // the logistic function
  const T* peepholes;     // (M, 3, H), LSTM: weights of c in the input gate and the forget gate, which see it before
                          // the step, and in the output gate, which sees it after the step; or null
  const T* gains;         // (M, 2, G·H): layer norm's gains of the inputs' products, then of the state's; or null
  const T* cell_norm;     // (M, 2, H), LSTM, with `gains`: gain and shift of the normalised cell state; or null
  const T* dropped;       // (M, N, H): recurrent dropout, factors of the state in all products, the same at every step;
                          // or null
  const T* still_h;       // (M, T, N, H): zoneout, the share of the old state in the new one; or null
  Strides still_h_strides;
  const T* still_c;       // (M, T, N, H), LSTM: the share of the old cell state in the new one, or null; the step's h
                          // is made of the cell state before this mixing
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
  const uint8_t* mask;    // (M, N, T), 0 at steps that the row does not run, or null where it runs all
  const uint8_t* reset;   // (M, N, T), not 0 where the state is set to 0 before the step, or null
  T* y;                   // (M, T, N, H): h after each step, 0 where the row does not run
  Strides y_strides;
  T* h_n;                 // (M, N, H), the state after each row's own last step
  T* c_n;                 // (M, N, H), LSTM
  T* gates;               // (M, T, N, width), or null to keep nothing
  T* cells;               // (M, T, N, padded), LSTM; null if `gates` is
  T* products;            // (M, T, N, Layout::products), with layer norm; null if `gates` is
  T* states;              // (M, stretches, N, H), of an LSTM (M, stretches, N, 2·H) with h, then c: the state before
                          // each stretch, kept in place of `gates`; or null
  int64_t stretch;        // steps of a stretch, a multiple of STRETCH; the last stretch may have fewer
};

// A stretch has a multiple of this many steps because forward multiplies so many steps of inputs at once where rows are
// few (STEPS_AHEAD in forward.h), and such a group must not reach over the end of a stretch.
constexpr int64_t STRETCH = 64;

template <class T>
struct Backward {
  Forward<T> forward;     // as it was called, y and what was kept as it left them; h_n and c_n are not read
  const T* dy;            // (M, T, N, H), or null for zeros; not read where the row does not run
  Strides dy_strides;
  const T* dh_n;          // (M, N, H), or null for zeros
  const T* dc_n;          // (M, N, H), or null for zeros
  const T* dgates;        // (M, T, N, width): gradients of the kept gates and candidates; null for zeros, and without
                          // `gates`. The block of the product inside the reset is not read
  const T* dcells;        // (M, T, N, padded): gradients of the kept cell states, or null for zeros
  T* dx;                  // (M, T, N, I), set to 0 where the row does not run; null if it is not wanted
  Strides dx_strides;
  T* dweight_ih;          // (M, G·H, I); null if no gradients of the weights are wanted, and then all seven are null
  T* dweight_hh;          // (M, G·H, H)
  T* dbias_ih;            // (M, G·H), or null
  T* dbias_hh;            // (M, G·H), or null
  T* dpeepholes;          // (M, 3, H), or null
  T* dgains;              // (M, 2, G·H), or null
  T* dcell_norm;          // (M, 2, H), or null
  T* dh_0;                // (M, N, H), or null
  T* dc_0;                // (M, N, H), or null
};

// One time step of N rows, with weights that were packed before.
template <class T>
struct Step {
  Shape shape;            // one model; steps = 1
  const void* packed;     // as Kernels::pack wrote it
  const T* x;             // (N, I)
  const T* h;             // (N, H), or null for zeros
  const T* c;             // (N, H), LSTM, or null for zeros
  T* h_next;              // (N, H)
  T* c_next;              // (N, H), LSTM
};

// A checksum of the bytes of weights: sums of 64-bit words, and sums of these sums (Fletcher 1982, "An arithmetic
// checksum for serial transmissions"). A change of one or two words always changes it, any other change with all but a
// chance of about 2^-64.
struct Fingerprint {
  uint64_t sums[64];
};

template <class T>
struct Examples;  // these three: training.h
template <class T>
struct Answers;
template <class T>
struct Training;

template <class T>
struct Kernels {          // the functions of one instruction set for one number type
  Layout (*layout)(Cell, int64_t hidden, bool normed);
  void (*forward)(const Forward<T>&, int threads);
  void (*backward)(const Backward<T>&, int threads);
  size_t (*packed_bytes)(const Shape&);
  void (*pack)(const Shape&, const Weights<T>&, void* packed);  // `packed` is 64-byte aligned
  void (*step)(const Step<T>&);
  void (*fingerprint)(const Shape&, const Weights<T>&, Fingerprint*);
  int64_t (*workspace)(const Examples<T>&, bool training);      // numbers that `answer`, or `train`, needs
  void (*answer)(const Answers<T>&);
  double (*train)(const Training<T>&);  // returns the mean loss before the step; not finite: nothing was changed
  double (*fused_multiply_adds)(int64_t rounds);  // measures the peak: runs multiply-adds alone, returns how many
};

struct InstructionSet {
  const char* name;       // portable, avx2, avx512, neon
  bool (*runs_here)();
  const Kernels<float>* f32;
  const Kernels<double>* f64;
};

}  // namespace gatewise

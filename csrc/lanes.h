// Passes of a layer whose vectors hold neighbouring rows of the batch, for optimiser steps of a network.
//
// Elsewhere a vector holds neighbouring units of one row. Then a product reads all weights once for every dozen rows,
// and 41 units take three vectors of 16, as 48 would. Here a vector holds one unit of 16 rows: every array of a step is
// [unit][row], a product reads each weight once and broadcasts it, and no lane is empty where the rows fill whole
// vectors. What is read again and again is the smaller factor, the rows of one step, which stays in the first-level
// cache; the weights go by.
//
// Each sum is the same chain of multiply-adds as elsewhere, so the bits are the same, too. The gradients of the weights
// are made as in backward.h, by the same chunks of the same blocks of rows, for which the gradients of the sums and the
// states are transposed back.
#pragma once

#include "backward.h"
#include "batch.h"
#include "lane_products.h"

namespace gatewise::GATEWISE_SET {

// The passes of one network's layer over a batch, in a workspace. They take the calls of the kernels, of which they use
// the memory of the kept gates and cell states in their own way: for each time step [gate][unit][row], and [unit][row].
template <class T>
class Lanes {
 public:
  Lanes(const Network& net, int64_t rows, int64_t steps, Pieces<T>& pieces)
      : lstm_(net.cell == Cell::lstm),
        wanted_((lstm_ || net.cell == Cell::gru_before) && rows % LANES<T> == 0 && 0 < rows && rows <= BLOCK_ROWS),
        outputs_(net.pooled || net.each),
        rows_(rows),
        inputs_(net.inputs),
        units_(net.hidden),
        gates_(lstm_ ? 4 : 3),
        of_inputs_((lstm_ ? 4 : 2) * units_, inputs_),
        of_state_((lstm_ ? 4 : 2) * units_, units_),
        candidate_inputs_(units_, inputs_),
        square_(units_, units_),
        back_(units_, (lstm_ ? 4 : 2) * units_) {
    if (!wanted_) return;
    const int64_t state = units_ * rows_, gru = !lstm_;
    x_ = pieces.take(steps * inputs_ * rows_);
    for (int64_t d = 0; d < net.directions; ++d) {
      Direction& own = directions_[d];
      own.h = pieces.take(steps * state), own.h_0 = pieces.take(state), own.c_0 = pieces.take(lstm_ ? state : 0);
    }
    bias_ = pieces.take(gates_ * units_);
    packed_inputs_ = pieces.take(of_inputs_.size()), packed_state_ = pieces.take(of_state_.size());
    packed_candidate_inputs_ = pieces.take(gru * candidate_inputs_.size());
    packed_candidate_state_ = pieces.take(gru * square_.size());
    packed_back_ = pieces.take(back_.size()), packed_candidate_back_ = pieces.take(gru * square_.size());
    spare_ = pieces.take(state), reset_h_ = pieces.take(gru * state), dh_ = pieces.take(state);
    dc_ = pieces.take(lstm_ ? state : 0), dy_ = pieces.take(state);
    sums_ = pieces.take(gates_ * state);
  }

  // Whether a batch goes this way: all its rows run at every step. One step alone is computed as in single.h.
  bool serve(const Batch<T>& batch) const { return wanted_ && !batch.lengths && batch.steps > 1; }

  // Whether the examples themselves are the inputs, so that they can be gathered here and need no batch.
  bool gathers(const Examples<T>& e) const {
    return wanted_ && !e.lengths && e.steps > 1 && !e.network.coded && !e.network.scaled;
  }
  // Gathers them: all numbers of a row are neighbours.
  void gather(const Examples<T>& e) const {
    const int64_t count = e.steps * inputs_;
    for (int64_t row = 0; row < rows_; row += L) {
      for (int64_t k = 0; k < count; k += L) {
        const int64_t width = count - k < L ? count - k : L;
        Vec<T> square[L];
#pragma GCC unroll 16
        for (int64_t m = 0; m < L; ++m) {
          const T* from = e.x + e.starts[row + m] * inputs_ + k;
          square[m] = width == L ? load(from) : load_some(from, width);
        }
        transpose<T>(square);
#pragma GCC unroll 16
        for (int64_t j = 0; j < L; ++j) {
          if (width == L || j < width) store(x_ + (k + j) * rows_ + row, square[j]);
        }
      }
    }
  }
  // Turns the inputs of a batch.
  void read(const Batch<T>& batch) const {
    const int64_t step = inputs_ * rows_;
    for (int64_t t = 0; t < batch.steps; ++t) {
      copy_transposed(batch.x + t * step, inputs_, rows_, inputs_, x_ + t * step, rows_);
    }
  }

  void forward(const Forward<T>& f, int64_t direction) const {
    const Direction& own = directions_[direction];
    pack(f.weights);
    turn_state(f.h_0, own.h_0);
    if (lstm_) turn_state(f.c_0, own.c_0);
    const T *h = own.h_0, *c = own.c_0;
    for (int64_t step = 0; step < f.shape.steps; ++step) {
      const int64_t t = time(f, step);
      T *gates = f.gates + t * gates_ * state_size(), *next = own.h + t * state_size();
      const Summand<T> x{packed_inputs_, inputs_, x_ + t * inputs_ * rows_};
      const Summand<T> parts[2] = {x, {packed_state_, units_, h}};
      multiply_lanes(of_state_, parts, 2, rows_, bias_, false, gates);
      if (lstm_) {
        T* cells = f.cells + t * state_size();
        activate(c, gates, cells, next);
        c = cells;
      } else {
        open_gates(h, gates);
        const Summand<T> last[2] = {{packed_candidate_inputs_, inputs_, x.numbers},
                                    {packed_candidate_state_, units_, reset_h_}};
        multiply_lanes(square_, last, 2, rows_, bias_ + 2 * units_, false, gates + 2 * state_size());
        blend(Share<T>(f.shape.update_is_state), h, gates, next);
      }
      h = next;
      if (outputs_) copy_transposed(h, rows_, units_, rows_, f.y + t * f.y_strides.time, f.y_strides.row);
    }
    copy_transposed(h, rows_, units_, rows_, f.h_n, units_);
    if (f.c_n) copy_transposed(c, rows_, units_, rows_, f.c_n, units_);
  }

  void backward(const Backward<T>& b, int64_t direction) const {
    if (lstm_) back<Lstm<T>>(b, directions_[direction]);
    else back<GruBefore<T>>(b, directions_[direction]);
  }

 private:
  static constexpr int64_t L = LANES<T>;

  struct Direction {
    T *h, *h_0, *c_0;       // [time step][unit][row]; [unit][row]
  };

  // A block of rows, whose chunk fills.
  template <class CellOf>
  struct Filling {
    const BackwardCall<T>& call;
    const int64_t first, rows;
    const BackwardBlock<T, CellOf> block;
    const BackwardScratch<T> scratch;
    int64_t collected = 0;

    Filling(const BackwardCall<T>& call, int64_t number, Arena& arena)
        : call(call),
          first(call.blocks.begin(number)),
          rows(call.blocks.begin(number + 1) - first),
          block(call, 0, number),
          scratch(block.scratch(arena)) {}

    void make_room() {
      if (collected + rows > block.chunk()) flush();
    }
    void flush() { collected = block.flush(scratch, {0, call.sizes.layout.padded}, collected, Team()); }
  };

  static int64_t time(const Forward<T>& f, int64_t step) { return f.shape.reverse ? f.shape.steps - 1 - step : step; }
  int64_t state_size() const { return units_ * rows_; }

  void pack(const Weights<T>& w) const {
    const int64_t last = 2 * units_;
    of_inputs_.pack(w.weight_ih, packed_inputs_), of_state_.pack(w.weight_hh, packed_state_);
    if (!lstm_) {
      candidate_inputs_.pack(w.weight_ih + last * inputs_, packed_candidate_inputs_);
      square_.pack(w.weight_hh + last * units_, packed_candidate_state_);
    }
    for (int64_t k = 0; k < gates_ * units_; ++k) {
      bias_[k] = 0;
      if (w.bias_ih) bias_[k] += w.bias_ih[k];
      if (w.bias_hh) bias_[k] += w.bias_hh[k];
    }
  }

  void turn_state(const T* from, T* to) const {
    if (from) copy_transposed(from, units_, rows_, units_, to, rows_);
    else zero(to, state_size());
  }

  // As in lstm.h.
  void activate(const T* c_before, T* gates, T* c, T* h) const {
    const int64_t all = state_size();
    for (int64_t u = 0; u < all; u += L) {
      const Vec<T> i = sigmoid<T>(load(gates + u)), f = sigmoid<T>(load(gates + all + u));
      const Vec<T> g = tanh<T>(load(gates + 2 * all + u)), o = sigmoid<T>(load(gates + 3 * all + u));
      store(c + u, f * load(c_before + u) + i * g);
      store(gates + u, i), store(gates + all + u, f), store(gates + 2 * all + u, g), store(gates + 3 * all + u, o);
    }
    for (int64_t u = 0; u < all; u += L) store(h + u, load(gates + 3 * all + u) * tanh<T>(load(c + u)));
  }

  // As in gru.h.
  void open_gates(const T* h, T* gates) const {
    const int64_t all = state_size();
    for (int64_t u = 0; u < all; u += L) {
      const Vec<T> r = sigmoid<T>(load(gates + u)), z = sigmoid<T>(load(gates + all + u));
      store(reset_h_ + u, r * load(h + u));
      store(gates + u, r), store(gates + all + u, z);
    }
  }
  void blend(Share<T> share, const T* h, T* gates, T* next) const {
    const int64_t all = state_size();
    for (int64_t u = 0; u < all; u += L) {
      const Vec<T> z = load(gates + all + u), n = tanh<T>(load(gates + 2 * all + u)), old = load(h + u);
      store(next + u, old + share.of(z) * (n - old));
      store(gates + 2 * all + u, n);
    }
  }

  template <class CellOf>
  void back(const Backward<T>& b, const Direction& own) const {
    const Forward<T>& f = b.forward;
    BackwardCall<T> call = backward_call(b);
    const Lease memory(size_t(call.numbers()) * sizeof(T));
    call.lay(memory.as<T>());
    pack_back(call);
    zero(call.partials, call.blocks.count * call.partial_size);
    turn_state(b.dh_n, dh_);
    if (lstm_) zero(dc_, state_size());
    Arena arena;
    Filling<CellOf> fillings[2] = {{call, 0, arena}, {call, call.blocks.count - 1, arena}};
    for (int64_t step = f.shape.steps - 1; step >= 0; --step) {
      const int64_t t = time(f, step), before = time(f, step - 1);
      const T* h = step > 0 ? own.h + before * state_size() : own.h_0;
      const T* gates = f.gates + t * gates_ * state_size();
      if (b.dy) copy_transposed(b.dy + t * b.dy_strides.time, b.dy_strides.row, rows_, units_, dy_, rows_);
      if (lstm_) {
        const T* c = step > 0 ? f.cells + before * state_size() : own.c_0;
        back_lstm(b.dy, gates, f.cells + t * state_size(), c, step > 0);
      } else {
        back_gru(b.dy, Share<T>(f.shape.update_is_state), gates, h, step > 0);
      }
      for (int64_t k = 0; k < call.blocks.count; ++k) collect(fillings[k], t, h);
    }
    for (int64_t k = 0; k < call.blocks.count; ++k) fillings[k].flush();
    arena.give_back();
    parallel(1, up_to(units_, STRIPE) / STRIPE, reduce_job<T>, &call);
  }

  void pack_back(const BackwardCall<T>& call) const {
    const Weights<T>& w = call.b.forward.weights;
    back_.pack_transposed(w.weight_hh, packed_back_);
    if (!lstm_) square_.pack_transposed(w.weight_hh + 2 * units_ * units_, packed_candidate_back_);
    if (!call.b.dx) return;
    const Layout& l = call.sizes.layout;
    T* to = Packed<T>::at(call.packed - Packed<T>::forward_size(call.sizes), call.sizes).to_inputs;
    pack_backward(w.weight_ih, units_, inputs_, l, l.x_product, to);
  }

  // The product that leads from the sums of all gates that read h back to it.
  void to_state(bool given) const {
    const Summand<T> all{packed_back_, back_.depth, sums_};
    multiply_lanes<T>(back_, &all, 1, rows_, nullptr, given, dh_);
  }

  // The gradient of h after the step.
  __attribute__((always_inline)) Vec<T> output_gradient(const T* dy, int64_t u) const {
    const Vec<T> dh = load(dh_ + u);
    return dy ? dh + load(dy_ + u) : dh;
  }

  // As in lstm.h. `more`: whether a step comes before this one, to which gradients go.
  void back_lstm(const T* dy, const T* gates, const T* c, const T* c_before, bool more) const {
    const int64_t all = state_size();
    for (int64_t u = 0; u < all; u += L) store(spare_ + u, tanh<T>(load(c + u)));
    for (int64_t u = 0; u < all; u += L) {
      const Vec<T> i = load(gates + u), f = load(gates + all + u), g = load(gates + 2 * all + u);
      const Vec<T> o = load(gates + 3 * all + u), out = load(spare_ + u), dh = output_gradient(dy, u);
      const Vec<T> dc = load(dc_ + u) + dh * o * tanh_slope<T>(out);
      const Vec<T> di = dc * g, df = dc * load(c_before + u), dg = dc * i, d_o = dh * out;
      store(sums_ + u, di * sigmoid_slope<T>(i)), store(sums_ + all + u, df * sigmoid_slope<T>(f));
      store(sums_ + 2 * all + u, dg * tanh_slope<T>(g)), store(sums_ + 3 * all + u, d_o * sigmoid_slope<T>(o));
      store(dc_ + u, dc * f);
    }
    if (more) to_state(false);
  }

  // As in gru.h.
  void back_gru(const T* dy, Share<T> share, const T* gates, const T* h, bool more) const {
    const int64_t all = state_size();
    T *dr = sums_, *dz = sums_ + all, *dn = sums_ + 2 * all;
    for (int64_t u = 0; u < all; u += L) {
      const Vec<T> z = load(gates + all + u), n = load(gates + 2 * all + u), w = share.of(z);
      const Vec<T> dh = output_gradient(dy, u), old = load(h + u);
      store(dz + u, share.sign * dh * (n - old) * sigmoid_slope<T>(z));
      store(dn + u, dh * w * tanh_slope<T>(n));
      store(dh_ + u, dh - dh * w + Vec<T>{});
    }
    const Summand<T> candidate{packed_candidate_back_, units_, dn};
    multiply_lanes<T>(square_, &candidate, 1, rows_, nullptr, false, spare_);
    // In gru.h the compiler rounds d * r before the sum where the end of a row cuts a vector, and fuses it elsewhere.
    const int64_t whole = (units_ - units_ % L) * rows_;
    for (int64_t u = 0; u < all; u += L) {
      const Vec<T> r = load(gates + u), old = load(h + u), d = load(spare_ + u), dh = load(dh_ + u);
      store(dr + u, d * old * sigmoid_slope<T>(r));
      store(dh_ + u, u < whole ? Vec<T>(dh + d * r) : Vec<T>(dh + rounded<T>(d * r)));
      store(reset_h_ + u, r * old);
    }
    if (more) to_state(true);
  }

  // Collects what a block's chunk needs of a step: see backward.h.
  template <class CellOf>
  void collect(Filling<CellOf>& to, int64_t t, const T* states) const {
    const Backward<T>& b = to.call.b;
    const BackwardScratch<T>& s = to.scratch;
    to.make_room();
    const int64_t at = to.collected, first = to.first, capacity = to.block.chunk();
    // Columns may have gaps between gates, and behind the last one: units from H to `padded`, which are 0.
    const int64_t padded = to.call.sizes.layout.padded;
    for (int64_t column = 0; column < to.call.sizes.columns; column += L) {
      const int64_t gate = padded == units_ ? 0 : column / padded, unit = column - gate * padded;
      const int64_t units = gate >= gates_ ? 0 : padded == units_ ? gates_ * units_ : units_;
      turn(sums_ + (gate * units_ + unit) * rows_ + first, rows_, units - unit, to.rows,
           s.panels + (column / PANEL<T> * capacity + at) * PANEL<T> + column % PANEL<T>, PANEL<T>);
    }
    for (int64_t slot = 0; slot < to.rows && b.dx; ++slot) {
      s.dx_at[at + slot] = t * b.dx_strides.time + (first + slot) * b.dx_strides.row;
    }
    s.inputs.put_turned(at, to.rows, x_ + t * inputs_ * rows_ + first, rows_);
    s.states.put_turned(at, to.rows, states + first, rows_);
    if (!lstm_) s.resets.put_turned(at, to.rows, reset_h_ + first, rows_);
    to.collected += to.rows;
  }

  const bool lstm_, wanted_, outputs_;  // outputs_: whether y and dy are read and written
  const int64_t rows_, inputs_, units_, gates_;
  // Shapes of the packed weights: of the gates that read h itself, forward and back, and of a GRU's candidate.
  const Tiled<T> of_inputs_, of_state_, candidate_inputs_, square_, back_;
  Direction directions_[2]{};
  T* x_ = nullptr;                      // [time step][input][row]
  T *bias_ = nullptr, *packed_inputs_ = nullptr, *packed_state_ = nullptr;
  T *packed_candidate_inputs_ = nullptr, *packed_candidate_state_ = nullptr;
  T *packed_back_ = nullptr, *packed_candidate_back_ = nullptr;
  T *spare_ = nullptr, *reset_h_ = nullptr, *dh_ = nullptr, *dc_ = nullptr, *dy_ = nullptr;  // [unit][row]
  T* sums_ = nullptr;                   // gradients of the sums, [gate][unit][row]
};

}  // namespace gatewise::GATEWISE_SET

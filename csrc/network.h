// A network's answers, and one optimiser step of it: the passes of the layer, with what lies before and behind them.
#pragma once

#include "backward.h"
#include "each.h"
#include "head.h"
#include "lanes.h"
#include "readout.h"
#include "update.h"

namespace gatewise::GATEWISE_SET {

// Of kernels.h.
template <class T>
static void forward(const Forward<T>& f, int threads);
template <class T>
static void backward(const Backward<T>& b, int threads);

// Adds the time since it was last asked to one of the stages of a step.
class Clock {
 public:
  explicit Clock(double* spent) : spent_(spent), last_(spent ? processor_seconds() : 0) {}

  void end(Stage stage) {
    if (!spent_) return;
    const double now = processor_seconds();
    spent_[int(stage)] += now - last_;
    last_ = now;
  }

 private:
  double* const spent_;
  double last_;
};

// The passes of one network over one batch, in a workspace.
template <class T>
class Passes {
 public:
  // `back`: whether gradients are wanted, so that gates are kept. Without memory in `e.workspace` it is only counted.
  Passes(const Examples<T>& e, int64_t rows, bool back)
      : e_(e),
        net_(e.network),
        layout_(layout<T>(net_.cell, net_.hidden, false)),
        pieces_(e.workspace),
        batch_(e, rows, back, pieces_),
        readout_(net_, rows, e.steps, back, pieces_),
        head_(net_, net_.each ? 0 : rows, net_.each ? 0 : readout_.reads, back, pieces_),
        each_(net_, back, pieces_),
        seen_(pieces_.take(back && !net_.each ? rows * readout_.reads : 0)),
        lanes_(net_, back ? rows : 0, e.steps, pieces_) {
    const int64_t kept = back ? e.steps * rows : 0, lstm = net_.cell == Cell::lstm;
    for (int64_t d = 0; d < net_.directions; ++d) {
      c_n_[d] = pieces_.take(lstm ? rows * net_.hidden : 0);
      gates_[d] = pieces_.take(kept * layout_.width);
      cells_[d] = pieces_.take(lstm ? kept * layout_.padded : 0);
    }
  }

  int64_t workspace() const { return pieces_.taken(); }

  // Answers the examples from number `first` on.
  void answer(const Answers<T>& a, int64_t first) {
    first_ = first;
    batch_.gather(e_, first, a.parameters);
    run(a.parameters, false);
    if (net_.each) {
      each_.answer(a, first, batch_, readout_.y);
    } else {
      readout_.forward(batch_);
      head_.forward(a.parameters, readout_.read, batch_.units);
      for (int64_t row = 0; row < batch_.rows; ++row) {
        copy_numbers(head_.outputs + row * head_.padded, net_.outputs, a.outputs + (first + row) * net_.outputs);
      }
    }
    hand_over();
  }

  // Computes the mean loss and its gradient; the gradient is left unspecified if the loss is not finite.
  T learn(const Training<T>& t, Clock& clock) {
    if (lanes_.gathers(e_)) lanes_.gather(e_);
    else batch_.gather(e_, 0, t.parameters);
    clock.end(Stage::gather);
    run(t.parameters, true);
    clock.end(Stage::forward);
    const T loss = net_.each ? each_.learn(t, batch_, readout_.y, readout_.dy) : learn_summary(t);
    if (!(loss - loss == 0)) return loss;
    clock.end(Stage::head);
    for (int64_t k = 0; k < net_.coded; ++k) {
      zero(t.gradient + net_.tables[k].weight, net_.tables[k].rows * net_.tables[k].width);
    }
    for (int64_t d = 0; d < net_.directions; ++d) {
      back(d, t);
      if (net_.coded > 0) batch_.scatter(e_, t.gradient);
    }
    hand_over();
    clock.end(Stage::backward);
    return loss;
  }

 private:
  // The loss of what the head answers to a summary, and gradients back to the layer's outputs.
  T learn_summary(const Training<T>& t) {
    readout_.forward(batch_);
    const T* read = t.drawn ? drop(t, readout_.read, seen_) : readout_.read;
    head_.forward(t.parameters, read, batch_.units);
    const T loss = MeanLoss<T>(t, head_).compute();
    if (!(loss - loss == 0)) return loss;
    head_.backward(t.parameters, read, batch_.units, t.gradient, readout_.dread);
    if (t.drawn) drop(t, readout_.dread, readout_.dread);
    readout_.backward(batch_);
    return loss;
  }

  void run(const T* parameters, bool keep) const {
    const bool in_lanes = lanes_.serve(batch_);
    if (in_lanes && !lanes_.gathers(e_)) lanes_.read(batch_);
    for (int64_t d = 0; d < net_.directions; ++d) {
      if (in_lanes) lanes_.forward(pass(d, parameters, keep), d);
      else forward(pass(d, parameters, keep), 1);
    }
  }

  // Where the state of the batch's first row lies in an array of the states of all examples.
  int64_t state(int64_t d) const { return (d * e_.rows + first_) * net_.hidden; }

  // Gives the caller the states behind the examples. Until then the states before them are read.
  void hand_over() const {
    const size_t bytes = size_t(batch_.rows * net_.hidden) * sizeof(T);
    for (int64_t d = 0; d < net_.directions; ++d) {
      if (e_.h_n) __builtin_memcpy(e_.h_n + state(d), readout_.h_n + d * batch_.rows * net_.hidden, bytes);
      if (e_.c_n && net_.cell == Cell::lstm) __builtin_memcpy(e_.c_n + state(d), c_n_[d], bytes);
    }
  }

  Forward<T> pass(int64_t d, const T* parameters, bool keep) const {
    const Tensors& w = net_.layer[d];
    const int64_t H = net_.hidden, N = batch_.rows, width = readout_.width;
    const auto at = [&](int64_t place) { return place < 0 ? nullptr : parameters + place; };
    Forward<T> f{};
    f.shape = {net_.cell, 1, batch_.steps, N, net_.inputs, H, d == 1, net_.update_is_state, false};
    f.weights = {at(w.weight_ih), at(w.weight_hh), at(w.bias_ih), at(w.bias_hh)};
    f.x = batch_.x, f.x_strides = {0, N * net_.inputs, net_.inputs};
    f.y = readout_.y + d * H, f.y_strides = {0, N * width, width};
    f.h_0 = advance(e_.h_0, state(d));
    if (net_.cell == Cell::lstm) f.c_0 = advance(e_.c_0, state(d));
    f.lengths = batch_.lengths, f.h_n = readout_.h_n + d * N * H;
    if (net_.cell == Cell::lstm) f.c_n = c_n_[d];
    if (!keep) return f;
    f.gates = gates_[d];
    if (net_.cell == Cell::lstm) f.cells = cells_[d];
    return f;
  }

  void back(int64_t d, const Training<T>& t) const {
    const Tensors& w = net_.layer[d];
    const auto at = [&](int64_t place) { return place < 0 ? nullptr : t.gradient + place; };
    Backward<T> b{};
    b.forward = pass(d, t.parameters, true);
    if (readout_.dy) b.dy = readout_.dy + d * net_.hidden, b.dy_strides = b.forward.y_strides;
    b.dh_n = advance(readout_.dh_n, d * batch_.rows * net_.hidden);
    if (batch_.dx) b.dx = batch_.dx, b.dx_strides = b.forward.x_strides;
    b.dweight_ih = at(w.weight_ih), b.dweight_hh = at(w.weight_hh);
    b.dbias_ih = at(w.bias_ih), b.dbias_hh = at(w.bias_hh);
    if (lanes_.serve(batch_)) lanes_.backward(b, d);
    else backward(b, 1);
  }

  // Dropout: sets a share of the numbers to 0 and scales up the rest.
  const T* drop(const Training<T>& t, const T* from, T* to) const {
    const float dropout = float(t.dropout);
    const T rest = T(1 - t.dropout);
    for (int64_t k = 0; k < batch_.rows * readout_.reads; ++k) to[k] = t.drawn[k] >= dropout ? from[k] / rest : T(0);
    return to;
  }

  const Examples<T>& e_;
  const Network& net_;
  const Layout layout_;
  Pieces<T> pieces_;
  Batch<T> batch_;
  const Readout<T> readout_;
  const Head<T> head_;
  EachHead<T> each_;
  T* const seen_;
  const Lanes<T> lanes_;
  int64_t first_ = 0;       // the example that is the batch's first row
  T *c_n_[2], *gates_[2], *cells_[2];
};

// Examples that are answered at once.
static int64_t answered(int64_t rows) { return rows < BLOCK_ROWS ? rows : BLOCK_ROWS; }

template <class T>
static int64_t workspace(const Examples<T>& examples, bool back) {
  Examples<T> e = examples;
  e.workspace = nullptr;
  return Passes<T>(e, back ? e.rows : answered(e.rows), back).workspace();
}

template <class T>
static void answer(const Answers<T>& a) {
  const Examples<T>& e = a.examples;
  for (int64_t row = 0; row < e.rows; row += BLOCK_ROWS) Passes<T>(e, answered(e.rows - row), false).answer(a, row);
}

// Returns the mean loss before the step; if that is not finite, nothing is changed.
template <class T>
static double train(const Training<T>& t) {
  Clock clock(t.spent);
  const T loss = Passes<T>(t.examples, t.examples.rows, true).learn(t, clock);
  if (loss - loss != 0) return double(loss);
  update(t);
  clock.end(Stage::update);
  return double(loss);
}

}  // namespace gatewise::GATEWISE_SET

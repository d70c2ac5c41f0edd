// The linear head at every step: outputs, losses and gradients, for a chunk of steps at a time.
//
// A chunk has some rows of the layer's outputs for which a target is told, or which are to be answered. Its products are
// tiles of gemm.h; what it needs stays in a core's cache, however many steps and outputs there are.
#pragma once

#include "batch.h"
#include "losses.h"

namespace gatewise::GATEWISE_SET {

constexpr int64_t CHUNK = 128;  // rows of a chunk at most

// Where a row of a chunk stands in the batch.
struct Standing {
  int64_t t, row;
};

template <class T>
class EachHead {
 public:
  EachHead(const Network& net, bool back, Pieces<T>& pieces)
      : net_(net),
        reads_(net.directions * net.hidden),
        wide_(up_to(reads_, PANEL<T>)),
        padded_(up_to(net.outputs, PANEL<T>)),
        weights_(piece(true, reads_ * padded_, pieces)),
        bias_(piece(true, padded_, pieces)),
        seen_(piece(true, CHUNK * wide_, pieces)),
        out_(piece(true, CHUNK * padded_, pieces)),
        back_(piece(back, net.outputs * wide_, pieces)),
        panels_(piece(back, CHUNK * wide_, pieces)),
        dweights_(piece(back, net.outputs * wide_, pieces)),
        dbias_(piece(back, padded_, pieces)),
        left_(piece(back, Collected<T>::size(net.outputs, CHUNK), pieces), net.outputs, CHUNK) {}

  // Answers a batch, the examples of `a` from number `first` on, from the layer's y (T, N, K).
  void answer(const Answers<T>& a, int64_t first, const Batch<T>& batch, const T* y) {
    const StepLoss<T> loss(a, first, batch);
    const int64_t steps = a.examples.steps, begin = first * steps;
    T *outputs = advance(a.outputs, begin * net_.outputs), *told = advance(a.told, begin * 2);
    if (outputs) zero(outputs, batch.rows * steps * net_.outputs);
    if (told) zero(told, batch.rows * steps * 2);
    pack(a.parameters);
    const auto wanted = [&](int64_t t, int64_t row) { return outputs || loss.told(t, row); };
    each_chunk(batch, wanted, [&](int64_t count) {
      for (int64_t k = 0; k < count; ++k) see(y + at(batch, k) * reads_, seen_ + k * wide_);
      multiply_out(count);
      for (int64_t k = 0; k < count; ++k) {
        const auto [t, row] = standing_[k];
        T* out = out_ + k * padded_;
        if (outputs) copy_numbers(out, net_.outputs, outputs + (row * steps + t) * net_.outputs);
        if (told && loss.told(t, row)) tell(loss, standing_[k], out, told + (row * steps + t) * 2);
      }
    });
  }

  // Computes the mean loss, the gradient of y in dy, and those of the head's parameters.
  T learn(const Training<T>& t, const Batch<T>& batch, const T* y, T* dy) {
    const StepLoss<T> loss(t, 0, batch);
    const T share = T(1) / T(loss.told_in_all());
    double sum = 0;
    pack(t.parameters), pack_back(t.parameters + net_.head_weight);
    zero(dy, batch.steps * batch.rows * reads_);
    zero(dweights_, net_.outputs * wide_), zero(dbias_, padded_);
    each_chunk(batch, [&](int64_t step, int64_t row) { return loss.told(step, row); }, [&](int64_t count) {
      for (int64_t k = 0; k < count; ++k) see(t, y + at(batch, k) * reads_, standing_[k], seen_ + k * wide_);
      multiply_out(count);
      for (int64_t k = 0; k < count; ++k) {
        sum += loss.of_row(standing_[k].t, standing_[k].row, share, out_ + k * padded_);
      }
      weight_gradients(count);
      multiply_back(count);
      for (int64_t k = 0; k < count; ++k) see(t, seen_ + k * wide_, standing_[k], dy + at(batch, k) * reads_);
    });
    T *dw = t.gradient + net_.head_weight, *db = t.gradient + net_.head_bias;
    for (int64_t o = 0; o < net_.outputs; ++o) copy_numbers(dweights_ + o * wide_, reads_, dw + o * reads_);
    copy_numbers(dbias_, net_.outputs, db);
    return T(sum) * share;
  }

 private:
  static void tell(const StepLoss<T>& loss, const Standing& at, T* out, T* told) {
    const bool likeliest = loss.likeliest(at.t, at.row, out);
    told[0] = -loss.of_row(at.t, at.row, T(1), out), told[1] = T(likeliest);
  }

  T* piece(bool wanted, int64_t count, Pieces<T>& pieces) const {
    return wanted && net_.each ? pieces.take(count) : nullptr;
  }

  // Calls body(how many) for every chunk of the steps that are wanted, whose places are in `standing_`.
  template <class Wanted, class Body>
  void each_chunk(const Batch<T>& batch, Wanted wanted, Body body) {
    int64_t count = 0;
    for (int64_t t = 0; t < batch.steps; ++t) {
      for (int64_t row = 0; row < batch.rows; ++row) {
        if (t >= batch.length(row) || !wanted(t, row)) continue;
        standing_[count] = {t, row};
        if (++count == CHUNK) body(count), count = 0;
      }
    }
    if (count > 0) body(count);
  }
  int64_t at(const Batch<T>& batch, int64_t k) const { return standing_[k].t * batch.rows + standing_[k].row; }

  // Packs the weights (O, K) for the products forward: k over K, columns are outputs.
  void pack(const T* parameters) {
    const T* w = parameters + net_.head_weight;
    zero(weights_, reads_ * padded_), zero(bias_, padded_);
    for (int64_t o = 0; o < net_.outputs; o += PANEL<T>) {
      const int64_t count = net_.outputs - o < PANEL<T> ? net_.outputs - o : PANEL<T>;
      copy_transposed(w + o * reads_, reads_, count, reads_, weights_ + o * reads_, PANEL<T>);
    }
    copy_numbers(parameters + net_.head_bias, net_.outputs, bias_);
    for (int64_t k = 0; k < CHUNK; ++k) seen_rows_[k] = k * wide_, out_rows_[k] = k * padded_;
  }

  // And for those back: k over the outputs, columns are what was read.
  void pack_back(const T* w) {
    zero(back_, net_.outputs * wide_);
    for (int64_t n = 0; n < reads_; n += PANEL<T>) {
      const int64_t count = reads_ - n < PANEL<T> ? reads_ - n : PANEL<T>;
      T* panel = back_ + n * net_.outputs;
      for (int64_t o = 0; o < net_.outputs; ++o) copy_numbers(w + o * reads_ + n, count, panel + o * PANEL<T>);
    }
  }

  void see(const T* from, T* to) const { copy_numbers(from, reads_, to); }

  // The same with dropout: a share of the numbers is set to 0, the rest is scaled up.
  void see(const Training<T>& t, const T* from, const Standing& at, T* to) const {
    if (!t.drawn) return see(from, to);
    const float* drawn = t.drawn + (at.row * t.examples.steps + at.t) * reads_;
    const float dropout = float(t.dropout);
    const T rest = T(1 - t.dropout);
    for (int64_t k = 0; k < reads_; ++k) to[k] = drawn[k] >= dropout ? from[k] / rest : T(0);
  }

  void multiply_out(int64_t count) const {
    const Part<T> part{seen_, seen_rows_, 1, reads_, 1, 0, weights_, reads_ * PANEL<T>};
    multiply(&part, 1, count, of_outputs(), {out_, out_rows_, bias_, Start::bias, Finish::store});
  }

  // From the gradient of the outputs, in `out_`, to that of what was read, in `seen_`.
  void multiply_back(int64_t count) const {
    const Part<T> part{out_, out_rows_, 1, net_.outputs, 1, 0, back_, net_.outputs * PANEL<T>};
    multiply(&part, 1, count, of_reads(), {seen_, seen_rows_, nullptr, Start::zero, Finish::store});
  }

  void weight_gradients(int64_t count) const {
    left_.put(0, count, [&](int64_t k) { return out_ + k * padded_; });
    to_panels(seen_, wide_, count, Panels::range(0, wide_ / PANEL<T>), 0, CHUNK, panels_);
    accumulate(left_, count, panels_, of_reads(), dweights_, wide_);
    each_vector<T>(0, net_.outputs, net_.outputs, [&](int64_t o, auto edge) {
      Vec<T> sum = edge.load(dbias_ + o);
      for (int64_t k = 0; k < count; ++k) sum += edge.load(out_ + k * padded_ + o);
      edge.store(dbias_ + o, sum);
    });
  }

  Panels of_outputs() const { return Panels::range(0, padded_ / PANEL<T>, half_panel<T>(net_.outputs)); }
  Panels of_reads() const { return Panels::range(0, wide_ / PANEL<T>, half_panel<T>(reads_)); }

  const Network& net_;
  const int64_t reads_, wide_, padded_;  // K; K and O in whole panels
  T *const weights_, *const bias_;       // packed
  T *const seen_, *const out_;           // of a chunk: what the head reads, and its outputs, then gradients of these
  T *const back_, *const panels_;        // packed weights, and what the head read, in panels
  T *const dweights_, *const dbias_;     // (O, K in whole panels), (O)
  const Collected<T> left_;              // gradients of outputs
  Standing standing_[CHUNK];
  int64_t seen_rows_[CHUNK], out_rows_[CHUNK];
};

}  // namespace gatewise::GATEWISE_SET

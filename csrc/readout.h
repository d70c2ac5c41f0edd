// What the head reads of a layer's outputs, and the gradients on the way back.
#pragma once

#include "batch.h"

namespace gatewise::GATEWISE_SET {

// The outputs of the layer at every step, and the summary of them that the head reads: of every row the final states of
// all directions, then where it is pooled the means of all outputs over the row's own steps, then their maxima. A head
// that answers at every step reads no summary, see each.h.
template <class T>
struct Readout {
  const int64_t rows, hidden, width;  // width: outputs of a step, D·H
  const bool pooled, each;
  const int64_t reads;      // K
  T *y, *dy;                // (T, N, D·H); dy null where only the final states are read
  T *h_n, *dh_n;            // (D, N, H); dh_n null where the head reads every step
  T *read, *dread;          // (N, K)

  Readout(const Network& net, int64_t rows, int64_t steps, bool back, Pieces<T>& pieces)
      : rows(rows),
        hidden(net.hidden),
        width(net.directions * net.hidden),
        pooled(net.pooled && !net.each),
        each(net.each),
        reads(width * (pooled ? 3 : 1)),
        y(pieces.take(steps * rows * width)),
        dy(pieces.take(back && (pooled || each) ? steps * rows * width : 0)),
        h_n(pieces.take(rows * width)),
        dh_n(pieces.take(back && !each ? rows * width : 0)),
        read(pieces.take(each ? 0 : rows * reads)),
        dread(pieces.take(back && !each ? rows * reads : 0)) {
    if (!pooled && !each) dy = nullptr;
    if (each) dh_n = nullptr;
  }

  void forward(const Batch<T>& batch) const {
    for (int64_t row = 0; row < rows; ++row) {
      T* to = read + row * reads;
      for (int64_t d = 0; d * hidden < width; ++d) copy(h_n + (d * rows + row) * hidden, to + d * hidden);
      if (!pooled) continue;
      const int64_t steps = batch.length(row);
      each_vector<T>(0, width, width, [&](int64_t u, auto edge) {
        Vec<T> sum{}, most = edge.load(at(y, 0, row) + u);
        for (int64_t t = 0; t < steps; ++t) {
          const Vec<T> now = edge.load(at(y, t, row) + u);
          sum += now, most = now > most ? now : most;
        }
        edge.store(to + width + u, sum / T(steps));
        edge.store(to + 2 * width + u, most);
      });
    }
  }

  // From `dread` to `dh_n` and `dy`. Outputs that share a maximum share its gradient.
  void backward(const Batch<T>& batch) const {
    for (int64_t row = 0; row < rows; ++row) {
      const T *from = dread + row * reads, *maxima = read + row * reads + 2 * width;
      for (int64_t d = 0; d * hidden < width; ++d) copy(from + d * hidden, dh_n + (d * rows + row) * hidden);
      if (!pooled) continue;
      const int64_t steps = batch.length(row);
      each_vector<T>(0, width, width, [&](int64_t u, auto edge) {
        const Vec<T> most = edge.load(maxima + u), mean = edge.load(from + width + u) / T(steps), one = splat(T(1));
        Vec<T> sharing{};
        for (int64_t t = 0; t < steps; ++t) sharing += edge.load(at(y, t, row) + u) == most ? one : Vec<T>{};
        const Vec<T> share = edge.load(from + 2 * width + u) / sharing;
        for (int64_t t = 0; t < steps; ++t) {
          edge.store(at(dy, t, row) + u, mean + (edge.load(at(y, t, row) + u) == most ? share : Vec<T>{}));
        }
      });
    }
  }

 private:
  T* at(T* outputs, int64_t t, int64_t row) const { return outputs + (t * rows + row) * width; }
  void copy(const T* from, T* to) const { __builtin_memcpy(to, from, size_t(hidden) * sizeof(T)); }
};

}  // namespace gatewise::GATEWISE_SET

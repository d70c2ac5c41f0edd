// A batch of examples in a workspace, as a network reads it.
#pragma once

#include "sequence.h"
#include "training.h"

namespace gatewise::GATEWISE_SET {

// Hands out pieces of a workspace. Without memory it counts how much is needed.
template <class T>
class Pieces {
 public:
  explicit Pieces(T* memory) : memory_(memory) {}

  template <class Number = T>
  Number* take(int64_t count) {
    constexpr int64_t LINE = 64 / int64_t(sizeof(T));  // no two pieces share a cache line
    T* found = advance(memory_, taken_);
    taken_ += up_to((count * int64_t(sizeof(Number)) + int64_t(sizeof(T)) - 1) / int64_t(sizeof(T)), LINE);
    return reinterpret_cast<Number*>(found);
  }
  int64_t taken() const { return taken_; }

 private:
  T* const memory_;
  int64_t taken_ = 0;
};

// Neighbouring examples, copied out of the data.
template <class T>
struct Batch {
  const int64_t rows;
  int64_t steps;            // of the longest one
  T* x;                     // (T, N, I), so that a step reads neighbours; nothing behind the end of an example
  const int64_t* lengths;   // (N), or null where all fill T
  T* units;                 // (N, scaled), or null

  Batch(const Examples<T>& e, int64_t rows, Pieces<T>& pieces)
      : rows(rows),
        steps(e.steps),
        x(pieces.take(rows * e.steps * e.network.inputs)),
        lengths(nullptr),
        units(pieces.take(rows * e.network.scaled)) {}

  // Copies the examples from number `first` on.
  void gather(const Examples<T>& e, int64_t first) {
    const int64_t width = e.network.inputs, scaled = e.network.scaled;
    if (e.lengths) shorten(e.lengths + first);
    for (int64_t row = 0; row < rows; ++row) {
      const T* from = e.x + e.starts[first + row] * width;
      T* to = x + row * width;
      for (int64_t t = 0; t < length(row); ++t) {
        each_vector<T>(0, width, width, [&](int64_t at, auto edge) {
          edge.store(to + t * rows * width + at, edge.load(from + t * width + at));
        });
      }
      for (int64_t channel = 0; channel < scaled; ++channel) {
        units[row * scaled + channel] = scale(to + channel, length(row), rows * width, T(e.network.flattest));
      }
    }
  }

  int64_t length(int64_t row) const { return lengths ? lengths[row] : steps; }

 private:
  // No more steps than the longest example has; no lengths where all are equal.
  void shorten(const int64_t* all) {
    bool equal = true;
    steps = all[0];
    for (int64_t row = 1; row < rows; ++row) {
      equal &= all[row] == all[0];
      steps = all[row] > steps ? all[row] : steps;
    }
    lengths = equal ? nullptr : all;
  }

  // Takes the mean off one channel of an example and divides it by its spread, which is returned.
  static T scale(T* channel, int64_t steps, int64_t apart, T flattest) {
    T mean = 0, squares = 0;
    for (int64_t t = 0; t < steps; ++t) mean += channel[t * apart];
    mean /= T(steps);
    for (int64_t t = 0; t < steps; ++t) {
      const T off = channel[t * apart] - mean;
      squares += off * off;
    }
    const T spread = T(__builtin_sqrt(squares / T(steps))), unit = spread < flattest ? flattest : spread;
    for (int64_t t = 0; t < steps; ++t) channel[t * apart] = (channel[t * apart] - mean) / unit;
    return unit;
  }
};

}  // namespace gatewise::GATEWISE_SET

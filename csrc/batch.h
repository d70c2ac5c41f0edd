// A batch of examples in a workspace, as a network reads it.
#pragma once

#include "sequence.h"
#include "tables.h"

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
  T* dx;                    // the same of its gradient, where there are tables; else null
  const int64_t* lengths;   // (N), or null where all fill T
  T* units;                 // (N, scaled), or null

  Batch(const Examples<T>& e, int64_t rows, bool back, Pieces<T>& pieces)
      : rows(rows),
        steps(e.steps),
        x(pieces.take(rows * e.steps * e.network.inputs)),
        dx(nullptr),
        lengths(nullptr),
        units(pieces.take(rows * e.network.scaled)) {
    if (back && e.network.coded > 0) dx = pieces.take(rows * e.steps * e.network.inputs);
  }

  // Copies the examples from number `first` on, with the rows of tables that they number.
  void gather(const Examples<T>& e, int64_t first, const T* parameters) {
    const Network& net = e.network;
    const int64_t width = net.inputs, scaled = net.scaled;
    if (e.lengths) shorten(e.lengths + first);
    for (int64_t row = 0; row < rows; ++row) {
      const T* from = e.x + e.starts[first + row] * net.channels;
      T* to = x + row * width;
      for (int64_t t = 0; t < length(row); ++t) {
        if (net.coded > 0) read_step(net, parameters, from + t * net.channels, to + t * rows * width);
        else copy_numbers(from + t * width, width, to + t * rows * width);
      }
      for (int64_t channel = 0; channel < scaled; ++channel) {
        units[row * scaled + channel] = scale(to + channel, length(row), rows * width, T(e.network.flattest));
      }
    }
  }

  // Adds `dx` to the gradients of the tables.
  void scatter(const Examples<T>& e, T* gradient) const {
    const Network& net = e.network;
    for (int64_t t = 0; t < steps; ++t) {
      for (int64_t row = 0; row < rows; ++row) {
        if (t >= length(row)) continue;
        add_to_tables(net, e.x + (e.starts[row] + t) * net.channels, dx + (t * rows + row) * net.inputs, gradient);
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

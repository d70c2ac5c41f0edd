// One test problem: random numbers for every argument of the kernels, and a call of the kernels on them. Arrays are
// exactly as long as contract.h says. Numbers that a kernel must not read are NaN, and so are those that it must write.
#pragma once

#include <limits>
#include <random>

#include "../dispatch.h"
#include "plain.h"

namespace trial {

using gatewise::InstructionSet;
using gatewise::Kernels;
using gatewise::Layout;
using gatewise::Strides;
using plain::In;
using plain::Out;
using plain::Shape;

using Numbers = std::vector<double>;

struct Problem {
  Shape shape;
  In<double> in;              // all representable in float
  Out<double> dout;
  plain::Calendar calendar;
  plain::Extras extras;
  int threads = 2;
  bool bias = true, initial = true, peepholes = false, strided = false, gate_gradients = true;
};

// The extras and options that a problem may have.
enum Has { NOTHING = 0, LENGTHS = 1, MASK = 2, RESET = 4, HARD = 8, PEEP = 16, DROPPED = 32, STILL = 64, NORM = 128 };
constexpr int EXTRAS = HARD | PEEP | DROPPED | STILL;

inline Problem random_problem(Shape shape, int has, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Problem p;
  shape.normed = has & NORM && shape.cell != plain::Cell::rnn;
  p.shape = shape;
  p.bias = random() % 4 != 0, p.initial = random() % 4 != 0;
  p.strided = random() % 2 == 0, p.gate_gradients = random() % 2 == 0;
  p.threads = random() % 2 ? 2 : 5;
  p.peepholes = has & PEEP && shape.cell == plain::Cell::lstm;
  const double scale = 1 / std::sqrt(double(shape.hidden + shape.inputs));
  for (int i = 0; i < plain::INPUTS; ++i) {
    p.in[i].resize(size_t(plain::input_sizes(shape)[i]));
    const bool absent = ((i == plain::B_IH || i == plain::B_HH) && !p.bias) ||
                        ((i == plain::H_0 || i == plain::C_0) && !p.initial) || (i == plain::PEEPHOLES && !(has & PEEP));
    const double size = i <= plain::B_HH ? scale : i == plain::PEEPHOLES ? 0.25 : 1;
    for (double& x : p.in[i]) x = absent ? 0 : float(normal(random) * size);
  }
  for (int i = 0; i < plain::OUTPUTS; ++i) {
    p.dout[i].resize(size_t(plain::output_sizes(shape)[i]));
    const bool absent = (i == plain::GATES || i == plain::CELLS) && !p.gate_gradients;
    for (double& d : p.dout[i]) d = absent ? 0 : float(normal(random));
  }
  // The product inside the reset of the reset-after GRU is kept but is no gate, so callers give no gradient of it.
  const int64_t H = shape.hidden, K = plain::kept(shape.cell);
  for (size_t i = 0; i < p.dout[plain::GATES].size() && K == 4 && shape.cell != plain::Cell::lstm; ++i) {
    if (int64_t(i) / H % K == 3) p.dout[plain::GATES][i] = 0;
  }
  const int64_t rows = shape.models * shape.rows;
  for (int64_t i = 0; has & LENGTHS && i < rows; ++i) {
    p.calendar.lengths.push_back(int64_t(random() % uint64_t(shape.steps + 1)));
  }
  const auto flags = [&](int which, std::vector<uint8_t>& to, uint64_t of_four) {
    for (int64_t i = 0; has & which && i < rows * shape.steps; ++i) to.push_back(random() % 4 < of_four);
  };
  flags(MASK, p.calendar.mask, 3), flags(RESET, p.calendar.reset, 1);
  p.extras.hard_slope = has & HARD ? 0.25 : 0;
  const auto factors = [&](int which, std::vector<double>& to, int64_t count, auto draw) {
    for (int64_t i = 0; has & which && i < count; ++i) to.push_back(draw());
  };
  factors(DROPPED, p.extras.dropped, rows * H, [&] { return random() % 3 ? 1.5 : 0.0; });
  factors(STILL, p.extras.still_h, rows * shape.steps * H, [&] { return double(random() % 5) / 4; });
  const bool lstm = shape.cell == plain::Cell::lstm;
  factors(STILL, p.extras.still_c, lstm ? rows * shape.steps * H : 0, [&] { return double(random() % 2); });
  return p;
}

// An array of shape (M, T, N, width) with any strides.
template <class T>
struct Grid {
  Shape shape;
  int64_t width;
  Strides strides;
  std::vector<T> numbers;

  Grid(const Shape& s, int64_t w, bool strided) : shape(s), width(w) {
    const int64_t apart = w + 3;
    strides = strided ? Strides{s.rows * s.steps * apart + 5, apart, s.steps * apart}
                      : Strides{s.steps * s.rows * w, s.rows * w, w};
    const bool empty = s.models * s.steps * s.rows == 0;
    const int64_t last = (s.models - 1) * strides.model + (s.steps - 1) * strides.time + (s.rows - 1) * strides.row;
    numbers.assign(empty ? 0 : size_t(last + w), std::numeric_limits<T>::quiet_NaN());
  }

  template <class Each>
  void each(const Each& each) {
    for (int64_t m = 0, from = 0; m < shape.models; ++m) {
      for (int64_t t = 0; t < shape.steps; ++t) {
        for (int64_t n = 0; n < shape.rows; ++n, from += width) {
          each(m * shape.rows + n, t, from, numbers.data() + m * strides.model + t * strides.time + n * strides.row);
        }
      }
    }
  }
  void put(const Problem& p, const Numbers& dense) {
    each([&](int64_t row, int64_t t, int64_t from, T* to) {
      if (!p.calendar.runs(p.shape, row, t)) return;
      for (int64_t i = 0; i < width; ++i) to[i] = T(dense[from + i]);
    });
  }
  // Copies the rows out. If a number between the rows was changed, the first number of the result becomes NaN.
  Numbers take() {
    Numbers dense(size_t(shape.models * shape.steps * shape.rows * width));
    each([&](int64_t, int64_t, int64_t from, T* at) {
      for (int64_t i = 0; i < width; ++i) {
        dense[from + i] = double(at[i]);
        at[i] = std::numeric_limits<T>::quiet_NaN();
      }
    });
    for (T x : numbers) {
      if (!std::isnan(x) && !dense.empty()) dense[0] = std::nan("");
    }
    return dense;
  }
};

template <class T>
std::vector<T> as(const Numbers& from) {
  return std::vector<T>(from.begin(), from.end());
}
template <class T>
std::vector<T> unwritten(size_t size) {
  return std::vector<T>(size, std::numeric_limits<T>::quiet_NaN());
}

template <class T>
const Kernels<T>& kernels(const InstructionSet& set) {
  if constexpr (sizeof(T) == 4) return *set.f32;
  else return *set.f64;
}

// Writes kept blocks to their places in a row of `gates`. The gaps get numbers that must not matter.
template <class T>
struct Kept {
  Layout layout;
  int64_t count, hidden;

  int64_t block(int64_t k) const { return k < layout.blocks ? layout.x_block[k] : layout.h_block[2]; }
  std::vector<T> spread(const Numbers& dense) const {
    const int64_t rows = int64_t(dense.size()) / (count * hidden);
    std::vector<T> to(size_t(rows * layout.width), T(3.25));
    for (int64_t i = 0; i < int64_t(dense.size()); ++i) {
      to[i / (count * hidden) * layout.width + block(i / hidden % count) + i % hidden] = T(dense[i]);
    }
    return to;
  }
  Numbers gather(const std::vector<T>& from) const {
    Numbers dense(from.size() / size_t(layout.width) * size_t(count * hidden));
    for (int64_t i = 0; i < int64_t(dense.size()); ++i) {
      dense[i] = double(from[i / (count * hidden) * layout.width + block(i / hidden % count) + i % hidden]);
    }
    return dense;
  }
};

template <class T>
Numbers without_gaps(const std::vector<T>& from, int64_t padded, int64_t hidden) {
  Numbers dense(from.size() / size_t(padded) * size_t(hidden));
  for (int64_t i = 0; i < int64_t(dense.size()); ++i) dense[i] = double(from[i / hidden * padded + i % hidden]);
  return dense;
}

template <class T>
std::vector<T> with_gaps(const Numbers& dense, int64_t padded, int64_t hidden) {
  std::vector<T> to(dense.size() / size_t(hidden) * size_t(padded), T(3.25));
  for (int64_t i = 0; i < int64_t(dense.size()); ++i) to[i / hidden * padded + i % hidden] = T(dense[i]);
  return to;
}

template <class T>
struct Result {
  Out<double> out;
  In<double> din;
  Numbers y_alone;            // of a forward pass that keeps nothing
  In<double> din_again;       // of a backward pass from kept states alone, without gradients of gates
};

template <class Array>
auto given(Array& all) {
  return all.empty() ? nullptr : all.data();
}

// The arrays of a problem, and the structures that name them.
template <class T>
struct Arrays {
  const Problem& p;
  const Shape& s;
  const Kept<T> blocks;
  std::array<std::vector<T>, plain::INPUTS> in, din;
  Grid<T> x, y, dy, dx, still_h, still_c;
  std::vector<T> dropped, h_n, c_n, gates, cells, products, states, dh_n, dc_n, dgates, dcells;

  Arrays(const Problem& problem, const Layout& layout)
      : p(problem), s(p.shape), blocks{layout, plain::kept(s.cell), s.hidden}, x(s, s.inputs, p.strided),
        y(s, s.hidden, p.strided), dy(y), dx(x), still_h(y), still_c(y) {
    const int64_t rows = s.models * s.steps * s.rows;
    for (int i = 0; i < plain::INPUTS; ++i) in[i] = as<T>(p.in[i]);
    x.put(p, p.in[plain::X]), dy.put(p, p.dout[plain::Y]);
    if (!p.extras.still_h.empty()) still_h.put(p, p.extras.still_h);
    if (!p.extras.still_c.empty()) still_c.put(p, p.extras.still_c);
    dropped = as<T>(p.extras.dropped);
    h_n = unwritten<T>(p.dout[plain::H_N].size()), c_n = unwritten<T>(p.dout[plain::C_N].size());
    gates = unwritten<T>(size_t(rows * layout.width)), cells = unwritten<T>(lstm() ? size_t(rows * layout.padded) : 0);
    products = unwritten<T>(size_t(rows * layout.products));
    const int64_t stretches = (s.steps + gatewise::STRETCH - 1) / gatewise::STRETCH;
    states = unwritten<T>(size_t(s.models * stretches * s.rows * s.hidden * (lstm() ? 2 : 1)));
    dh_n = as<T>(p.dout[plain::H_N]), dc_n = as<T>(p.dout[plain::C_N]), dgates = blocks.spread(p.dout[plain::GATES]);
    dcells = with_gaps<T>(p.dout[plain::CELLS], layout.padded, s.hidden);
  }

  bool lstm() const { return s.cell == plain::Cell::lstm; }
  T* bias(std::vector<T>& b) const { return p.bias ? b.data() : nullptr; }
  T* initial(std::vector<T>& state) const { return p.initial ? given(state) : nullptr; }

  // A pass that keeps nothing.
  gatewise::Forward<T> forward() {
    using namespace plain;
    gatewise::Forward<T> f{};
    f.shape = s;
    f.weights.weight_ih = in[W_IH].data(), f.weights.weight_hh = in[W_HH].data();
    f.weights.bias_ih = bias(in[B_IH]), f.weights.bias_hh = bias(in[B_HH]);
    f.extras.hard_slope = p.extras.hard_slope;
    f.extras.peepholes = p.peepholes ? in[PEEPHOLES].data() : nullptr;
    f.extras.gains = given(in[GAINS]), f.extras.cell_norm = given(in[CELL_NORM]), f.extras.dropped = given(dropped);
    f.extras.still_h = p.extras.still_h.empty() ? nullptr : still_h.numbers.data();
    f.extras.still_c = p.extras.still_c.empty() ? nullptr : still_c.numbers.data();
    f.extras.still_h_strides = still_h.strides, f.extras.still_c_strides = still_c.strides;
    f.x = x.numbers.data(), f.x_strides = x.strides, f.y = y.numbers.data(), f.y_strides = y.strides;
    f.h_0 = initial(in[H_0]), f.c_0 = initial(in[C_0]), f.h_n = h_n.data(), f.c_n = lstm() ? c_n.data() : nullptr;
    f.lengths = given(p.calendar.lengths), f.mask = given(p.calendar.mask), f.reset = given(p.calendar.reset);
    f.stretch = gatewise::STRETCH;
    return f;
  }

  // The pass back through `forward`.
  gatewise::Backward<T> backward(const gatewise::Forward<T>& forward) {
    using namespace plain;
    for (int i = 0; i < INPUTS; ++i) din[i] = unwritten<T>(p.in[i].size());
    gatewise::Backward<T> b{};
    b.forward = forward;
    b.dy = dy.numbers.data(), b.dy_strides = dy.strides, b.dx = dx.numbers.data(), b.dx_strides = dx.strides;
    b.dh_n = dh_n.data(), b.dc_n = lstm() ? dc_n.data() : nullptr;
    b.dgates = p.gate_gradients ? dgates.data() : nullptr;
    b.dcells = p.gate_gradients && lstm() ? dcells.data() : nullptr;
    b.dweight_ih = din[W_IH].data(), b.dweight_hh = din[W_HH].data();
    b.dbias_ih = bias(din[B_IH]), b.dbias_hh = bias(din[B_HH]);
    b.dpeepholes = p.peepholes ? din[PEEPHOLES].data() : nullptr;
    b.dgains = given(din[GAINS]), b.dcell_norm = given(din[CELL_NORM]);
    b.dh_0 = initial(din[H_0]), b.dc_0 = initial(din[C_0]);
    return b;
  }
};

template <class T>
Result<T> call(const InstructionSet& set, const Problem& p) {
  const Kernels<T>& kernel = kernels<T>(set);
  const Shape& s = p.shape;
  Arrays<T> arrays(p, kernel.layout(s.cell, s.hidden, s.normed));
  const auto backward = [&](const gatewise::Forward<T>& f) {
    kernel.backward(arrays.backward(f), p.threads);
    In<double> found;
    for (int i = 0; i < plain::INPUTS; ++i) found[i].assign(arrays.din[i].begin(), arrays.din[i].end());
    found[plain::X] = arrays.dx.take();
    return found;
  };
  Result<T> result;
  gatewise::Forward<T> f = arrays.forward();
  kernel.forward(f, p.threads);
  result.y_alone = arrays.y.take();
  f.gates = arrays.gates.data(), f.cells = arrays.lstm() ? arrays.cells.data() : nullptr;
  f.products = s.normed ? arrays.products.data() : nullptr;
  kernel.forward(f, p.threads);
  result.din = backward(f);
  if (!p.gate_gradients) {
    f.gates = f.cells = f.products = nullptr, f.states = arrays.states.data();
    kernel.forward(f, p.threads);
    result.din_again = backward(f);
  }
  const auto numbers = [](const std::vector<T>& all) { return Numbers(all.begin(), all.end()); };
  result.out = {arrays.y.take(), numbers(arrays.h_n), numbers(arrays.c_n), arrays.blocks.gather(arrays.gates),
                without_gaps(arrays.cells, arrays.blocks.layout.padded, s.hidden)};
  return result;
}

}  // namespace trial

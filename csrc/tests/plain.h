// The cells written a second time, independently of the kernels, which are compared with them: plain loops over single
// numbers, one row after the other, in any number type.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../contract.h"

namespace plain {

using gatewise::Cell;
using gatewise::Shape;

enum Input { W_IH, W_HH, B_IH, B_HH, PEEPHOLES, GAINS, CELL_NORM, X, H_0, C_0, INPUTS };
enum Output { Y, H_N, C_N, GATES, CELLS, OUTPUTS };

// Contiguous arrays in the shapes of contract.h; GATES have no gaps: (M, T, N, kept blocks, H). The gradients of inputs
// and outputs have the same shapes.
template <class R>
using In = std::array<std::vector<R>, INPUTS>;
template <class R>
using Out = std::array<std::vector<R>, OUTPUTS>;

inline int64_t blocks(Cell cell) { return cell == Cell::lstm ? 4 : cell == Cell::rnn ? 1 : 3; }
inline int64_t kept(Cell cell) { return blocks(cell) + (cell == Cell::gru_after); }

inline std::array<int64_t, INPUTS> input_sizes(const Shape& s) {
  const int64_t G = blocks(s.cell), H = s.hidden, M = s.models, state = M * s.rows * H;
  const bool lstm = s.cell == Cell::lstm;
  return {M * G * H * s.inputs, M * G * H * H, M * G * H, M * G * H, lstm ? 3 * M * H : 0, s.normed ? 2 * M * G * H : 0,
          s.normed && lstm ? 2 * M * H : 0, M * s.steps * s.rows * s.inputs, state, lstm ? state : 0};
}

inline std::array<int64_t, OUTPUTS> output_sizes(const Shape& s) {
  const int64_t state = s.models * s.rows * s.hidden, all = s.steps * state;
  return {all, state, s.cell == Cell::lstm ? state : 0, all * kept(s.cell), s.cell == Cell::lstm ? all : 0};
}

// The steps that a row runs, in the order in which it runs them, and whether its state is set to zero before each.
struct Steps {
  std::vector<int64_t> run;
  std::vector<bool> anew;
};

// Lengths, mask and resets in the shapes of contract.h; empty where there are none.
struct Calendar {
  std::vector<int64_t> lengths;
  std::vector<uint8_t> mask, reset;

  bool runs(const Shape& s, int64_t row, int64_t t) const {
    return (lengths.empty() || t < lengths[row]) && (mask.empty() || mask[row * s.steps + t]);
  }
  // Whether there is a reset after step `first` (-1 for the beginning) and up to step `last`.
  bool cut(const Shape& s, int64_t row, int64_t first, int64_t last) const {
    for (int64_t t = first + 1; t <= last && !reset.empty(); ++t) {
      if (reset[row * s.steps + t]) return true;
    }
    return false;
  }
  Steps of(const Shape& s, int64_t row) const {
    Steps steps;
    int64_t last = -1;
    for (int64_t t = 0; t < s.steps; ++t) {
      if (!runs(s, row, t)) continue;
      steps.run.push_back(t), steps.anew.push_back(cut(s, row, last, t));
      last = t;
    }
    if (!s.reverse || steps.run.empty()) return steps;
    std::reverse(steps.run.begin(), steps.run.end());
    std::reverse(steps.anew.begin() + 1, steps.anew.end());  // the first one has no effect in reverse
    steps.anew.erase(steps.anew.begin()), steps.anew.insert(steps.anew.begin(), false);
    return steps;
  }
};

// Extras that have no gradients: contiguous arrays in the shapes of contract.h, empty where there are none.
struct Extras {
  double hard_slope = 0;
  std::vector<double> dropped, still_h, still_c;
};

// Layer norm, (raw - mean) / sqrt(variance + 1e-5), and its gradient.
template <class R>
struct Normed {
  std::vector<R> values;
  R deviation;

  explicit Normed(const std::vector<R>& raw) {
    R mean = 0, variance = 0;
    for (R x : raw) mean += x / R(raw.size());
    for (R x : raw) variance += (x - mean) * (x - mean) / R(raw.size());
    deviation = std::sqrt(variance + R(1e-5));
    for (R x : raw) values.push_back((x - mean) / deviation);
  }
  std::vector<R> back(const std::vector<R>& d) const {
    R mean = 0, along = 0;
    for (size_t i = 0; i < d.size(); ++i) mean += d[i] / R(d.size()), along += d[i] * values[i] / R(d.size());
    std::vector<R> raw;
    for (size_t i = 0; i < d.size(); ++i) raw.push_back((d[i] - mean - values[i] * along) / deviation);
    return raw;
  }
};

// A group of gate blocks whose products are normalised together; `first` is the first of them.
struct Group {
  int64_t first, count;
};

inline std::vector<Group> groups(Cell cell) {
  if (cell == Cell::lstm) return {{0, 4}};
  if (cell == Cell::rnn) return {{0, 1}};
  return {{0, 2}, {2, 1}};
}

template <class R>
R logistic(R x) {
  return R(1) / (R(1) + std::exp(-x));
}

// One row of one model, one step after the other.
template <class R>
class Row {
 public:
  Row(const Shape& s, const In<R>& in, const Extras& extras, const Calendar& calendar, int64_t row)
      : s_(s),
        in_(in),
        extras_(extras),
        model_(row / s.rows),
        row_(row % s.rows),
        steps_(calendar.of(s, row)),
        G_(blocks(s.cell)),
        K_(kept(s.cell)) {}

  void forward(Out<R>& out) const {
    const int64_t H = s_.hidden;
    std::vector<R> h(begin(H_0), begin(H_0) + H), c(H);
    if (s_.cell == Cell::lstm) c.assign(begin(C_0), begin(C_0) + H);
    for (size_t step = 0; step < steps_.run.size(); ++step) {
      const int64_t t = steps_.run[step];
      if (steps_.anew[step]) h.assign(H, R(0)), c.assign(H, R(0));
      this->step(t, h, c, &out[GATES][at(t, K_ * H)]);
      for (int64_t u = 0; u < H; ++u) out[Y][at(t, H) + u] = h[u];
      for (int64_t u = 0; u < H && s_.cell == Cell::lstm; ++u) out[CELLS][at(t, H) + u] = c[u];
    }
    for (int64_t u = 0; u < H; ++u) out[H_N][state() + u] = h[u];
    for (int64_t u = 0; u < H && s_.cell == Cell::lstm; ++u) out[C_N][state() + u] = c[u];
  }

  // Adds the gradients of this row to `din`; `out` are the results of forward.
  void backward(const Out<R>& out, const Out<R>& dout, In<R>& din) const {
    const int64_t H = s_.hidden;
    const bool lstm = s_.cell == Cell::lstm;
    std::vector<R> dh(&dout[H_N][state()], &dout[H_N][state()] + H), dc(H), before(H), c_before(H);
    if (lstm) dc.assign(&dout[C_N][state()], &dout[C_N][state()] + H);
    for (int64_t step = int64_t(steps_.run.size()) - 1; step >= 0; --step) {
      const int64_t t = steps_.run[step];
      const bool anew = steps_.anew[step];
      for (int64_t u = 0; u < H; ++u) {
        before[u] = anew ? R(0) : step > 0 ? out[Y][at(steps_.run[step - 1], H) + u] : begin(H_0)[u];
        if (lstm) {
          c_before[u] = anew ? R(0) : step > 0 ? out[CELLS][at(steps_.run[step - 1], H) + u] : begin(C_0)[u];
        }
        dh[u] += dout[Y][at(t, H) + u];
        if (lstm) dc[u] += dout[CELLS][at(t, H) + u];
      }
      back(t, before, c_before, out, &dout[GATES][at(t, K_ * H)], dh, dc, din);
      if (anew) dh.assign(H, R(0)), dc.assign(H, R(0));
    }
    for (int64_t u = 0; u < H; ++u) din[H_0][state() + u] = dh[u];
    for (int64_t u = 0; u < H && lstm; ++u) din[C_0][state() + u] = dc[u];
  }

 private:
  int64_t at(int64_t t, int64_t width) const { return ((model_ * s_.steps + t) * s_.rows + row_) * width; }
  int64_t state() const { return (model_ * s_.rows + row_) * s_.hidden; }
  int64_t weight(int64_t g, int64_t u, int64_t width) const { return ((model_ * G_ + g) * s_.hidden + u) * width; }
  const R* begin(Input which) const { return &in_[which][state()]; }

  int64_t gain(Input matrix, int64_t g, int64_t u) const {
    return ((model_ * 2 + (matrix == W_HH)) * G_ + g) * s_.hidden + u;
  }
  R cell_gain(int64_t k, int64_t u) const { return in_[CELL_NORM][(model_ * 2 + k) * s_.hidden + u]; }
  // The argument of the tanh in h: the cell state, normalised if there is layer norm.
  std::vector<R> shown(const std::vector<R>& cell) const {
    if (in_[CELL_NORM].empty()) return cell;
    std::vector<R> out = Normed<R>(cell).values;
    for (int64_t u = 0; u < s_.hidden; ++u) out[u] = cell_gain(0, u) * out[u] + cell_gain(1, u);
    return out;
  }
  // The product of the weights of a group of gates with `from`, gate after gate.
  std::vector<R> raw(Input matrix, Group group, const R* from) const {
    const int64_t width = matrix == W_IH ? s_.inputs : s_.hidden;
    std::vector<R> sums;
    for (int64_t k = 0; k < group.count * s_.hidden; ++k) {
      const R* w = &in_[matrix][weight(group.first, k, width)];
      R sum = 0;
      for (int64_t i = 0; i < width; ++i) sum += w[i] * from[i];
      sums.push_back(sum);
    }
    return sums;
  }
  // The same with biases, and normalised if there is layer norm.
  std::vector<R> part(Input matrix, Group group, const R* from) const {
    std::vector<R> sums = raw(matrix, group, from);
    if (s_.normed) sums = Normed<R>(sums).values;
    for (int64_t k = 0; k < group.count * s_.hidden; ++k) {
      if (s_.normed) sums[k] *= in_[GAINS][gain(matrix, group.first, k)];
      sums[k] += in_[matrix == W_IH ? B_IH : B_HH][weight(group.first, k, 1)];
    }
    return sums;
  }
  // Gradients of the weights, the biases and the gain from that of their product; that of `from` is added to `dfrom`.
  void part_back(Input matrix, Group group, const R* from, std::vector<R> d, In<R>& din, R* dfrom) const {
    const int64_t width = matrix == W_IH ? s_.inputs : s_.hidden, count = group.count * s_.hidden;
    for (int64_t k = 0; k < count; ++k) din[matrix == W_IH ? B_IH : B_HH][weight(group.first, k, 1)] += d[k];
    if (s_.normed) {
      const Normed<R> normed(raw(matrix, group, from));
      for (int64_t k = 0; k < count; ++k) {
        din[GAINS][gain(matrix, group.first, k)] += d[k] * normed.values[k];
        d[k] *= in_[GAINS][gain(matrix, group.first, k)];
      }
      d = normed.back(d);
    }
    for (int64_t k = 0; k < count; ++k) {
      const int64_t row = weight(group.first, k, width);
      for (int64_t i = 0; i < width; ++i) {
        din[matrix][row + i] += d[k] * from[i], dfrom[i] += d[k] * in_[matrix][row + i];
      }
    }
  }
  R seen(int64_t u, R h) const { return extras_.dropped.empty() ? h : R(extras_.dropped[state() + u]) * h; }
  R still(const std::vector<double>& all, int64_t t, int64_t u) const { return all.empty() ? R(0) : R(all[at(t, s_.hidden) + u]); }
  R peephole(int64_t k, int64_t u) const { return in_[PEEPHOLES][(model_ * 3 + k) * s_.hidden + u]; }
  R gate_of(R sum) const {
    if (extras_.hard_slope == 0) return logistic(sum);
    return std::min(R(1), std::max(R(0), R(0.5) + R(extras_.hard_slope) * sum));
  }
  R gate_slope(R y) const {
    if (extras_.hard_slope == 0) return y * (R(1) - y);
    return y > R(0) && y < R(1) ? R(extras_.hard_slope) : R(0);
  }
  R share(R z) const { return s_.update_is_state ? R(1) - z : z; }

  void step(int64_t t, std::vector<R>& h, std::vector<R>& c, R* gates) const {
    const int64_t H = s_.hidden;
    std::vector<R> seen(H), next(H), cell(H);
    for (int64_t u = 0; u < H; ++u) seen[u] = this->seen(u, h[u]);
    std::vector<R> of_inputs, of_state;
    for (int64_t g = 0; g < G_; ++g) {
      const bool candidate = s_.cell == Cell::lstm ? g == 2 : g == G_ - 1;
      if (s_.cell == Cell::gru_before && candidate) {
        for (int64_t u = 0; u < H; ++u) seen[u] *= gates[u];
      }
      for (const Group& group : groups(s_.cell)) {
        if (group.first != g) continue;
        for (R x : part(W_IH, group, &in_[X][at(t, s_.inputs)])) of_inputs.push_back(x);
        for (R x : part(W_HH, group, seen.data())) of_state.push_back(x);
      }
      for (int64_t u = 0; u < H; ++u) {
        const R x = of_inputs[g * H + u], product = of_state[g * H + u];
        const bool inside = s_.cell == Cell::gru_after && candidate;
        if (inside) gates[3 * H + u] = product;
        R sum = inside ? x + gates[u] * product : x + product;
        if (s_.cell == Cell::lstm && g < 2) sum += peephole(g, u) * c[u];
        if (s_.cell == Cell::lstm && g == 3) {
          cell[u] = gates[H + u] * c[u] + gates[u] * gates[2 * H + u];
          sum += peephole(2, u) * cell[u];
        }
        gates[g * H + u] = candidate ? std::tanh(sum) : gate_of(sum);
      }
    }
    const std::vector<R> out = shown(cell);
    for (int64_t u = 0; u < H; ++u) {
      if (s_.cell == Cell::lstm) {
        const R k = still(extras_.still_c, t, u);
        c[u] = k * c[u] + (R(1) - k) * cell[u];
        next[u] = gates[3 * H + u] * std::tanh(out[u]);
      } else if (s_.cell == Cell::rnn) {
        next[u] = gates[u];
      } else {
        const R w = share(gates[H + u]);
        next[u] = (R(1) - w) * h[u] + w * gates[2 * H + u];
      }
      const R k = still(extras_.still_h, t, u);
      next[u] = k * h[u] + (R(1) - k) * next[u];
    }
    h = next;
  }

  // dh and dc are gradients of the state after the step, and are replaced by those of the state before it.
  void back(int64_t t, const std::vector<R>& before, const std::vector<R>& c_before, const Out<R>& out,
            const R* dgates, std::vector<R>& dh, std::vector<R>& dc, In<R>& din) const {
    const int64_t H = s_.hidden;
    const R* gates = &out[GATES][at(t, K_ * H)];
    std::vector<R> dsum(G_ * H), old(H);  // of the sums; of the old state, but for the part through products
    std::vector<R> cells(H), dcells(H);
    for (int64_t u = 0; u < H && s_.cell == Cell::lstm; ++u) {
      cells[u] = gates[H + u] * c_before[u] + gates[u] * gates[2 * H + u];
    }
    const std::vector<R> out_of = shown(cells);
    for (int64_t u = 0; u < H && s_.cell == Cell::lstm; ++u) {
      const R squashed = std::tanh(out_of[u]), d = (R(1) - still(extras_.still_h, t, u)) * dh[u];
      dcells[u] = d * gates[3 * H + u] * (R(1) - squashed * squashed);
    }
    if (!in_[CELL_NORM].empty()) {
      const Normed<R> normed(cells);
      for (int64_t u = 0; u < H; ++u) {
        din[CELL_NORM][model_ * 2 * H + u] += dcells[u] * normed.values[u];
        din[CELL_NORM][(model_ * 2 + 1) * H + u] += dcells[u];
        dcells[u] *= cell_gain(0, u);
      }
      dcells = normed.back(dcells);
    }
    for (int64_t u = 0; u < H; ++u) {
      const auto gate = [&](int64_t g) { return gates[g * H + u]; };
      const auto slope = [&](int64_t g, R d, bool squashed) {
        dsum[g * H + u] = (d + dgates[g * H + u]) * (squashed ? R(1) - gate(g) * gate(g) : gate_slope(gate(g)));
        return dsum[g * H + u];
      };
      const R h_still = still(extras_.still_h, t, u), direct = h_still * dh[u];
      dh[u] -= direct;
      if (s_.cell == Cell::lstm) {
        const R cell = cells[u], c_direct = still(extras_.still_c, t, u) * dc[u];
        const R so = slope(3, dh[u] * std::tanh(out_of[u]), false);
        dc[u] += dcells[u] + so * peephole(2, u) - c_direct;
        const R si = slope(0, dc[u] * gate(2), false), sf = slope(1, dc[u] * c_before[u], false);
        slope(2, dc[u] * gate(0), true);
        dc[u] = dc[u] * gate(1) + c_direct + si * peephole(0, u) + sf * peephole(1, u);
        R* peepholes = &din[PEEPHOLES][model_ * 3 * H + u];
        peepholes[0] += si * c_before[u], peepholes[H] += sf * c_before[u], peepholes[2 * H] += so * cell;
      } else if (s_.cell == Cell::rnn) {
        slope(0, dh[u], true);
      } else {
        const R w = share(gate(1)), sign = s_.update_is_state ? R(-1) : R(1);
        slope(1, sign * dh[u] * (gate(2) - before[u]), false), slope(2, dh[u] * w, true);
        if (s_.cell == Cell::gru_after) slope(0, dsum[2 * H + u] * gate(3), false);
        old[u] = dh[u] * (R(1) - w);
      }
      old[u] += direct;
    }
    through_products(t, before, gates, dgates, dsum, old, din);
    dh = old;
  }

  void through_products(int64_t t, const std::vector<R>& before, const R* gates, const R* dgates,
                        std::vector<R>& dsum, std::vector<R>& old, In<R>& din) const {
    const int64_t H = s_.hidden;
    std::vector<Group> all = groups(s_.cell);
    for (size_t n = all.size(); n-- > 0;) {  // the candidate of a GRU first: the reset gate needs its gradient
      const Group group = all[n];
      const bool reset = group.first == 2 && s_.cell == Cell::gru_before;
      std::vector<R> dx(&dsum[group.first * H], &dsum[group.first * H] + group.count * H), d = dx, dseen(H), seen(H);
      for (int64_t u = 0; u < H; ++u) {
        if (group.first == 2 && s_.cell == Cell::gru_after) d[u] = dx[u] * gates[u] + dgates[3 * H + u];
        seen[u] = this->seen(u, reset ? gates[u] * before[u] : before[u]);
      }
      part_back(W_IH, group, &in_[X][at(t, s_.inputs)], dx, din, &din[X][at(t, s_.inputs)]);
      part_back(W_HH, group, seen.data(), d, din, dseen.data());
      for (int64_t u = 0; u < H; ++u) {
        old[u] += this->seen(u, reset ? dseen[u] * gates[u] : dseen[u]);
        if (reset) dsum[u] = (dseen[u] * this->seen(u, before[u]) + dgates[u]) * gate_slope(gates[u]);
      }
    }
  }

  const Shape& s_;
  const In<R>& in_;
  const Extras& extras_;
  int64_t model_, row_;
  Steps steps_;
  int64_t G_, K_;
};

template <class R>
Out<R> forward(const Shape& s, const In<R>& in, const Extras& extras, const Calendar& calendar) {
  Out<R> out;
  for (int i = 0; i < OUTPUTS; ++i) out[i].assign(size_t(output_sizes(s)[i]), R(0));
  for (int64_t row = 0; row < s.models * s.rows; ++row) Row<R>(s, in, extras, calendar, row).forward(out);
  return out;
}

template <class R>
In<R> backward(const Shape& s, const In<R>& in, const Extras& extras, const Calendar& calendar, const Out<R>& out,
               const Out<R>& dout) {
  In<R> din;
  for (int i = 0; i < INPUTS; ++i) din[i].assign(size_t(input_sizes(s)[i]), R(0));
  for (int64_t row = 0; row < s.models * s.rows; ++row) Row<R>(s, in, extras, calendar, row).backward(out, dout, din);
  return din;
}

}  // namespace plain

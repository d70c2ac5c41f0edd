// A network written a second time, independently of the kernels: what it answers and its loss, in plain loops over doubles.
#pragma once

#include "plain.h"
#include "training.h"

namespace lesson {

struct Plain {
  double loss;
  Numbers answers, told, h_n, c_n;  // without dropout; `told` at every step alone
};

class PlainNetwork {
 public:
  explicit PlainNetwork(const Lesson& l) : l_(l), net_(l.net), width_(net_.directions * net_.hidden) {}

  Plain compute() const {
    const Numbers units = read_units();
    Numbers y(size_t(STEPS * l_.rows * width_));
    Plain found{0, {}, {}, {}, {}};
    for (int64_t d = 0; d < net_.directions; ++d) run(d, units, y, found);
    double told = 0;
    for (int64_t row = 0; row < l_.rows; ++row) {
      for (int64_t t = 0; t < (net_.each ? STEPS : 1); ++t) {
        const bool within = !net_.each || t < length(row), is_told = within && this->told(l_.places[row] + t);
        const Numbers read = net_.each ? at_step(y, t, row) : summary(y, found.h_n, row), out = head(read, units, row);
        for (const double number : out) found.answers.push_back(within ? number : 0);
        if (net_.each) tell(is_told, out, l_.places[row] + t, found.told);
        if (!is_told) continue;
        const Numbers dropped = head(drop(read, net_.each ? row * STEPS + t : row), units, row);
        told += 1, found.loss += loss(dropped, l_.places[row] + t);
      }
    }
    found.loss /= told;
    return found;
  }

 private:
  int64_t length(int64_t row) const { return l_.lengths.empty() ? STEPS : l_.lengths[row]; }

  // Whether anything is told at the row `place` of the targets.
  bool told(int64_t place) const {
    if (l_.loss == Loss::cross_entropy) return l_.classes[size_t(place)] >= 0;
    return l_.loss != Loss::binary || l_.targets[size_t(place * net_.outputs)] >= 0;
  }

  // The log-probability of what is told, and whether it is the likeliest.
  void tell(bool is_told, const Numbers& out, int64_t place, Numbers& to) const {
    bool likeliest = true;
    for (int64_t o = 0; is_told && o < net_.outputs; ++o) {
      if (l_.loss == Loss::binary) likeliest &= (out[size_t(o)] > 0) == (l_.targets[size_t(place * net_.outputs + o)] > 0);
      else likeliest &= out[size_t(o)] <= out[size_t(l_.classes[size_t(place)])];
    }
    to.push_back(is_told ? -loss(out, place) : 0), to.push_back(is_told && likeliest);
  }

  // The channels of a step, with rows of tables behind the others.
  Numbers inputs(int64_t row, int64_t t) const {
    const double* x = &l_.x[size_t((l_.starts[row] + t) * net_.channels)];
    Numbers found;
    const auto table_of = [&](int64_t channel) {
      for (int64_t k = 0; k < net_.coded; ++k) {
        if (net_.tables[k].channel == channel) return &net_.tables[k];
      }
      return static_cast<const Table*>(nullptr);
    };
    for (int64_t c = 0; c < net_.channels; ++c) {
      if (!table_of(c)) found.push_back(x[c]);
    }
    for (int64_t c = 0; c < net_.channels; ++c) {
      const Table* table = table_of(c);
      const int64_t number = table && x[c] < double(table->rows) ? int64_t(x[c]) : 0;
      for (int64_t k = 0; table && k < table->width; ++k) {
        found.push_back(l_.parameters[size_t(table->weight + number * table->width + k)]);
      }
    }
    return found;
  }

  // Of each row the spread of its scaled channels.
  Numbers read_units() const {
    Numbers units;
    for (int64_t row = 0; row < l_.rows; ++row) {
      for (int64_t c = 0; c < net_.scaled; ++c) {
        const double mean = this->mean(row, c);
        double squares = 0;
        for (int64_t t = 0; t < length(row); ++t) squares += std::pow(inputs(row, t)[size_t(c)] - mean, 2);
        units.push_back(std::max(net_.flattest, std::sqrt(squares / double(length(row)))));
      }
    }
    return units;
  }
  double mean(int64_t row, int64_t channel) const {
    double sum = 0;
    for (int64_t t = 0; t < length(row); ++t) sum += inputs(row, t)[size_t(channel)];
    return sum / double(length(row));
  }

  // Runs one direction: its part of y, and the states behind it.
  void run(int64_t d, const Numbers& units, Numbers& y, Plain& found) const {
    const Shape s{net_.cell, 1, STEPS, l_.rows, net_.inputs, net_.hidden, d == 1, net_.update_is_state, false};
    plain::In<double> in;
    const auto sizes = plain::input_sizes(s);
    for (int k = 0; k < plain::INPUTS; ++k) in[k].assign(size_t(sizes[k]), 0);
    const auto take = [&](plain::Input which, int64_t place) {
      if (place >= 0) std::copy_n(&l_.parameters[size_t(place)], in[which].size(), in[which].begin());
    };
    const Tensors& w = net_.layer[d];
    take(plain::W_IH, w.weight_ih), take(plain::W_HH, w.weight_hh), take(plain::B_IH, w.bias_ih), take(plain::B_HH, w.bias_hh);
    const auto begin = [&](plain::Input which, const Numbers& states) {
      if (!states.empty()) std::copy_n(&states[size_t(d * l_.rows * net_.hidden)], in[which].size(), in[which].begin());
    };
    begin(plain::H_0, l_.h_0), begin(plain::C_0, l_.c_0);
    for (int64_t row = 0; row < l_.rows; ++row) {
      for (int64_t t = 0; t < length(row); ++t) {
        Numbers x = inputs(row, t);
        for (int64_t c = 0; c < net_.scaled; ++c) x[c] = (x[c] - mean(row, c)) / units[size_t(row * net_.scaled + c)];
        std::copy(x.begin(), x.end(), in[plain::X].begin() + (t * l_.rows + row) * net_.inputs);
      }
    }
    plain::Calendar calendar;
    calendar.lengths = l_.lengths;
    const plain::Out<double> out = plain::forward(s, in, plain::Extras{}, calendar);
    for (int64_t k = 0; k < STEPS * l_.rows; ++k) {
      std::copy_n(&out[plain::Y][size_t(k * net_.hidden)], net_.hidden, y.begin() + k * width_ + d * net_.hidden);
    }
    found.h_n.insert(found.h_n.end(), out[plain::H_N].begin(), out[plain::H_N].end());
    found.c_n.insert(found.c_n.end(), out[plain::C_N].begin(), out[plain::C_N].end());
  }

  Numbers at_step(const Numbers& y, int64_t t, int64_t row) const {
    const auto first = y.begin() + (t * l_.rows + row) * width_;
    return Numbers(first, first + width_);
  }

  Numbers summary(const Numbers& y, const Numbers& h_n, int64_t row) const {
    const size_t count = size_t(width_);
    Numbers read, means(count), maxima(count, -INFINITY);
    for (int64_t d = 0; d < net_.directions; ++d) {
      for (int64_t u = 0; u < net_.hidden; ++u) read.push_back(h_n[size_t((d * l_.rows + row) * net_.hidden + u)]);
    }
    for (int64_t t = 0; t < length(row); ++t) {
      const Numbers now = at_step(y, t, row);
      for (size_t u = 0; u < now.size(); ++u) {
        means[u] += now[u] / double(length(row)), maxima[u] = std::max(maxima[u], now[u]);
      }
    }
    if (!net_.pooled) return read;
    read.insert(read.end(), means.begin(), means.end());
    read.insert(read.end(), maxima.begin(), maxima.end());
    return read;
  }

  // `place`: which of all summaries, or of all steps, is read.
  Numbers drop(Numbers read, int64_t place) const {
    for (size_t k = 0; k < read.size() && !l_.drawn.empty(); ++k) {
      const bool kept = l_.drawn[size_t(place) * read.size() + k] >= float(l_.dropout);
      read[k] = kept ? read[k] / (1 - l_.dropout) : 0;
    }
    return read;
  }

  Numbers head(const Numbers& read, const Numbers& units, int64_t row) const {
    Numbers out;
    for (int64_t o = 0; o < net_.outputs; ++o) {
      double sum = l_.parameters[size_t(net_.head_bias + o)];
      for (size_t k = 0; k < read.size(); ++k) {
        sum += read[k] * l_.parameters[size_t(net_.head_weight + o * int64_t(read.size())) + k];
      }
      out.push_back(net_.scaled ? sum * units[size_t(row * net_.scaled + o % net_.scaled)] : sum);
    }
    return out;
  }

  // Of one row of outputs; `place` is the row of its target.
  double loss(const Numbers& out, int64_t place) const {
    const int64_t each = l_.loss == Loss::pinball ? int64_t(l_.levels.size()) : 1, count = net_.outputs / each;
    double sum = 0, powers = 0;
    if (l_.loss == Loss::cross_entropy) {
      for (const double z : out) powers += std::exp(z);
      return std::log(powers) - out[size_t(l_.classes[size_t(place)])];
    }
    for (int64_t o = 0; o < net_.outputs; ++o) {
      const double target = l_.targets[size_t(place * count + o / each)], z = out[size_t(o)], off = z - target;
      if (l_.loss == Loss::binary) sum += std::log(1 + std::exp(z)) - target * z;
      if (l_.loss == Loss::squared) sum += off * off / double(net_.outputs);
      if (l_.loss == Loss::absolute) sum += std::abs(off) / double(net_.outputs);
      if (l_.loss == Loss::pinball) {
        const double level = l_.levels[size_t(o % each)];
        sum += std::max(-off * level, off * (1 - level)) / double(net_.outputs);
      }
    }
    return sum;
  }

  const Lesson& l_;
  const Network& net_;
  const int64_t width_;
};

}  // namespace lesson

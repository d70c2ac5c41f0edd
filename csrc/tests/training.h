// One optimiser step of a random network: its gradient against differences of its loss, its update against plain loops.
#pragma once

#include <random>

#include "../dispatch.h"
#include "../training.h"
#include "call.h"

namespace lesson {

using namespace gatewise;
using trial::Numbers;

constexpr int64_t STEPS = 6, DATA = 40;  // T; steps of all data

// A network, the examples that it learns from, and numbers for everything that a step reads. Arrays are exactly as long
// as training.h says.
struct Lesson {
  Network net{};
  Loss loss;
  int64_t rows;
  double dropout = 0, clip = 1e9, rate = 0, fresh = 0.25;
  Numbers x, parameters, targets, first, second, average;
  Numbers h_0, c_0;         // empty for zeros
  std::vector<int64_t> starts, lengths, places, classes;
  std::vector<float> drawn;
  const Numbers levels{0.2, 0.5, 0.9};
};

using Random = std::mt19937_64;

inline Numbers normal(Random& random, int64_t count, double scale = 1) {
  std::normal_distribution<double> numbers;
  Numbers found(static_cast<size_t>(count));
  for (double& number : found) number = float(numbers(random) * scale);
  return found;
}

// Numbers that the head reads.
inline int64_t reads(const Network& net) {
  return net.directions * net.hidden * (net.pooled && !net.each ? 3 : 1);
}

// Places the tensors of a network behind each other, in any order.
inline void place(Network& net, Random& random) {
  const int64_t gates = net.cell == Cell::lstm ? 4 : net.cell == Cell::rnn ? 1 : 3, rows = gates * net.hidden;
  int64_t at = 0;
  const auto take = [&](int64_t count) { return at += count, at - count; };
  net.head_weight = take(net.outputs * reads(net));
  for (int64_t k = 0; k < net.coded; ++k) net.tables[k].weight = take(net.tables[k].rows * net.tables[k].width);
  for (int64_t d = 0; d < net.directions; ++d) {
    Tensors& own = net.layer[d];
    own.bias_ih = random() % 4 ? take(rows) : -1;
    own.weight_hh = take(rows * net.hidden), own.weight_ih = take(rows * net.inputs);
    own.bias_hh = net.cell == Cell::gru_after ? take(rows) : -1;
  }
  net.head_bias = take(net.outputs);
  net.parameters = at;
}

// Gives a network tables for some channels behind the scaled ones.
inline void add_tables(Network& net, int64_t count, Random& random) {
  net.coded = count, net.inputs = net.channels - count;
  for (int64_t k = 0; k < count; ++k) {
    Table& table = net.tables[k];
    const int64_t first = k > 0 ? net.tables[k - 1].channel + 1 : net.scaled, last = net.channels - (count - k);
    table.channel = first + int64_t(random() % uint64_t(last - first + 1));
    table.rows = 2 + int64_t(random() % 9), table.width = 1 + int64_t(random() % 5);
    net.inputs += table.width;
  }
}

inline Network random_network(Cell cell, Loss loss, bool ragged, uint64_t seed, Random& random) {
  const auto below = [&](int64_t end) { return int64_t(random() % uint64_t(end)); };
  Network net{};
  net.cell = cell, net.channels = net.inputs = 2 + below(4), net.hidden = 1 + below(seed % 3 == 0 ? 40 : 9);
  net.outputs = 3 * (1 + below(seed % 4 == 0 ? 30 : 4)), net.directions = 1 + below(2);
  net.update_is_state = below(2), net.pooled = below(2), net.flattest = 0.05;
  net.each = loss == Loss::binary || (loss == Loss::cross_entropy && below(2));
  net.scaled = ragged || net.each || below(2) ? 0 : 1 + 2 * below(2) * (net.inputs > 2);
  if (net.scaled == 0 || net.scaled + 2 <= net.channels) add_tables(net, below(3), random);
  place(net, random);
  return net;
}

// What is to be answered: numbers, on or off, or classes; at every step nothing is told of some.
inline void add_targets(Lesson& l, Random& random) {
  const auto below = [&](int64_t end) { return int64_t(random() % uint64_t(end)); };
  const int64_t each = l.loss == Loss::pinball ? 3 : 1, targets = 11 + STEPS;
  l.targets = normal(random, targets * l.net.outputs / each);
  for (double& target : l.targets) target = l.loss == Loss::binary ? target > 0 : target;
  for (int64_t k = 0; k < targets; ++k) {
    l.classes.push_back(l.net.each && below(4) == 0 && k != 3 ? -1 : below(l.net.outputs));
    if (l.loss == Loss::binary && below(4) == 0 && k != 3) l.targets[size_t(k * l.net.outputs)] = -1;
  }
  for (int64_t row = 0; row < l.rows; ++row) l.places.push_back(row == 0 ? 3 : below(11));  // something is told of row 0
}

inline Lesson random_lesson(Cell cell, Loss loss, uint64_t seed) {
  Random random(seed);
  Lesson l;
  const auto below = [&](int64_t end) { return int64_t(random() % uint64_t(end)); };
  const bool ragged = below(2);
  l.loss = loss, l.rows = seed % 5 == 0 ? 67 : seed % 5 == 1 ? int64_t(16) << seed % 3 : 1 + below(9);  // 16 to 64: see lanes.h
  l.net = random_network(cell, loss, ragged, seed, random);
  const Network& net = l.net;
  l.dropout = below(2) ? 0.3 : 0;
  l.x = normal(random, DATA * net.channels);
  for (int64_t k = 0; k < DATA * net.coded; ++k) {  // one number of some has no row
    const Table& table = net.tables[k % net.coded];
    l.x[size_t(k / net.coded * net.channels + table.channel)] = double(below(table.rows + (k < net.coded)));
  }
  l.parameters = normal(random, net.parameters, 0.5);
  l.first = normal(random, net.parameters), l.average = normal(random, net.parameters);
  l.second = normal(random, net.parameters);
  for (double& v : l.second) v = v * v;
  const int64_t states = net.directions * l.rows * net.hidden;
  if (below(2)) l.h_0 = normal(random, states);
  if (below(2) && cell == Cell::lstm) l.c_0 = normal(random, states);
  add_targets(l, random);
  for (int64_t row = 0; row < l.rows; ++row) {
    const int64_t length = ragged ? 1 + below(STEPS) : STEPS;
    if (ragged) l.lengths.push_back(length);
    l.starts.push_back(row == 0 ? DATA - length : below(DATA - length + 1));
  }
  const int64_t drawn = l.rows * reads(net) * (net.each ? STEPS : 1);
  for (int64_t k = 0; l.dropout > 0 && k < drawn; ++k) l.drawn.push_back(float(below(1000)) / 1000);
  return l;
}

template <class T>
struct Taught {
  double loss;
  Numbers parameters, gradient, first, second, average, answers, told, h_n, c_n;
};

inline Numbers numbers_of(const std::vector<float>& from) { return Numbers(from.begin(), from.end()); }
inline Numbers numbers_of(const Numbers& from) { return from; }

// Takes the step; then the network answers the same examples by its new parameters.
template <class T>
Taught<T> teach(const InstructionSet& set, const Lesson& l, int64_t count = 3) {
  using trial::as;
  std::vector<T> x = as<T>(l.x), p = as<T>(l.parameters), targets = as<T>(l.targets), levels = as<T>(l.levels);
  std::vector<T> h = as<T>(l.h_0), c = as<T>(l.c_0);
  const size_t states = size_t(l.net.directions * l.rows * l.net.hidden), cells = l.net.cell == Cell::lstm ? states : 0;
  std::vector<T> h_n = trial::unwritten<T>(states), c_n = trial::unwritten<T>(cells);
  std::vector<T> first = as<T>(l.first), second = as<T>(l.second), average = as<T>(l.average);
  std::vector<T> gradient = trial::unwritten<T>(p.size());
  Training<T> t{};
  Examples<T>& e = t.examples;
  e.network = l.net, e.x = x.data(), e.rows = l.rows, e.steps = STEPS, e.starts = l.starts.data();
  e.lengths = l.lengths.empty() ? nullptr : l.lengths.data();
  e.h_0 = h.empty() ? nullptr : h.data(), e.c_0 = c.empty() ? nullptr : c.data();
  e.h_n = h.empty() ? h_n.data() : h.data(), e.c_n = c.empty() ? c_n.data() : c.data();
  std::vector<T> workspace = trial::unwritten<T>(size_t(trial::kernels<T>(set).workspace(e, true)));
  e.workspace = workspace.data();
  t.loss = l.loss, t.places = l.places.data(), t.levels = levels.data(), t.quantiles = int64_t(levels.size());
  t.targets = l.loss == Loss::cross_entropy ? static_cast<const void*>(l.classes.data()) : targets.data();
  t.dropout = l.dropout, t.drawn = l.drawn.empty() ? nullptr : l.drawn.data(), t.clip = l.clip, t.rate = l.rate;
  t.first_decay = 0.9, t.second_decay = 0.999, t.epsilon = 1e-8, t.count = count, t.fresh = l.fresh;
  t.parameters = p.data(), t.gradient = gradient.data(), t.first = first.data(), t.second = second.data();
  t.average = average.data();
  const double loss = trial::kernels<T>(set).train(t);
  std::vector<T> room = trial::unwritten<T>(size_t(trial::kernels<T>(set).workspace(e, false)));
  std::vector<T> answers = trial::unwritten<T>(size_t(l.rows * l.net.outputs * (l.net.each ? STEPS : 1)));
  const Numbers after_h = numbers_of(h.empty() ? h_n : h), after_c = numbers_of(c.empty() ? c_n : c);
  std::vector<T> h_again = as<T>(l.h_0), c_again = as<T>(l.c_0);
  e.h_0 = h.empty() ? nullptr : h_again.data(), e.c_0 = c.empty() ? nullptr : c_again.data();
  e.h_n = e.c_n = nullptr;
  e.workspace = room.data();
  std::vector<T> told = trial::unwritten<T>(l.net.each ? size_t(l.rows * STEPS * 2) : 0);
  trial::kernels<T>(set).answer({e, p.data(), answers.data(), t.loss, t.targets, t.places, l.net.each ? told.data() : nullptr});
  std::vector<T> alone = told;
  if (l.net.each) trial::kernels<T>(set).answer({e, p.data(), nullptr, t.loss, t.targets, t.places, alone.data()});
  if (alone != told) told.clear();  // which fails
  return {loss, numbers_of(p), numbers_of(gradient), numbers_of(first), numbers_of(second), numbers_of(average),
          numbers_of(answers), numbers_of(told), after_h, after_c};
}

// The parameters and their average after the step that this gradient leads to.
inline std::pair<Numbers, Numbers> updated(const Lesson& l, const Numbers& gradient, int64_t count = 3) {
  double squares = 0;
  for (const double g : gradient) squares += g * g;
  const double scale = std::min(1.0, l.clip / (std::sqrt(squares) + 1e-6));
  Numbers parameters, average;
  for (size_t k = 0; k < gradient.size(); ++k) {
    const double g = gradient[k] * scale, m = 0.9 * l.first[k] + 0.1 * g, v = 0.999 * l.second[k] + 0.001 * g * g;
    const double unbiased = m / (1 - std::pow(0.9, count)), root = std::sqrt(v / (1 - std::pow(0.999, count)));
    parameters.push_back(l.parameters[k] - l.rate * unbiased / (root + 1e-8));
    average.push_back(l.average[k] + l.fresh * (parameters[k] - l.average[k]));
  }
  return {parameters, average};
}

// The derivative of the loss with respect to parameter k, by differences.
inline double slope(const InstructionSet& set, Lesson l, size_t k) {
  constexpr double STEP = 1e-6;  // so short that no output crosses its target, where two of the losses have a kink
  const double here = l.parameters[k];
  l.parameters[k] = here + STEP;
  const double above = teach<double>(set, l).loss;
  l.parameters[k] = here - STEP;
  return (above - teach<double>(set, l).loss) / (2 * STEP);
}

}  // namespace lesson

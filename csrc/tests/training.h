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

// Places the tensors of a network behind each other, in any order.
inline void place(Network& net, Random& random) {
  const int64_t gates = net.cell == Cell::lstm ? 4 : net.cell == Cell::rnn ? 1 : 3, rows = gates * net.hidden;
  const int64_t reads = net.directions * net.hidden * (net.pooled ? 3 : 1);
  int64_t at = 0;
  const auto take = [&](int64_t count) { return at += count, at - count; };
  net.head_weight = take(net.outputs * reads);
  for (int64_t d = 0; d < net.directions; ++d) {
    Tensors& own = net.layer[d];
    own.bias_ih = random() % 4 ? take(rows) : -1;
    own.weight_hh = take(rows * net.hidden), own.weight_ih = take(rows * net.inputs);
    own.bias_hh = net.cell == Cell::gru_after ? take(rows) : -1;
  }
  net.head_bias = take(net.outputs);
  net.parameters = at;
}

inline Lesson random_lesson(Cell cell, Loss loss, uint64_t seed) {
  Random random(seed);
  Lesson l;
  const auto below = [&](int64_t end) { return int64_t(random() % uint64_t(end)); };
  Network& net = l.net;
  l.loss = loss, l.rows = seed % 5 == 0 ? 67 : 1 + below(9);
  net.cell = cell, net.inputs = 2 + below(4), net.hidden = 1 + below(seed % 3 == 0 ? 40 : 9);
  net.outputs = 3 * (1 + below(seed % 4 == 0 ? 30 : 4)), net.directions = 1 + below(2);
  net.update_is_state = below(2), net.pooled = below(2), net.flattest = 0.05;
  const bool ragged = below(2);
  net.scaled = ragged || below(2) ? 0 : 1 + 2 * below(2) * (net.inputs > 2);
  place(net, random);
  l.dropout = below(2) ? 0.3 : 0;
  l.x = normal(random, DATA * net.inputs);
  l.parameters = normal(random, net.parameters, 0.5);
  l.first = normal(random, net.parameters), l.average = normal(random, net.parameters);
  l.second = normal(random, net.parameters);
  for (double& v : l.second) v = v * v;
  const int64_t each = loss == Loss::pinball ? 3 : 1, targets = 11;
  l.targets = normal(random, targets * net.outputs / each);
  for (int64_t k = 0; k < targets; ++k) l.classes.push_back(below(net.outputs));
  for (int64_t row = 0; row < l.rows; ++row) {
    const int64_t length = ragged ? 1 + below(STEPS) : STEPS;
    if (ragged) l.lengths.push_back(length);
    l.starts.push_back(row == 0 ? DATA - length : below(DATA - length + 1)), l.places.push_back(below(targets));
  }
  const int64_t reads = net.directions * net.hidden * (net.pooled ? 3 : 1);
  for (int64_t k = 0; l.dropout > 0 && k < l.rows * reads; ++k) l.drawn.push_back(float(below(1000)) / 1000);
  return l;
}

template <class T>
struct Taught {
  double loss;
  Numbers parameters, gradient, first, second, average, answers;
};

inline Numbers numbers_of(const std::vector<float>& from) { return Numbers(from.begin(), from.end()); }
inline Numbers numbers_of(const Numbers& from) { return from; }

// Takes the step; then the network answers the same examples by its new parameters.
template <class T>
Taught<T> teach(const InstructionSet& set, const Lesson& l, int64_t count = 3) {
  using trial::as;
  std::vector<T> x = as<T>(l.x), p = as<T>(l.parameters), targets = as<T>(l.targets), levels = as<T>(l.levels);
  std::vector<T> first = as<T>(l.first), second = as<T>(l.second), average = as<T>(l.average);
  std::vector<T> gradient = trial::unwritten<T>(p.size());
  Training<T> t{};
  Examples<T>& e = t.examples;
  e.network = l.net, e.x = x.data(), e.rows = l.rows, e.steps = STEPS, e.starts = l.starts.data();
  e.lengths = l.lengths.empty() ? nullptr : l.lengths.data();
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
  std::vector<T> answers = trial::unwritten<T>(size_t(l.rows * l.net.outputs));
  e.workspace = room.data();
  trial::kernels<T>(set).answer({e, p.data(), answers.data()});
  return {loss, numbers_of(p), numbers_of(gradient), numbers_of(first), numbers_of(second), numbers_of(average),
          numbers_of(answers)};
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

// Compares the kernels of every instruction set that runs here with plain loops over doubles (plain.h), with finite
// differences, and with the standard library's functions. It needs neither Python nor torch, so it runs in an emulator.
//
//   kernels_test            all of them          kernels_test avx2 neon      some
//
// GATEWISE_BRIEF=1, for sanitizers and emulators, which are slow: a third of the problems. GATEWISE_ALONE=1: one
// thread.
//
// Prints the largest errors, and exits with 1 if one is above its limit.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "../parallel.h"
#include "call.h"
#include "network.h"
#include "report.h"

namespace {

using namespace plain;
using namespace trial;

const char* const NAMES_IN[] = {"dw_ih",  "dw_hh",      "db_ih", "db_hh", "dpeepholes",
                                "dgains", "dcell_norm", "dx",    "dh_0",  "dc_0"};
const char* const NAMES_OUT[] = {"y", "h_n", "c_n", "gates", "cells"};
const char* const CELLS_NAMED[] = {"lstm", "gru before", "gru after", "rnn"};

std::vector<const InstructionSet*> sets;  // those that are tested

Report report;

template <class T>
std::string group(const InstructionSet& set) {
  return std::string(set.name) + (sizeof(T) == 4 ? " float" : " double");
}

std::string text(const Problem& p) {
  char line[200];
  const Shape& s = p.shape;
  std::snprintf(line, sizeof line, "%s M=%d T=%d N=%d I=%d H=%d%s%s%s%s%s%s%s%s%s%s%s%s%s",
                CELLS_NAMED[int(s.cell)], int(s.models), int(s.steps), int(s.rows), int(s.inputs), int(s.hidden), s.reverse ? " reverse" : "",
                p.calendar.lengths.empty() ? "" : " lengths", p.calendar.mask.empty() ? "" : " mask",
                p.calendar.reset.empty() ? "" : " reset", p.bias ? "" : " no bias", p.initial ? "" : " no state",
                p.strided ? " strided" : "", p.gate_gradients ? " gate gradients" : "",
                p.extras.hard_slope ? " hard" : "", p.peepholes ? " peepholes" : "",
                p.extras.dropped.empty() ? "" : " dropped", p.extras.still_h.empty() ? "" : " still",
                s.normed ? " normed" : "");
  return line;
}

bool absent(const Problem& p, int input) {
  return ((input == B_IH || input == B_HH) && !p.bias) || ((input == H_0 || input == C_0) && !p.initial) ||
         (input == PEEPHOLES && !p.peepholes);
}

// The largest error as a share of the largest exact number, or of 0.1 if that is larger. A wrong NaN gives NaN.
double distance(const Numbers& found, const Numbers& exact) {
  if (found.size() != exact.size()) return INFINITY;
  double error = 0, largest = 0.1;
  for (size_t i = 0; i < found.size(); ++i) {
    const double e = std::abs(found[i] - exact[i]);
    if (!(e <= error)) error = e;
    largest = std::max(largest, std::abs(exact[i]));
  }
  return error / largest;
}

// Kept numbers of steps that a row does not run have no meaning, so they are not compared.
void forget_padding(const Problem& p, Out<double>& out) {
  const Shape& s = p.shape;
  for (int64_t row = 0; row < s.models * s.rows; ++row) {
    for (int which : {GATES, CELLS}) {
      const int64_t width = which == GATES ? kept(s.cell) * s.hidden : out[which].empty() ? 0 : s.hidden;
      for (int64_t t = 0; t < s.steps; ++t) {
        if (p.calendar.runs(s, row, t)) continue;
        const int64_t at = ((row / s.rows * s.steps + t) * s.rows + row % s.rows) * width;
        std::fill_n(out[which].begin() + at, width, 0.0);
      }
    }
  }
}

// Layer norm divides gradients by the standard deviation of a row, which is as small as 1 / 316 in some rows.
template <class T>
double limit_of(const Problem& p) {
  return (sizeof(T) == 4 ? 5e-6 : 2e-14) * (p.shape.normed ? 16 : 1);
}

template <class T>
void compare(const InstructionSet& set, const Problem& p, const Out<double>& out, const In<double>& din) {
  Result<T> found = call<T>(set, p);
  forget_padding(p, found.out);
  const std::string in = group<T>(set), where = text(p);
  report.add(in, "y, nothing kept", distance(found.y_alone, found.out[Y]), 0, where);
  for (int i = 0; i < OUTPUTS; ++i) report.add(in, NAMES_OUT[i], distance(found.out[i], out[i]), limit_of<T>(p), where);
  for (int i = 0; i < INPUTS; ++i) {
    if (absent(p, i)) continue;
    report.add(in, NAMES_IN[i], distance(found.din[i], din[i]), limit_of<T>(p), where);
    if (!p.gate_gradients) report.add(in, "from states", distance(found.din_again[i], found.din[i]), 0, where);
  }
}

// One step with weights that were packed before.
template <class T>
void compare_step(const InstructionSet& set, const Problem& p, const Out<double>& out) {
  const Kernels<T>& kernel = kernels<T>(set);
  const std::vector<T> w_ih = as<T>(p.in[W_IH]), w_hh = as<T>(p.in[W_HH]), b_ih = as<T>(p.in[B_IH]);
  const std::vector<T> b_hh = as<T>(p.in[B_HH]), x = as<T>(p.in[X]), h = as<T>(p.in[H_0]), c = as<T>(p.in[C_0]);
  std::vector<T> h_next = unwritten<T>(h.size()), c_next = unwritten<T>(c.size());
  const size_t bytes = kernel.packed_bytes(p.shape);
  std::vector<char> memory(bytes + 63);
  void* packed = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
  kernel.pack(p.shape, {w_ih.data(), w_hh.data(), b_ih.data(), b_hh.data()}, packed);
  gatewise::Step<T> step{};
  step.shape = p.shape, step.packed = packed, step.x = x.data();
  step.h = p.initial ? h.data() : nullptr, step.c = p.initial && !c.empty() ? c.data() : nullptr;
  step.h_next = h_next.data(), step.c_next = c_next.empty() ? nullptr : c_next.data();
  kernel.step(step);
  const Numbers h_found(h_next.begin(), h_next.end()), c_found(c_next.begin(), c_next.end());
  report.add(group<T>(set), "step h", distance(h_found, out[H_N]), limit_of<T>(p), text(p));
  report.add(group<T>(set), "step c", distance(c_found, out[C_N]), limit_of<T>(p), text(p));
}

// With GATEWISE_BRIEF, whether to skip a problem: two thirds of them, chosen without a period that could coincide with
// that of the problems.
bool passed_over() {
  static const bool brief = std::getenv("GATEWISE_BRIEF");
  static std::minstd_rand random;
  return brief && random() % 3 != 0;
}

void compare_all(const Shape& shape, int has, uint64_t seed) {
  if (passed_over()) return;
  const Problem p = random_problem(shape, has, seed);
  const Out<double> out = plain::forward(p.shape, p.in, p.extras, p.calendar);
  const In<double> din = plain::backward(p.shape, p.in, p.extras, p.calendar, out, p.dout);
  const bool one_step = p.shape.models == 1 && p.shape.steps == 1 && p.calendar.lengths.empty() &&
                        p.calendar.mask.empty() && p.calendar.reset.empty() && !p.extras.hard_slope &&
                        p.extras.dropped.empty() && !p.shape.normed;
  for (const InstructionSet* set : sets) {
    compare<double>(*set, p, out, din);
    compare<float>(*set, p, out, din);
    if (one_step) compare_step<double>(*set, p, out), compare_step<float>(*set, p, out);
  }
}

void each_cell(const std::function<void(Cell, bool)>& run) {
  run(Cell::lstm, false), run(Cell::rnn, false);
  for (const Cell cell : {Cell::gru_before, Cell::gru_after}) run(cell, false), run(cell, true);
}

const int KINDS[] = {NOTHING, LENGTHS, MASK | RESET, LENGTHS | MASK | RESET, EXTRAS, PEEP | STILL | MASK | RESET, NORM,
                     NORM | EXTRAS | LENGTHS | RESET};

// Every cell in sizes that do not fill a vector, tile or block, or just fill it; then every remainder of each size.
void sizes() {
  uint64_t seed = 0;
  const int64_t chosen[][5] = {{1, 7, 5, 3, 5},   {2, 9, 40, 4, 19},    {1, 1, 1, 1, 1},  {1, 70, 2, 7, 33},
                               {1, 6, 3, 1, 24},  {2, 12, 70, 17, 16},  {1, 5, 0, 3, 4},  {1, 290, 1, 9, 40},
                               {2, 0, 3, 2, 5},   {1, 3, 4, 65, 64},    {1, 1, 9, 8, 16}, {1, 2, 2, 3, 261},
                               {1, 12, 3, 5, 96}, {1, 1, 37, 20, 30}, {1, 70, 5, 3, 9}};
  const int64_t single[][3] = {{1, 70, 45}, {4, 33, 64}, {3, 16, 50}, {2, 7, 130}};  // rows that read weights unpacked
  each_cell([&](Cell cell, bool update_is_state) {
    for (const auto& [M, T, N, I, H] : chosen) {
      for (const int has : KINDS) {
        const bool reverse = ++seed % 3 == 0;  // 3 has no factor in common with the kinds, so each runs both ways
        compare_all({cell, M, T, N, I, H, reverse, update_is_state, false}, has, seed);
      }
    }
    for (int64_t n = 1; n <= 40; ++n) {
      const bool reverse = n % 2 == 1;
      const int has = n % 3 == 1 ? LENGTHS : n % 5 == 1 ? MASK | RESET : n % 7 == 1 ? EXTRAS : n % 2 == 1 ? NORM : NOTHING;
      compare_all({cell, 1, 3, n, 5, 20, reverse, update_is_state, false}, has, ++seed);
      compare_all({cell, 1, 2, 7, n, 9, reverse, update_is_state, false}, has, ++seed);
      compare_all({cell, 1, 2, 6, 4, n, reverse, update_is_state, false}, has, ++seed);
    }
  });
  each_cell([&](Cell cell, bool update_is_state) {
    for (const auto& [N, I, H] : single) {
      for (int i = 0; i < 4; ++i) compare_all({cell, 1, 1, N, I, H, false, update_is_state, false}, NOTHING, ++seed);
    }
  });
}

// The derivative of the loss with respect to one number of an input, by differences of the plain forward in long
// double.
Numbers differences(const Problem& p, In<long double>& in, int input) {
  const auto loss = [&] {
    const Out<long double> out = plain::forward(p.shape, in, p.extras, p.calendar);
    long double sum = 0;
    for (int k = 0; k < OUTPUTS; ++k) {
      for (size_t j = 0; j < out[k].size(); ++j) sum += out[k][j] * p.dout[k][j];
    }
    return sum;
  };
  Numbers found(in[input].size());
  for (size_t j = 0; j < found.size(); ++j) {
    const long double here = in[input][j], h = 1e-6L;
    in[input][j] = here + h;
    const long double above = loss();
    in[input][j] = here - h;
    found[j] = double((above - loss()) / (2 * h));
    in[input][j] = here;
  }
  return found;
}

void finite_differences() {
  uint64_t seed = 1000;
  each_cell([&](Cell cell, bool update_is_state) {
    for (int i = 0; i < 16; ++i) {
      const Problem p = random_problem({cell, 1, 4, 2, 2, 3, i % 2 == 1, update_is_state, false}, KINDS[i / 2], ++seed);
      In<long double> in;
      for (int k = 0; k < INPUTS; ++k) in[k].assign(p.in[k].begin(), p.in[k].end());
      for (int k = 0; k < INPUTS; ++k) {
        if (absent(p, k)) continue;
        const Numbers exact = differences(p, in, k);
        for (const InstructionSet* set : sets) {
          const Numbers found = call<double>(*set, p).din[k];
          const double limit = p.shape.normed ? 1e-8 : 1e-9;
          report.add(group<double>(*set), "differences", distance(found, exact), limit, NAMES_IN[k] + (" " + text(p)));
        }
      }
    }
  });
}

// The numbers of one row in an array of shape (M, T, N, width), or (M, N, width) with T = 1.
Numbers row_of(const Numbers& all, const Shape& s, int64_t steps, int64_t row) {
  const int64_t width = int64_t(all.size()) / (steps * s.rows);
  Numbers found;
  for (int64_t t = 0; t < steps; ++t) {
    const auto at = all.begin() + (t * s.rows + row) * width;
    found.insert(found.end(), at, at + width);
  }
  return found;
}

Problem only(const Problem& p, int64_t row) {
  Problem alone = p;
  alone.shape.rows = 1;
  if (!p.calendar.lengths.empty()) alone.calendar.lengths = {p.calendar.lengths[row]};
  for (const int i : {X, H_0, C_0}) alone.in[i] = row_of(p.in[i], p.shape, i == X ? p.shape.steps : 1, row);
  for (int i = 0; i < OUTPUTS; ++i) {
    const bool state = i == H_N || i == C_N;
    alone.dout[i] = row_of(p.dout[i], p.shape, state ? 1 : p.shape.steps, row);
  }
  return alone;
}

// A row has the same bits in a batch as alone, whatever the number of threads.
template <class T>
void bits(const InstructionSet& set) {
  const auto differ = [](const Numbers& a, const Numbers& b) {
    const bool same = a.size() == b.size();
    return same && (a.empty() || !std::memcmp(a.data(), b.data(), a.size() * sizeof(double))) ? 0.0 : 1.0;
  };
  each_cell([&](Cell cell, bool update_is_state) {
    const int64_t chosen[][3] = {{40, 3, LENGTHS}, {40, 71, LENGTHS}, {40, 71, LENGTHS | NORM}, {1, 71, NOTHING}};
    for (const auto& [steps, N, has] : chosen) {
      Problem p = random_problem({cell, 1, steps, N, 6, 64, N == 3, update_is_state, false}, int(has), 7);
      const std::string in = group<T>(set), where = text(p);
      p.threads = 1;
      const Result<T> single = call<T>(set, p);
      p.threads = 4;
      const Result<T> together = call<T>(set, p);
      for (int i = 0; i < INPUTS; ++i) {
        if (!absent(p, i)) report.add(in, "threads", differ(together.din[i], single.din[i]), 0, where);
      }
      for (const int64_t row : {int64_t(0), N / 2, N - 1}) {
        const Result<T> alone = call<T>(set, only(p, row));
        const Numbers y = row_of(together.out[Y], p.shape, p.shape.steps, row);
        const Numbers dx = row_of(together.din[X], p.shape, p.shape.steps, row);
        report.add(in, "alone y", differ(alone.out[Y], y), 0, where);
        report.add(in, "alone dx", differ(alone.din[X], dx), 0, where);
        report.add(in, "alone h_n", differ(alone.out[H_N], row_of(together.out[H_N], p.shape, 1, row)), 0, where);
      }
    }
  });
}

// The logistic function and tanh, read from the gates of an LSTM whose sums are its inputs.
template <class T>
void activations(const InstructionSet& set) {
  Problem p = random_problem({Cell::lstm, 1, 1, 0, 1, 1, false, false, false}, NOTHING, 1);
  for (double x = -110; x <= 110; x += 1.0 / 64) p.in[X].push_back(float(x));
  for (double x = 1e-37; x < 2e30; x *= 1.37) p.in[X].push_back(float(x)), p.in[X].push_back(-float(x));
  const double special[] = {0.0, -0.0, 1e38, -1e38, INFINITY, -INFINITY, NAN};
  p.in[X].insert(p.in[X].end(), std::begin(special), std::end(special));
  p.shape.rows = int64_t(p.in[X].size());
  p.in[W_IH] = {1, 1, 1, 1}, p.in[W_HH] = {0, 0, 0, 0};
  p.bias = p.initial = p.gate_gradients = p.strided = false;
  for (const int i : {H_0, C_0}) p.in[i].assign(size_t(p.shape.rows), 0);
  for (int i = 0; i < OUTPUTS; ++i) p.dout[i].assign(size_t(output_sizes(p.shape)[i]), 0);
  const Numbers gates = call<T>(set, p).out[GATES];
  const double unit = double(std::numeric_limits<T>::epsilon()), limit = sizeof(T) == 4 ? 1.5e-7 : 3e-16;
  for (int64_t i = 0; i < p.shape.rows; ++i) {
    const long double x = p.in[X][i], s = 1 / (1 + std::exp(-x)), t = std::tanh(x);
    const double sigmoid = gates[4 * i], tanh = gates[4 * i + 2];
    const std::string in = group<T>(set), where = "x = " + std::to_string(double(x));
    if (std::isnan(x)) {
      report.add(in, "NaN passes", std::isnan(sigmoid) && std::isnan(tanh) ? 0 : 1, 0, where);
      continue;
    }
    report.add(in, "sigmoid", double(std::abs(sigmoid - s)), limit, where);
    report.add(in, "tanh", double(std::abs(tanh - t)), limit, where);
    const double relative = x == 0 ? 0 : double(std::abs(tanh - t) / std::abs(t)) / unit;
    report.add(in, "tanh, relative, in epsilons", relative, 4, where);
  }
}

// Optimiser steps of every network and loss: losses, answers and the update against plain loops, gradients against
// differences, and the sets against each other.
void training() {
  uint64_t seed = 0;
  const auto fewer = [](const Numbers& all) { return all.size() < 24 ? size_t(1) : all.size() / 24; };
  each_cell([&](Cell cell, bool) {
    for (int k = 0; k < 20; ++k) {
      lesson::Lesson l = lesson::random_lesson(cell, gatewise::Loss(k % 5), ++seed);
      const std::string where = "lesson " + std::to_string(seed);
      const lesson::Plain plain = lesson::PlainNetwork(l).compute();
      const size_t apart = fewer(l.parameters);
      Numbers exact;
      for (size_t at = 0; at < l.parameters.size(); at += apart) exact.push_back(lesson::slope(*sets[0], l, at));
      for (const InstructionSet* set : sets) {
        const lesson::Taught<double> found = lesson::teach<double>(*set, l);  // at a rate of 0
        const auto same = [&](const char* name, const Numbers& a, const Numbers& b) {
          report.add(group<double>(*set), name, distance(a, b), 1e-13, where);
        };
        same("loss", {found.loss}, {plain.loss}), same("answers", found.answers, plain.answers);
        same("told", found.told, plain.told);
        same("states", found.h_n, plain.h_n), same("states", found.c_n, plain.c_n);
      }
      l.rate = 0.01, l.clip = k % 2 ? 0.1 : 1e9, l.fresh = k % 3 ? 0.25 : 1;
      for (const InstructionSet* set : sets) {
        const lesson::Taught<double> found = lesson::teach<double>(*set, l);
        Numbers some;
        for (size_t at = 0; at < l.parameters.size(); at += apart) some.push_back(found.gradient[at]);
        report.add(group<double>(*set), "slopes", distance(some, exact), 1e-7 * std::max(1.0, plain.loss), where);
        const auto [parameters, average] = lesson::updated(l, found.gradient);
        report.add(group<double>(*set), "update", distance(found.parameters, parameters), 1e-12, where);
        report.add(group<double>(*set), "average", distance(found.average, average), 1e-12, where);
        const lesson::Taught<float> near = lesson::teach<float>(*set, l);
        report.add(group<float>(*set), "gradient", distance(near.gradient, found.gradient), 1e-4, where);
        report.add(group<float>(*set), "answers", distance(near.answers, found.answers), 1e-4, where);
      }
    }
  });
}

}  // namespace

int main(int count, char** names) {
#ifndef GATEWISE_OWN_THREADS  // if threads.cpp does not provide the threads
  // Load an OpenMP runtime for its threads, if there is one; a static program cannot.
  if (!std::getenv("GATEWISE_ALONE")) dlopen("libgomp.so.1", RTLD_NOW);
#endif
  std::printf("threads of %s\n", *gatewise::openmp_runtime() ? gatewise::openmp_runtime() : "nobody: one alone");
  int here = 0;
  const InstructionSet* const* known = gatewise::instruction_sets(&here);
  for (int i = 0; i < here; ++i) {
    bool wanted = count == 1;
    for (int k = 1; k < count; ++k) wanted |= !std::strcmp(names[k], known[i]->name);
    if (wanted) sets.push_back(known[i]);
  }
  if (count > 1 && int(sets.size()) != count - 1) {
    std::printf("not all of these instruction sets run here\n");
    return 1;
  }
  sizes();
  finite_differences();
  training();
  for (const InstructionSet* set : sets) {
    bits<float>(*set), bits<double>(*set);
    activations<float>(*set), activations<double>(*set);
  }
  return report.print() ? 0 : 1;
}

// Products of a few rows with a weight as it lies, row after row, for a step that reads it once.
//
// With few rows a step takes as long as reading the weights does, so they are read once, in their own order, and nothing
// is copied. Forward needs a unit in each lane, while a row of the weight holds the numbers of one unit: squares of the
// weight are transposed in registers. Backward multiplies whole rows. The sums are made in the order of gemm.h, so that
// they have the same bits.
#pragma once

#include "packing.h"

namespace gatewise::GATEWISE_SET {

constexpr int FEW_UNPACKED = 4;  // the most rows that read a weight unpacked; with more of them, packing pays

// One summand of the sums of a gate: rows of A times the rows of a weight, one for each unit.
template <class T>
struct Unpacked {
  const T* a;            // row m begins at a + rows[m]
  const int64_t* rows;
  int64_t depth;
  const T* weight;       // (H, depth)
};

// The number of lanes that an edge has.
template <class T>
GATEWISE_INLINE int64_t lanes(Whole<T>) { return LANES<T>; }
template <class T>
GATEWISE_INLINE int64_t lanes(Short<T> edge) { return edge.count; }

// square[j] = number j of the weight's rows, one in each lane; 0 in lanes without a unit. Of a row `width` numbers are
// read, all of a vector unless the weight has fewer.
template <class T, class Edge>
GATEWISE_INLINE void read_square(const T* weight, int64_t depth, int64_t width, Edge edge, Vec<T>* square) {
#pragma GCC unroll 16
  for (int64_t i = 0; i < LANES<T>; ++i) {
    if (i >= lanes<T>(edge)) square[i] = Vec<T>{};
    else square[i] = width == LANES<T> ? load(weight + i * depth) : load_some(weight + i * depth, width);
  }
  transpose<T>(square);
}

// Adds a summand to the sums of R rows by V vectors of units.
template <class T, int R, int V, class Edge>
GATEWISE_INLINE void add_unpacked(const Unpacked<T>& part, int64_t unit, Edge edge, Vec<T> (&sum)[R][V]) {
  constexpr int64_t L = LANES<T>;
  const int64_t depth = part.depth, whole = depth - depth % L;
  const T *weight = part.weight + unit * depth, *a[R];
#pragma GCC unroll 4
  for (int m = 0; m < R; ++m) a[m] = part.a + part.rows[m];
  for (int64_t k = 0; k < whole; k += L) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      Vec<T> square[L];
      read_square(weight + v * L * depth + k, depth, L, edge, square);
#pragma GCC unroll 16
      for (int64_t j = 0; j < L; ++j) {
#pragma GCC unroll 4
        for (int m = 0; m < R; ++m) sum[m][v] += splat(a[m][k + j]) * square[j];
      }
    }
  }
  if (whole == depth) return;
  // The last square begins early, where there is room for it, so that its rows are read as whole vectors.
  const int64_t begin = depth < L ? 0 : depth - L;
  for (int v = 0; v < V; ++v) {
    Vec<T> square[L];
    read_square(weight + v * L * depth + begin, depth, depth - begin, edge, square);
    for (int64_t k = whole; k < depth; ++k) {
#pragma GCC unroll 4
      for (int m = 0; m < R; ++m) sum[m][v] += splat(a[m][k]) * square[k - begin];
    }
  }
}

// The sums of R rows by V vectors of units from `unit` on. `edge` says which lanes have a unit, `to` which are stored.
template <class T, int R, int V, class Edge, class To>
static void unpacked_tile(const Unpacked<T>* parts, int count, int64_t unit, const T* bias, T* c, const int64_t* rows,
                          Edge edge, To to) {
  Vec<T> sum[R][V];
#pragma GCC unroll 4
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[m][v] = to.load(bias + unit + v * LANES<T>);
  }
  for (int part = 0; part < count; ++part) add_unpacked<T, R, V>(parts[part], unit, edge, sum);
#pragma GCC unroll 4
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) to.store(c + rows[m] + unit + v * LANES<T>, sum[m][v]);
  }
}

// The sums of R rows for the units `begin` to `end` of H: c = bias + the sum of all parts. `dense`: whether the next
// gate's block begins behind unit H, so that nothing may be written there.
template <class T, int R>
static void multiply_unpacked(const Unpacked<T>* parts, int count, int64_t rows_count, int64_t begin, int64_t end,
                              int64_t hidden, bool dense, const T* bias, T* c, const int64_t* rows) {
  if constexpr (R > 1) {
    if (rows_count < R) {
      return multiply_unpacked<T, R - 1>(parts, count, rows_count, begin, end, hidden, dense, bias, c, rows);
    }
  }
  // A sum is one chain of multiply-adds. Chains of 64 bytes of units hide behind the shuffles that transpose.
  constexpr int64_t L = LANES<T>, V = GATEWISE_VECTOR_BYTES < 64 ? 64 / GATEWISE_VECTOR_BYTES : 1;
  const int64_t stop = end < hidden ? end : hidden;
  int64_t u = begin;
  for (; u + V * L <= stop; u += V * L) {
    unpacked_tile<T, R, V>(parts, count, u, bias, c, rows, Whole<T>{}, Whole<T>{});
  }
  for (; V > 1 && u + L <= stop; u += L) {
    unpacked_tile<T, R, 1>(parts, count, u, bias, c, rows, Whole<T>{}, Whole<T>{});
  }
  if (u >= stop) return;
  const Short<T> edge{stop - u};
  if (dense) unpacked_tile<T, R, 1>(parts, count, u, bias, c, rows, edge, edge);
  else unpacked_tile<T, R, 1>(parts, count, u, bias, c, rows, edge, Whole<T>{});
}

// c[m] += the sum over k < DEPTH of a[m, k] * b[k] for R rows of a; number (m, k) of a lies at a[m * PANEL + k].
template <class T, int R, int DEPTH>
static void add_rows(const T* a, const T* b, int64_t b_row, int64_t width, T* c, int64_t c_row) {
  Vec<T> x[R][DEPTH];
#pragma GCC unroll 4
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 8
    for (int k = 0; k < DEPTH; ++k) x[m][k] = splat(a[m * PANEL<T> + k]);
  }
  each_vector<T>(0, up_to(width, LANES<T>), width, [&](int64_t n, auto edge) {
    Vec<T> sum[R];
#pragma GCC unroll 4
    for (int m = 0; m < R; ++m) sum[m] = edge.load(c + m * c_row + n);
#pragma GCC unroll 8
    for (int k = 0; k < DEPTH; ++k) {
      const Vec<T> columns = edge.load(b + k * b_row + n);
#pragma GCC unroll 4
      for (int m = 0; m < R; ++m) sum[m] += x[m][k] * columns;
    }
#pragma GCC unroll 4
    for (int m = 0; m < R; ++m) edge.store(c + m * c_row + n, sum[m]);
  });
}

// The same for `depth` rows of b, eight of which are read side by side.
template <class T, int R = FEW_UNPACKED>
static void add_few_rows(int64_t rows, const T* a, int64_t depth, const T* b, int64_t b_row, int64_t width, T* c,
                         int64_t c_row) {
  if constexpr (R > 1) {
    if (rows < R) return add_few_rows<T, R - 1>(rows, a, depth, b, b_row, width, c, c_row);
  }
  int64_t k = 0;
  for (; k + 8 <= depth; k += 8) add_rows<T, R, 8>(a + k, b + k * b_row, b_row, width, c, c_row);
  for (; k < depth; ++k) add_rows<T, R, 1>(a + k, b + k * b_row, b_row, width, c, c_row);
}

// to[u] = the sum over m < `rows` of a[m, u] * x[m], for `units` rows of a weight's gradient, each written from its
// beginning to its end. x lies in panels, [panel][row][PANEL].
template <class T, int R = FEW_UNPACKED>
static void outer_product(int64_t rows, const T* a, int64_t units, const T* x, int64_t width, T* to) {
  if constexpr (R > 1) {
    if (rows < R) return outer_product<T, R - 1>(rows, a, units, x, width, to);
  }
  for (int64_t u = 0; u < units; ++u, to += width) {
    Vec<T> factor[R];
#pragma GCC unroll 4
    for (int m = 0; m < R; ++m) factor[m] = splat(a[m * PANEL<T> + u]);
    each_vector<T>(0, up_to(width, LANES<T>), width, [&](int64_t n, auto edge) {
      const T* at = R == 1 ? x + n : x + n / PANEL<T> * R * PANEL<T> + n % PANEL<T>;
      Vec<T> sum{};
#pragma GCC unroll 4
      for (int m = 0; m < R; ++m) sum += factor[m] * load(at + m * PANEL<T>);
      edge.store(to + n, sum);
    });
  }
}

}  // namespace gatewise::GATEWISE_SET

// Products with a packed matrix: tiles of TILE_ROWS rows by one panel, whose sums stay in registers.
//
// A packed matrix B (k by n) lies in panels of PANEL columns, [panel][k][PANEL], columns behind n being 0. Every
// element of a product is one chain of fused multiply-adds in the order of k whatever the tile, so its bits do not
// depend on how many rows are computed together.
#pragma once

#include "simd.h"

namespace gatewise::GATEWISE_SET {

// One summand of a product: rows of A, which may lie anywhere, times panels of B.
template <class T>
struct Part {
  const T* a;            // row m begins at a + rows[m]
  const int64_t* rows;
  int64_t step;          // from one k to the next
  int64_t depth;         // k's in a run
  int64_t runs, jump;    // A goes on in further runs, `jump` apart
  const T* b;            // panel p begins at b + p * panel
  int64_t panel;
};

enum class Start { zero, bias, given };   // what a sum begins with
enum class Finish { store, add };         // what becomes of it

template <class T>
struct Target {
  T* c;                  // row m, panel p begins at c + rows[m] + p * PANEL
  const int64_t* rows;
  const T* bias;
  Start start;
  Finish finish;
};

template <class T, int R, int P>
GATEWISE_INLINE void tile_part(const Part<T>& part, int64_t row, int64_t panel,
                               Vec<T> (&sum)[R][P * PANEL_VECTORS]) {
  constexpr int V = P * PANEL_VECTORS;
  const T *a[R], *b[P];
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) a[m] = part.a + part.rows[row + m];
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p) b[p] = part.b + (panel + p) * part.panel;
  for (int64_t run = 0; run < part.runs; ++run) {
    const int64_t end = part.depth * part.step;
    for (int64_t k = 0; k < end; k += part.step) {
      Vec<T> columns[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) columns[v] = load(b[v / PANEL_VECTORS] + v % PANEL_VECTORS * LANES<T>);
#pragma GCC unroll 16
      for (int m = 0; m < R; ++m) {
        const Vec<T> x = splat(a[m][k]);
#pragma GCC unroll 16
        for (int v = 0; v < V; ++v) sum[m][v] += x * columns[v];
      }
#pragma GCC unroll 16
      for (int p = 0; p < P; ++p) b[p] += PANEL<T>;
    }
#pragma GCC unroll 16
    for (int m = 0; m < R; ++m) a[m] += part.jump;
  }
}

// R rows from `row` on by P panels from `panel` on.
template <class T, int R, int P>
static void tile(const Part<T>* parts, int count, int64_t row, int64_t panel, const Target<T>& target) {
  constexpr int V = P * PANEL_VECTORS;
  Vec<T> sum[R][V];
  T* c[R];
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) c[m] = target.c + target.rows[row + m] + panel * PANEL<T>;
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) {
      if (target.start == Start::zero) sum[m][v] = Vec<T>{};
      else if (target.start == Start::bias) sum[m][v] = load(target.bias + panel * PANEL<T> + v * LANES<T>);
      else sum[m][v] = load(c[m] + v * LANES<T>);
    }
  }
  for (int i = 0; i < count; ++i) tile_part<T, R, P>(parts[i], row, panel, sum);
  if (target.finish == Finish::add) {
#pragma GCC unroll 16
    for (int m = 0; m < R; ++m)
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) sum[m][v] += load(c[m] + v * LANES<T>);
  }
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m)
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) store(c[m] + v * LANES<T>, sum[m][v]);
}

template <class T>
using Tile = void (*)(const Part<T>*, int, int64_t, int64_t, const Target<T>&);

// Few rows need several panels at once to keep the multipliers busy.
constexpr int panels_at_once(int rows) { return rows * 4 <= TILE_ROWS ? 4 : TILE_ROWS / rows; }

template <class T, int R = TILE_ROWS>
GATEWISE_INLINE Tile<T> tile_of(int64_t rows, bool grouped) {
  if constexpr (R == 1) {
    return grouped ? tile<T, 1, panels_at_once(1)> : tile<T, 1, 1>;
  } else {
    if (rows == R) return grouped ? tile<T, R, panels_at_once(R)> : tile<T, R, 1>;
    return tile_of<T, R - 1>(rows, grouped);
  }
}

// Rows 0 to `rows` by panels `first` to `last` (exclusive): target = start + the sum of all parts.
template <class T>
static void multiply(const Part<T>* parts, int count, int64_t rows, int64_t first, int64_t last,
                     const Target<T>& target) {
  if (rows <= 0) return;
  const int64_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS, small = rows / tiles, large = rows % tiles;
  const int group = panels_at_once(int(rows));
  int64_t panel = first;
  if (tiles == 1 && group > 1) {
    const Tile<T> grouped = tile_of<T>(rows, true);
    for (; panel + group <= last; panel += group) grouped(parts, count, 0, panel, target);
  }
  const Tile<T> of_small = tile_of<T>(small, false), of_large = large ? tile_of<T>(small + 1, false) : of_small;
  for (; panel < last; ++panel) {
    int64_t row = 0;
    for (int64_t i = 0; i < large; ++i, row += small + 1) of_large(parts, count, row, panel, target);
    for (int64_t i = large; i < tiles; ++i, row += small) of_small(parts, count, row, panel, target);
  }
}

// Rows of numbers collected one after another, k by k, and packed in tiles as the left factor of A-transposed times B.
template <class T>
struct Collected {
  // Whole vectors are copied, so a copy may run over the end of its tile: the next one mends that, or the gap takes it.
  static constexpr int64_t GAP = (TILE_ROWS / LANES<T> + 1) * LANES<T>;

  T* packed;
  int64_t columns, capacity;

  static int64_t size(int64_t columns, int64_t capacity) {
    return (columns + TILE_ROWS - 1) / TILE_ROWS * (capacity * TILE_ROWS + GAP);
  }
  int64_t tiles() const { return (columns + TILE_ROWS - 1) / TILE_ROWS; }
  int64_t height(int64_t tile) const { return columns / tiles() + (tile < columns % tiles()); }
  T* begin(int64_t tile) const { return packed + tile * (capacity * TILE_ROWS + GAP); }

  void put(int64_t k, const T* row) const {
    for (int64_t tile = 0, at = 0; tile < tiles(); at += height(tile), ++tile) {
      const int64_t rows = height(tile);
      T* to = begin(tile) + k * rows;
      for (int64_t j = 0; j < rows; j += LANES<T>) {
        if (at + j + LANES<T> <= columns) store(to + j, load(row + at + j));
        else for (int64_t i = j; i < rows && i < j + LANES<T>; ++i) to[i] = row[at + i];
      }
    }
  }
};

// c[column][n] += the sum over k < depth of collected[k][column] * b[k][n], for panels `first` to `last` of b, each
// `capacity` rows long; c has rows of `width` numbers.
template <class T>
static void accumulate(const Collected<T>& left, int64_t depth, const T* b, int64_t first, int64_t last, T* c,
                       int64_t width) {
  int64_t lines[TILE_ROWS], rows[TILE_ROWS];
  for (int64_t m = 0; m < TILE_ROWS; ++m) lines[m] = m * width, rows[m] = m;
  for (int64_t panel = first; panel < last; ++panel) {
    T* to = c;
    for (int64_t i = 0; i < left.tiles(); ++i) {
      const int64_t height = left.height(i);
      const Part<T> part{left.begin(i), rows, height, depth, 1, 0, b, left.capacity * PANEL<T>};
      tile_of<T>(height, false)(&part, 1, 0, panel, {to, lines, nullptr, Start::zero, Finish::add});
      to += height * width;
    }
  }
}

}  // namespace gatewise::GATEWISE_SET

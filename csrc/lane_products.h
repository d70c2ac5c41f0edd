// Products whose vectors hold neighbouring rows of the batch: see lanes.h.
#pragma once

#include "gemm.h"
#include "tables.h"

namespace gatewise::GATEWISE_SET {

// A matrix that a product multiplies from the left, `rows` by `depth`, in tiles of rows: [tile][k][rows of the tile].
template <class T>
struct Tiled {
  static constexpr int64_t GAP = LANES<T>;  // see `to_tile`

  int64_t rows, depth, tiles, small, large;  // `large` tiles of small + 1 rows, then those of `small`

  Tiled(int64_t rows, int64_t depth)
      : rows(rows),
        depth(depth),
        tiles((rows + TILE_ROWS - 1) / TILE_ROWS),
        small(rows / tiles),
        large(rows % tiles) {}

  int64_t size() const { return rows * depth + GAP; }
  int64_t height(int64_t tile) const { return small + (tile < large); }

  // Packs a matrix as it lies, row after row.
  void pack(const T* from, T* packed) const {
    for (int64_t tile = 0, row = 0; tile < tiles; row += height(tile), ++tile) {
      to_tile(from + row * depth, depth, height(tile), depth, packed + row * depth);
    }
  }
  // The same of the transpose of a square one.
  void pack_transposed(const T* from, T* packed) const {
    for (int64_t tile = 0, row = 0; tile < tiles; row += height(tile), ++tile) {
      T* to = packed + row * depth;
      for (int64_t k = 0; k < depth; ++k) copy_numbers(from + k * rows + row, height(tile), to + k * height(tile));
    }
  }
};

// One summand of a product: a tiled matrix times the numbers of a step, [k][row of the batch].
template <class T>
struct Summand {
  const T* packed;
  int64_t depth;
  const T* numbers;
};

// Computes R rows, from number `row` on, by V vectors of a product. Rows of it and of the numbers are `stride` long.
template <class T, int R, int V>
static void lane_tile(const Summand<T>* parts, int count, int64_t row, int64_t stride, const T* bias, bool given,
                      T* c) {
  Vec<T> sum[R][V];
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      sum[m][v] = given ? load(c + m * stride + v * LANES<T>) : bias ? splat(bias[m]) : Vec<T>{};
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) __builtin_prefetch(c + m * stride + v * LANES<T>, 1);
  for (int part = 0; part < count; ++part) {
    const T *a = parts[part].packed + row * parts[part].depth, *b = parts[part].numbers;
    for (const T* end = a + R * parts[part].depth; a < end; a += R, b += stride) {
      Vec<T> columns[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) columns[v] = load(b + v * LANES<T>);
#pragma GCC unroll 16
      for (int m = 0; m < R; ++m) {
        const Vec<T> x = splat(a[m]);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[m][v] += x * columns[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(c + m * stride + v * LANES<T>, sum[m][v]);
}

// A product as it is rounded: the compiler cannot fuse it with an addition.
template <class T>
GATEWISE_INLINE Vec<T> rounded(Vec<T> product) {
  asm("" : "+m"(product));
  return product;
}

// to[c][r] = from[r][c] for up to LANES rows r of `columns` numbers, `stride` apart; whole vectors are stored, with 0
// behind the last row.
template <class T>
static void turn(const T* from, int64_t stride, int64_t rows, int64_t columns, T* to, int64_t to_stride) {
  constexpr int64_t L = LANES<T>;
  for (int64_t k = 0; k < columns; k += L) {
    const int64_t width = columns - k < L ? columns - k : L;
    Vec<T> square[L];
#pragma GCC unroll 16
    for (int64_t m = 0; m < L; ++m) {
      const T* row = from + m * stride + k;
      square[m] = m >= rows ? Vec<T>{} : width == L ? load(row) : load_some(row, width);
    }
    transpose<T>(square);
#pragma GCC unroll 16
    for (int64_t j = 0; j < L; ++j) {
      if (width == L || j < width) store(to + (k + j) * to_stride, square[j]);
    }
  }
}

template <class T>
using LaneTile = void (*)(const Summand<T>*, int, int64_t, int64_t, const T*, bool, T*);

// The tile of a height known only at run time.
template <class T, int V, int R = TILE_ROWS>
GATEWISE_INLINE LaneTile<T> lane_tile_of(int64_t rows) {
  if constexpr (R > 1) {
    if (rows < R) return lane_tile_of<T, V, R - 1>(rows);
  }
  return lane_tile<T, R, V>;
}

// c = start + the sum of all parts, for the rows of a tiled matrix by `stride` rows of the batch; it starts with what c
// holds if it is `given`, else with the bias, else with 0.
template <class T>
static void multiply_lanes(const Tiled<T>& left, const Summand<T>* parts, int count, int64_t stride, const T* bias,
                           bool given, T* c) {
  const LaneTile<T> pairs[2] = {lane_tile_of<T, 2>(left.small), lane_tile_of<T, 2>(left.small + (left.large > 0))};
  const LaneTile<T> ones[2] = {lane_tile_of<T, 1>(left.small), lane_tile_of<T, 1>(left.small + (left.large > 0))};
  for (int64_t tile = 0, row = 0; tile < left.tiles; row += left.height(tile), ++tile) {
    for (int64_t at = 0; at < stride; at += PANEL<T>) {
      const LaneTile<T> own = (stride - at < PANEL<T> ? ones : pairs)[tile < left.large];
      Summand<T> here[2];
      for (int part = 0; part < count; ++part) {
        here[part] = parts[part], here[part].numbers += at;
      }
      own(here, count, row, stride, advance(bias, row), given, c + row * stride + at);
    }
  }
}

}  // namespace gatewise::GATEWISE_SET

// Products with a packed matrix: tiles of TILE_ROWS rows by one panel, whose sums stay in registers.
//
// A packed matrix B (k by n) lies in panels of PANEL columns, [panel][k][PANEL], columns behind n being 0. Every
// element of a product is one chain of fused multiply-adds in the order of k whatever the tile, so its bits do not
// depend on how many rows are computed together.
#pragma once

#include "stream.h"

namespace gatewise::GATEWISE_SET {

// One summand of a product: rows of A times panels of B.
template <class T>
struct Part {
  const T* a;            // row m begins at a + rows[m], or at a + m * STEADY
  const int64_t* rows;
  int64_t step;          // from one k to the next
  int64_t depth;         // k's in a run
  int64_t runs, jump;    // A goes on in further runs, `jump` apart
  const T* b;            // panel p begins at b + p * panel
  int64_t panel;
};

// Which panels of a product are wanted: `inner` panels `stride` apart, then the same one further, `count` in all. So the
// blocks of all gates for a few units are one set; with inner = 1 it is a range.
struct Panels {
  int64_t first, count, inner, stride;

  static Panels range(int64_t begin, int64_t end) { return {begin, end - begin, 1, 0}; }
};

// Iterates over a set of panels; counts instead of dividing, which is slow.
class Walk {
 public:
  explicit Walk(const Panels& panels) : panels_(panels), base_(panels.first) {}

  int64_t next() {
    const int64_t found = base_ + turn_ * panels_.stride;
    if (++turn_ == panels_.inner) turn_ = 0, ++base_;
    return found;
  }

 private:
  const Panels& panels_;
  int64_t base_, turn_ = 0;
};

enum class Start { zero, bias, given };   // what a sum begins with
enum class Finish { store, add };         // what becomes of it

template <class T>
struct Target {
  T* c;                  // row m begins at c + rows[m]
  const int64_t* rows;
  const T* bias;
  Start start;
  Finish finish;
  bool far = false;      // whether c is not in a cache, and is called there while the sum is made
  Stream* stream = nullptr;
  int64_t half = -1;     // the last panel, where its first vector is all that is wanted of it; for STEADY products
};

// The last panel of `columns` if one vector of it has them all, else none.
template <class T>
GATEWISE_INLINE int64_t half_panel(int64_t columns) {
  const int64_t rest = columns % PANEL<T>;
  return 0 < rest && rest <= LANES<T> ? columns / PANEL<T> : -1;
}

// Prefetch distance in rows of a panel.
constexpr int AHEAD = 16;

// Of that row's vector `v` the line of 64 bytes. Where few rows share a panel its loads alone fill the processor.
template <class T, int R>
GATEWISE_INLINE void prefetch(const T* b, int v) {
  constexpr int64_t LINE = 64 / int64_t(sizeof(T));
  if (R * 2 >= TILE_ROWS && LINE <= PANEL<T> && v * LANES<T> % LINE == 0) __builtin_prefetch(b + AHEAD * PANEL<T>);
}

// STEADY: the distance of A's rows where it is known beforehand, which spares registers; else 0.
template <class T, int R, int V, int STEADY>
GATEWISE_INLINE void tile_part(const Part<T>& part, int64_t row, const int64_t* panel, Stream* stream,
                               Vec<T> (&sum)[R][V]) {
  constexpr int P = (V + PANEL_VECTORS - 1) / PANEL_VECTORS;
  const T *a[R], *b[P];
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) a[m] = part.a + (STEADY ? (row + m) * STEADY : part.rows[row + m]);
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p) b[p] = part.b + panel[p] * part.panel;
  for (int64_t run = 0; run < part.runs; ++run) {
    if (STEADY != 1 && stream) stream->next_portion();
    const int64_t end = part.depth * part.step;
    for (int64_t k = 0; k < end; k += part.step) {
      Vec<T> columns[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) {
        const T* at = b[v / PANEL_VECTORS] + v % PANEL_VECTORS * LANES<T>;
        columns[v] = load(at);
        prefetch<T, R>(at, v);
      }
#pragma GCC unroll 16
      for (int m = 0; m < R; ++m) {
        const Vec<T> x = splat(STEADY ? a[0][k + m * STEADY] : a[m][k]);
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

// R rows from `row` on by V vectors: of whole panels, or the first of one.
template <class T, int R, int V, int STEADY>
static void tile(const Part<T>* parts, int count, int64_t row, const int64_t* panel, const Target<T>& target) {
  Vec<T> sum[R][V];
  T* c[R];
  int64_t column[V];
#pragma GCC unroll 16
  for (int v = 0; v < V; ++v) column[v] = panel[v / PANEL_VECTORS] * PANEL<T> + v % PANEL_VECTORS * LANES<T>;
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) c[m] = target.c + target.rows[row + m];
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) {
      if (target.start == Start::zero) sum[m][v] = Vec<T>{};
      else sum[m][v] = load((target.start == Start::bias ? target.bias : c[m]) + column[v]);
    }
  }
  if (target.far) {
#pragma GCC unroll 16
    for (int m = 0; m < R; ++m)
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) __builtin_prefetch(c[m] + column[v], 1);
  }
  for (int part = 0; part < count; ++part) tile_part<T, R, V, STEADY>(parts[part], row, panel, target.stream, sum);
  if (target.finish == Finish::add) {
#pragma GCC unroll 16
    for (int m = 0; m < R; ++m)
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) sum[m][v] += load(c[m] + column[v]);
  }
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m)
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) store(c[m] + column[v], sum[m][v]);
}

template <class T>
using Tile = void (*)(const Part<T>*, int, int64_t, const int64_t*, const Target<T>&);

// With few rows several panels are computed at once, so that enough independent sums keep the multipliers busy.
constexpr int panels_at_once(int rows) { return rows * 4 <= TILE_ROWS ? 4 : TILE_ROWS / rows; }

// 0 panels: the first vector of one.
template <class T, int STEADY, int R = TILE_ROWS>
GATEWISE_INLINE Tile<T> tile_of(int64_t rows, int64_t panels) {
  constexpr int MANY = panels_at_once(R), FEW = MANY > 2 ? 2 : 1, V = PANEL_VECTORS;
  if constexpr (R > 1) {
    if (rows < R) return tile_of<T, STEADY, R - 1>(rows, panels);
  }
  if constexpr (STEADY > 1) {
    if (panels == 0) return tile<T, R, 1, STEADY>;
  }
  if (panels == MANY) return tile<T, R, MANY * V, STEADY>;
  return panels == FEW ? tile<T, R, FEW * V, STEADY> : tile<T, R, V, STEADY>;
}

// Rows 0 to `rows` by `panels`: target = start + the sum of all parts.
template <class T, int STEADY = 0>
static void multiply(const Part<T>* parts, int count, int64_t rows, const Panels& panels, const Target<T>& target) {
  if (rows <= 0) return;
  const int64_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS, small = rows / tiles, large = rows % tiles;
  Walk walk(panels);
  int64_t left = panels.count, panel[4];
  for (int64_t group = tiles == 1 ? panels_at_once(int(rows)) : 1; group > 1; group = group > 2 ? 2 : 1) {
    const Tile<T> grouped = tile_of<T, STEADY>(rows, group);
    for (; left >= group; left -= group) {
      for (int64_t p = 0; p < group; ++p) panel[p] = walk.next();
      grouped(parts, count, 0, panel, target);
    }
  }
  Tile<T> of_small = tile_of<T, STEADY>(small, 1), of_large = large ? tile_of<T, STEADY>(small + 1, 1) : of_small;
  for (; left > 0; --left) {
    panel[0] = walk.next();
    if (STEADY > 1 && panel[0] == target.half) {
      of_small = tile_of<T, STEADY>(small, 0), of_large = large ? tile_of<T, STEADY>(small + 1, 0) : of_small;
    }
    int64_t row = 0;
    for (int64_t t = 0; t < large; ++t, row += small + 1) of_large(parts, count, row, panel, target);
    for (int64_t t = large; t < tiles; ++t, row += small) of_small(parts, count, row, panel, target);
  }
}

// Rows of numbers collected one after another, k by k, and packed in tiles as the left factor of A-transposed times B.
template <class T>
struct Collected {
  // Whole vectors are copied, so a copy may run over the end of its tile: the next one mends that, or the gap takes it.
  static constexpr int64_t GAP = (TILE_ROWS / LANES<T> + 1) * LANES<T>;

  T* packed;
  int64_t columns, capacity, tiles, small, large;  // `large` tiles of small + 1 columns, then those of `small`

  Collected(T* packed, int64_t columns, int64_t capacity)
      : packed(packed),
        columns(columns),
        capacity(capacity),
        tiles((columns + TILE_ROWS - 1) / TILE_ROWS),
        small(columns / tiles),
        large(columns % tiles) {}

  static int64_t size(int64_t columns, int64_t capacity) {
    return (columns + TILE_ROWS - 1) / TILE_ROWS * (capacity * TILE_ROWS + GAP);
  }
  int64_t height(int64_t tile) const { return small + (tile < large); }
  T* begin(int64_t tile) const { return packed + tile * (capacity * TILE_ROWS + GAP); }

  void put(int64_t k, const T* row) const {
    for (int64_t tile = 0, at = 0; tile < tiles; at += height(tile), ++tile) {
      const int64_t rows = height(tile);
      T* to = begin(tile) + k * rows;
      for (int64_t j = 0; j < rows; j += LANES<T>) {
        if (at + j + LANES<T> <= columns) store(to + j, load(row + at + j));
        else store_some(to + j, load_some(row + at + j, rows - j), rows - j);
      }
    }
  }
};

// c[column][n] += the sum over k < depth of collected[k][column] * b[k][n], for `panels` of b, each `capacity` rows
// long; c has rows of `width` numbers.
template <class T>
static void accumulate(const Collected<T>& left, int64_t depth, const T* b, const Panels& panels, T* c,
                       int64_t width) {
  int64_t lines[TILE_ROWS];
  for (int64_t m = 0; m < TILE_ROWS; ++m) lines[m] = m * width;
  const Tile<T> of_small = tile_of<T, 1>(left.small, 1);
  const Tile<T> of_large = left.large ? tile_of<T, 1>(left.small + 1, 1) : of_small;
  Walk walk(panels);
  for (int64_t i = 0; i < panels.count; ++i) {
    const int64_t panel = walk.next();
    T* to = c;
    for (int64_t t = 0; t < left.tiles; ++t) {
      const int64_t height = left.height(t);
      const Part<T> part{left.begin(t), nullptr, height, depth, 1, 0, b, left.capacity * PANEL<T>};
      (t < left.large ? of_large : of_small)(&part, 1, 0, &panel, {to, lines, nullptr, Start::zero, Finish::add});
      to += height * width;
    }
  }
}

}  // namespace gatewise::GATEWISE_SET

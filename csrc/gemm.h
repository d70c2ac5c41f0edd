// Matrix products with a packed right factor, C = A B, in tiles of TILE_ROWS rows by one panel.
//
// A packed matrix B (k by n) is stored panel after panel, [panel][k][PANEL]: a panel holds PANEL neighbouring columns,
// row k after row k, so that a product reads it from its beginning to its end. Columns beyond n are 0. A tile keeps its
// sums in registers while it goes through all k and writes each of them once. All tiles of one panel are computed
// before the next panel, since a panel then stays in the first-level cache.
//
// Every element of a product is one chain of fused multiply-adds in the order of k, whatever the size of its tile. Its
// bits therefore do not depend on how many rows are computed together.
#pragma once

#include "stream.h"

namespace gatewise::GATEWISE_SET {

// One summand of a product: rows of A times panels of B. The sums of a gate have two, inputs and state. The numbers of
// a row of A may lie in `runs` pieces of `depth` numbers, because gradients of sums are stored in panels (backward.h).
template <class T>
struct Part {
  const T* a;            // row m begins at a + rows[m], or at a + m * STEADY, see `tile_part`
  const int64_t* rows;
  int64_t step;          // distance in A from one k to the next
  int64_t depth;         // number of k in a run
  int64_t runs, jump;    // number of runs, and the distance in A from the beginning of one to the next
  const T* b;            // panel p begins at b + p * panel
  int64_t panel;
};

// The panels of a product that are wanted, `count` in all: `inner` panels which lie `stride` panels apart, then the
// neighbour of each, and so on. With inner = G and a stride of one gate block these are the same units of all gates, in
// an order in which all gates of a unit are ready together. With inner = 1 they are a range.
struct Panels {
  int64_t first, count, inner, stride;
  int64_t half;          // the panel of which only the first vector is wanted, see `half_panel`, or -1

  static Panels range(int64_t begin, int64_t end, int64_t half = -1) { return {begin, end - begin, 1, 0, half}; }
};

// Iterates over the panels of a set. It counts, since dividing an index would be slow.
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

enum class Start { zero, bias, given };   // a sum begins with 0, with the bias, or with what C holds
enum class Finish { store, add };         // a sum replaces what C holds, or is added to it

// Where a product goes. Start::given and Finish::add differ in rounding: the first continues the chain of additions
// that C holds, the second makes a sum of its own first, which is more accurate where C is a long sum already.
template <class T>
struct Target {
  T* c;                  // row m begins at c + rows[m]
  const int64_t* rows;
  const T* bias;
  Start start;
  Finish finish;
  bool far = false;      // whether C is in no cache, so that its lines are prefetched while the sums are made
  Stream* stream = nullptr;
};

// The last panel of a matrix of `columns` columns if they end within its first vector, else -1. Its second vector is
// then padding, and a tile without it does half the work.
template <class T>
GATEWISE_INLINE int64_t half_panel(int64_t columns) {
  const int64_t rest = columns % PANEL<T>;
  return 0 < rest && rest <= LANES<T> ? columns / PANEL<T> : -1;
}

// How many rows of a panel ahead of their use its cache lines are prefetched.
constexpr int AHEAD = 16;

// Prefetches the cache line at which vector `v` of that later row begins, if one begins there. Tiles of few rows do not
// prefetch: they load a vector for every few multiply-adds, and prefetches would compete with these loads.
template <class T, int R>
GATEWISE_INLINE void prefetch(const T* b, int v) {
  constexpr int64_t LINE = 64 / int64_t(sizeof(T));
  if (R * 2 >= TILE_ROWS && LINE <= PANEL<T> && v * LANES<T> % LINE == 0) __builtin_prefetch(b + AHEAD * PANEL<T>);
}

// Adds one summand to the sums of a tile: R rows from `row` on by V vectors, of the panels that `panel` lists.
//
// STEADY is the distance between rows of A if it is a constant, else 0 and `part.rows` says where each row begins. With
// a constant distance one pointer serves all rows, which leaves the general registers to the other addresses.
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

// Computes one tile from beginning to end: R rows from `row` on by V vectors, which are those of whole panels, or the
// first one of a half panel. R and V are constants, so that all sums are registers.
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

// How many panels a tile of few rows takes at once. A multiply-add takes about four cycles and two may begin in each,
// so about eight independent sums are needed to keep the multipliers busy; one row by one panel has two.
constexpr int panels_at_once(int rows) { return rows * 4 <= TILE_ROWS ? 4 : TILE_ROWS / rows; }

// The tile for a number of rows and of panels known only at run time; 0 panels stands for half a panel.
template <class T, int STEADY, int R = TILE_ROWS>
GATEWISE_INLINE Tile<T> tile_of(int64_t rows, int64_t panels) {
  constexpr int MANY = panels_at_once(R), FEW = MANY > 2 ? 2 : 1, V = PANEL_VECTORS;
  if constexpr (R > 1) {
    if (rows < R) return tile_of<T, STEADY, R - 1>(rows, panels);
  }
  if (panels == 0) return tile<T, R, 1, STEADY>;
  if (panels == MANY) return tile<T, R, MANY * V, STEADY>;
  return panels == FEW ? tile<T, R, FEW * V, STEADY> : tile<T, R, V, STEADY>;
}

// Computes rows 0 to `rows` by `panels`: target = start + the sum of all parts. The rows are divided into tiles of
// equal height up to one, since a last tile of a row or two would leave the multipliers idle.
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
    if (panel[0] == panels.half) {
      of_small = tile_of<T, STEADY>(small, 0), of_large = large ? tile_of<T, STEADY>(small + 1, 0) : of_small;
    }
    int64_t row = 0;
    for (int64_t t = 0; t < large; ++t, row += small + 1) of_large(parts, count, row, panel, target);
    for (int64_t t = large; t < tiles; ++t, row += small) of_small(parts, count, row, panel, target);
  }
}

// Copies rows, which lie `stride` apart, to panels of a packed matrix of `capacity` rows, as those from `first` on.
template <class T>
static void to_panels(const T* rows, int64_t stride, int64_t count, const Panels& panels, int64_t first,
                      int64_t capacity, T* packed) {
  Walk walk(panels);
  for (int64_t i = 0; i < panels.count; ++i) {
    const int64_t panel = walk.next();
    const T* from = rows + panel * PANEL<T>;
    T* to = packed + (panel * capacity + first) * PANEL<T>;
    for (int64_t m = 0; m < count; ++m, from += stride, to += PANEL<T>) {
      store(to, load(from)), store(to + LANES<T>, load(from + LANES<T>));
    }
  }
}

// to[k][m] = from[m][k] for up to TILE_ROWS rows m of `columns` numbers, `stride` apart: the numbers of one k that a tile
// broadcasts become neighbours. Vectors run over into the numbers of the next k, which come later, and up to LANES
// numbers beyond the last.
template <class T>
static void to_tile(const T* from, int64_t stride, int64_t rows, int64_t columns, T* to) {
  constexpr int64_t L = LANES<T>;
  if (TILE_ROWS > L) return copy_transposed(from, stride, rows, columns, to, rows);
  for (int64_t k = 0; k < columns; k += L) {
    const int64_t width = columns - k < L ? columns - k : L;
    const bool whole = width == L;
    Vec<T> square[L];
#pragma GCC unroll 16
    for (int64_t m = 0; m < L; ++m) {
      const T* row = from + m * stride + k;
      square[m] = m >= rows ? Vec<T>{} : whole ? load(row) : load_some(row, width);
    }
    transpose<T>(square);
#pragma GCC unroll 16
    for (int64_t j = 0; j < L; ++j) {
      if (whole || j < width) store(to + (k + j) * rows, square[j]);
    }
  }
}

// The left factor A of a product with its transpose, A^T B, collected row by row: backward adds a row for each step and
// row of the batch, and multiplies when a chunk is full. A is stored in tiles, [tile][k][up to TILE_ROWS columns], so
// that the numbers of one k that a tile broadcasts are neighbours.
template <class T>
struct Collected {
  // Copies are made in whole vectors and may write beyond the end of a tile's row: there the next row's copy puts it
  // right, and behind the last row this gap takes it.
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

  // Stores `count` rows of A, of `columns` numbers each, as those from number k on: row(0), row(1), ...
  template <class F>
  void put(int64_t k, int64_t count, F row) const {
    for (int64_t tile = 0, at = 0; tile < tiles; at += height(tile), ++tile) {
      const int64_t rows = height(tile);
      const bool within = at + up_to(rows, LANES<T>) <= columns;
      for (int64_t m = 0; m < count; ++m) {
        const T* from = row(m) + at;
        T* to = begin(tile) + (k + m) * rows;
        for (int64_t j = 0; j < rows; j += LANES<T>) {
          if (within || j + LANES<T> <= rows) store(to + j, load(from + j));
          else store_some(to + j, load_some(from + j, rows - j), rows - j);
        }
      }
    }
  }

  // The same where A lies the other way round, [column][row], and a column has `stride` numbers.
  void put_turned(int64_t k, int64_t count, const T* columns, int64_t stride) const {
    for (int64_t tile = 0, at = 0; tile < tiles; at += height(tile), ++tile) {
      to_tile(columns + at * stride, stride, height(tile), count, begin(tile) + k * height(tile));
    }
  }
};

// c[column][n] += the sum over k < depth of left[k][column] * b[k][n], for `panels` of b, which are `capacity` rows
// long; rows of c have `width` numbers. The sum over a chunk is made by itself before it is added (Finish::add):
// float32 stays accurate over long sequences, where one running sum would lose small terms.
template <class T>
static void accumulate(const Collected<T>& left, int64_t depth, const T* b, const Panels& panels, T* c,
                       int64_t width) {
  int64_t lines[TILE_ROWS];
  for (int64_t m = 0; m < TILE_ROWS; ++m) lines[m] = m * width;
  Walk walk(panels);
  for (int64_t i = 0; i < panels.count; ++i) {
    const int64_t panel = walk.next(), wanted = panel == panels.half ? 0 : 1;
    const Tile<T> of_small = tile_of<T, 1>(left.small, wanted);
    const Tile<T> of_large = left.large ? tile_of<T, 1>(left.small + 1, wanted) : of_small;
    T* to = c;
    for (int64_t t = 0; t < left.tiles; ++t) {
      const int64_t height = left.height(t);
      const Part<T> part{left.begin(t), nullptr, height, depth, 1, 0, b, left.capacity * PANEL<T>};
      (t < left.large ? of_large : of_small)(&part, 1, 0, &panel, {to, lines, nullptr, Start::zero, Finish::add, true});
      to += height * width;
    }
  }
}

}  // namespace gatewise::GATEWISE_SET

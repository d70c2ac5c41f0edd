// A pass back over a sequence of one time step, on the caller's weights as they lie; see single.h.
//
// Gradients of the sums lie in panels for all rows, [panel][row][PANEL].
#pragma once

#include "backward.h"
#include "single.h"

namespace gatewise::GATEWISE_SET {

// A product of R rows by V vectors of the caller's numbers: c = start + the sum over k < depth of a[m, k] * b[k]. Number
// (m, k) of a lies at a[m * ROW + k * STEP], row k of b at b + k * b_row, row m of c at c + m * c_row.
template <class T, int R, int V, int ROW, int STEP, class Edge>
GATEWISE_INLINE void direct(const T* a, int64_t depth, const T* b, int64_t b_row, T* c, int64_t c_row, bool given,
                            Edge edge) {
  Vec<T> sum[R][V];
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) sum[m][v] = given ? edge.load(c + m * c_row + v * LANES<T>) : Vec<T>{};
  }
  for (int64_t k = 0; k < depth; ++k, a += STEP, b += b_row) {
    Vec<T> columns[V];
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) columns[v] = edge.load(b + v * LANES<T>);
#pragma GCC unroll 16
    for (int m = 0; m < R; ++m) {
      const Vec<T> x = splat(a[m * ROW]);
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) sum[m][v] += x * columns[v];
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < R; ++m) {
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) edge.store(c + m * c_row + v * LANES<T>, sum[m][v]);
  }
}

// The same for `width` columns, of which b has a panel after the other, b_panel numbers apart.
template <class T, int R, int ROW, int STEP>
static void direct_rows(const T* a, int64_t depth, const T* b, int64_t b_row, int64_t b_panel, int64_t width, T* c,
                        int64_t c_row, bool given) {
  constexpr int64_t L = LANES<T>;
  constexpr int V = PANEL_VECTORS;
  int64_t n = 0;
  for (; n + V * L <= width; n += V * L, b += b_panel, c += V * L) {
    direct<T, R, V, ROW, STEP>(a, depth, b, b_row, c, c_row, given, Whole<T>{});
  }
  if (n + L <= width) {
    direct<T, R, 1, ROW, STEP>(a, depth, b, b_row, c, c_row, given, Whole<T>{});
    n += L, b += L, c += L;
  }
  if (n < width) direct<T, R, 1, ROW, STEP>(a, depth, b, b_row, c, c_row, given, Short<T>{width - n});
}

template <class T>
using DirectRows = void (*)(const T*, int64_t, const T*, int64_t, int64_t, int64_t, T*, int64_t, bool);

template <class T, int ROW, int STEP, int R = TILE_ROWS>
static DirectRows<T> direct_of(int64_t rows) {
  if constexpr (R > 1) {
    if (rows < R) return direct_of<T, ROW, STEP, R - 1>(rows);
  }
  return direct_rows<T, R, ROW, STEP>;
}

// Calls work(row, count) for tiles of `rows` rows, of equal height up to one.
template <class F>
GATEWISE_INLINE void each_tile(int64_t rows, F work) {
  const int64_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  for (int64_t t = 0; t < tiles; ++t) work(rows * t / tiles, rows * (t + 1) / tiles - rows * t / tiles);
}

// What all jobs of a pass back share. The arrays are scratch: those of SingleForward, the gradients of the sums as a cell
// makes them, a row of `sizes.columns` numbers for each row, and these, x, h and r * h in panels, [panel][row][PANEL].
template <class T>
struct SingleBackward {
  const Backward<T>& b;
  const Forward<T>& f;
  Sizes<T> sizes;
  T *made, *sums, *dh, *dc, *spare, *reset_h, *zeros, *x_panels, *h_panels, *reset_panels;
  // Of the product at hand, see `through_job`.
  const T* weight = nullptr;
  int64_t first_gate = 0, last_gate = 0, width = 0, columns = 0, row = 0;
  T* to = nullptr;
  bool given = false, state = false;

  SingleBackward(const Backward<T>& b, T* memory) : b(b), f(b.forward), sizes(b.forward.shape) {
    const int64_t N = f.shape.rows, states = N * sizes.state;
    made = memory, sums = made + N * sizes.columns, dh = sums + N * sizes.columns;
    dc = dh + states, spare = dc + states, reset_h = spare + states;
    zeros = reset_h + states, x_panels = zeros + sizes.state;
    h_panels = x_panels + N * sizes.input_panels() * PANEL<T>, reset_panels = h_panels + states;
  }
  static int64_t size(const Forward<T>& f) {
    const Sizes<T> s(f.shape);
    const int64_t N = f.shape.rows;
    return N * (2 * s.columns + 6 * s.state + s.input_panels() * PANEL<T>) + s.state;
  }
  // The column at which the gradients of a gate's product begin, for the inputs or the state.
  int64_t column(int64_t gate, bool state) const {
    return state ? sizes.layout.h_block[gate] : sizes.layout.x_block[gate];
  }
  T* sums_at(int64_t column) const { return sums + column / PANEL<T> * f.shape.rows * PANEL<T> + column % PANEL<T>; }
};

// The step of a cell back, as far as it is no product.
template <class T, class CellOf, int PART>
static void single_backward_job(void* context, int64_t job, Arena&) {
  const auto& call = *static_cast<const SingleBackward<T>*>(context);
  const Forward<T>& f = call.f;
  const Sizes<T>& s = call.sizes;
  const int64_t H = s.hidden, begin = job * BLOCK_ROWS, left = f.shape.rows - begin;
  const Rows rows{begin, left < BLOCK_ROWS ? left : BLOCK_ROWS};
  Places places(rows, s, f.x_strides.row, begin, call.b.dy_strides.row, begin);
  places.take(all_slots(rows.count));
  const T *h_rows[BLOCK_ROWS], *c_rows[BLOCK_ROWS];
  for (int64_t slot = 0; slot < rows.count; ++slot) {
    h_rows[slot] = f.h_0 ? f.h_0 + (begin + slot) * H : call.zeros;
    c_rows[slot] = f.c_0 ? f.c_0 + (begin + slot) * H : call.zeros;
  }
  const int64_t at = begin * s.state;
  if (PART == 0) {
    load_state(rows, call.b.dh_n, H, s.state, call.dh + at);
    if (f.shape.cell == Cell::lstm) load_state(rows, call.b.dc_n, H, s.state, call.dc + at);
  }
  const Packed<T> none{};
  Offsets made(begin, s.columns);
  made.take(all_slots(rows.count));
  const BackwardStep<T> step{s, none, {0, s.layout.padded}, rows.count, f.shape.update_is_state, f.gates,
                             places.gates.at, f.cells, places.cells.at, nullptr, nullptr, h_rows, h_rows, c_rows,
                             call.b.dy, places.out.at, nullptr, nullptr, call.dh + at, call.dc + at, call.spare + at,
                             call.reset_h + at, places.state.at, call.made, made.at, nullptr,
                             StepExtras<T>::none(places.rows.at)};
  CellOf::template slopes<PART>(step);
  to_panels(call.made + begin * s.columns, s.columns, rows.count, Panels::range(0, s.columns / PANEL<T>), begin,
            f.shape.rows, call.sums);
  if (PART == 0 && f.shape.cell == Cell::lstm) store_state(rows, call.dc + at, H, s.state, call.b.dc_0);
}

// A product of the gradients of the sums with a weight as it lies, for one range of its columns and all rows.
template <class T>
static void through_job(void* context, int64_t job, Arena&) {
  const auto& call = *static_cast<const SingleBackward<T>*>(context);
  const int64_t begin = job * call.columns, left = call.width - begin;
  const int64_t width = left < call.columns ? left : call.columns;
  const int64_t N = call.f.shape.rows, H = call.sizes.hidden;
  const bool few = N <= FEW_UNPACKED;
  bool given = call.given;
  for (int64_t m = 0; m < N && few && !given; ++m) zero(call.to + m * call.row + begin, width);
  for (int64_t gate = call.first_gate; gate < call.last_gate; ++gate) {
    const int64_t column = call.column(gate, call.state);
    for (int64_t u = 0; u < H;) {  // as many units at a time as lie in one panel
      const int64_t room = PANEL<T> - (column + u) % PANEL<T>, count = H - u < room ? H - u : room;
      const T *a = call.sums_at(column + u), *b = call.weight + (gate * H + u) * call.width + begin;
      if (few) add_few_rows(N, a, count, b, call.width, width, call.to + begin, call.row);
      else each_tile(N, [&](int64_t row, int64_t rows) {
        direct_of<T, int(PANEL<T>), 1>(rows)(a + row * PANEL<T>, count, b, call.width, PANEL<T>, width,
                                             call.to + row * call.row + begin, call.row, given);
      });
      given = true, u += count;
    }
  }
}

// Multiplies the gradients of the sums of the gates `first` to `last` by a weight (G·H, width), to rows of `to`.
template <class T>
static void through(SingleBackward<T>& call, int threads, const T* weight, int64_t width, bool state, int64_t first,
                    int64_t last, T* to, int64_t row, bool given) {
  // One tile of rows reads the weight once, from its beginning to its end. Where there are more, each of them finds the
  // columns in the core's own cache that the one before it read.
  const int64_t few = threads > 1 ? up_to((width + threads - 1) / threads, 4 * PANEL<T>) : width;
  call.weight = weight, call.width = width, call.state = state, call.first_gate = first, call.last_gate = last;
  call.to = to, call.row = row, call.given = given, call.columns = call.f.shape.rows <= TILE_ROWS ? few : 4 * PANEL<T>;
  parallel(threads, (width + call.columns - 1) / call.columns, through_job<T>, &call);
}

// Rows (N, width) in panels; what lies behind the last column is unspecified.
template <class T>
static void to_panels(const T* from, int64_t row, int64_t rows, int64_t width, T* to) {
  for (int64_t n = 0; n < width; n += PANEL<T>) {
    const size_t bytes = size_t(width - n < PANEL<T> ? width - n : PANEL<T>) * sizeof(T);
    for (int64_t m = 0; m < rows; ++m, to += PANEL<T>) __builtin_memcpy(to, from + m * row + n, bytes);
  }
}

// The gradients of one weight for the units `u` to `u + count` of a gate, which lie in one panel of the sums.
template <class T>
static void weight_gradients(const SingleBackward<T>& call, const T* sums, int64_t count, const T* panels, int64_t width,
                             T* to) {
  constexpr int64_t ROWS = 128;  // of the batch at a time: with them both factors are in the first-level cache
  const int64_t N = call.f.shape.rows, few = N <= ROWS ? width : PANEL<T>;
  if (N <= FEW_UNPACKED) return outer_product(N, sums, count, panels, width, to);
  for (int64_t n = 0; n < width; n += few) {
    for (int64_t begin = 0; begin < N; begin += ROWS) {
      const int64_t depth = N - begin < ROWS ? N - begin : ROWS;
      each_tile(count, [&](int64_t row, int64_t rows) {
        direct_of<T, 1, int(PANEL<T>)>(rows)(sums + begin * PANEL<T> + row, depth, panels + n * N + begin * PANEL<T>,
                                             PANEL<T>, N * PANEL<T>, width - n < few ? width - n : few,
                                             to + row * width + n, width, begin > 0);
      });
    }
  }
}

// The gradients of all weights of some units of one gate. A job has the units that lie in one panel.
template <class T>
static void single_weights_job(void* context, int64_t job, Arena&) {
  const auto& call = *static_cast<const SingleBackward<T>*>(context);
  const Sizes<T>& s = call.sizes;
  const int64_t H = s.hidden, each = up_to(H, PANEL<T>) / PANEL<T>, gate = job / each, N = call.f.shape.rows;
  const bool resets = call.f.shape.cell == Cell::gru_before && gate == 2;
  for (int64_t u = job % each * PANEL<T>, stop = u + PANEL<T> < H ? u + PANEL<T> : H; u < stop;) {
    const int64_t begun = s.layout.x_block[gate] + u, room = PANEL<T> - begun % PANEL<T>;
    const int64_t count = stop - u < room ? stop - u : room;
    const T *x_sums = call.sums_at(begun), *h_sums = call.sums_at(s.layout.h_block[gate] + u);
    weight_gradients(call, x_sums, count, call.x_panels, s.inputs, call.b.dweight_ih + (gate * H + u) * s.inputs);
    weight_gradients(call, h_sums, count, resets ? call.reset_panels : call.h_panels, H,
                     call.b.dweight_hh + (gate * H + u) * H);
    for (int64_t k = 0; k < 2; ++k) {
      T* to = k == 0 ? call.b.dbias_ih : call.b.dbias_hh;
      const T* from = k == 0 ? x_sums : h_sums;
      each_vector<T>(0, up_to(to ? count : 0, LANES<T>), count, [&](int64_t lane, auto edge) {
        Vec<T> sum{};
        for (int64_t row = 0; row < N; ++row) sum += edge.load(from + row * PANEL<T> + lane);
        edge.store(to + gate * H + u + lane, sum);
      });
    }
    u += count;
  }
}

template <class T, class CellOf>
static void single_backward(const Backward<T>& b, int threads) {
  const Forward<T>& f = b.forward;
  const Lease memory(size_t(SingleBackward<T>::size(f)) * sizeof(T));
  SingleBackward<T> call(b, memory.as<T>());
  const Sizes<T>& s = call.sizes;
  const int64_t N = f.shape.rows, H = s.hidden, blocks = s.layout.blocks, row_jobs = up_to(N, BLOCK_ROWS) / BLOCK_ROWS;
  const bool before = f.shape.cell == Cell::gru_before;
  threads = threads_for(f.shape, s.layout, threads);
  zero(call.zeros, s.state);
  parallel(threads, row_jobs, single_backward_job<T, CellOf, 0>, &call);
  if constexpr (Parts<CellOf>::COUNT > 1) {
    through(call, threads, f.weights.weight_hh, H, true, 2, 3, call.spare, s.state, false);
    parallel(threads, row_jobs, single_backward_job<T, CellOf, 1>, &call);
  }
  if (b.dh_0) {
    through(call, threads, f.weights.weight_hh, H, true, 0, before ? 2 : blocks, call.dh, s.state,
            f.shape.cell != Cell::lstm);
    store_state(Rows{0, N}, call.dh, H, s.state, b.dh_0);
  }
  if (b.dx) through(call, threads, f.weights.weight_ih, s.inputs, false, 0, blocks, b.dx, b.dx_strides.row, false);
  if (!b.dweight_ih) return;
  to_panels(f.x, f.x_strides.row, N, s.inputs, call.x_panels);
  to_panels(f.h_0 ? f.h_0 : call.zeros, f.h_0 ? H : 0, N, H, call.h_panels);
  if (before) to_panels(call.reset_h, s.state, N, H, call.reset_panels);
  parallel(threads, blocks * (up_to(H, PANEL<T>) / PANEL<T>), single_weights_job<T>, &call);
}

// The same where forward kept the initial state alone: the step is taken again, in scratch.
template <class T, class CellOf>
static void single_backward_again(const Backward<T>& b, int threads) {
  Backward<T> whole = b;
  Forward<T>& f = whole.forward;
  const Layout l = layout<T>(f.shape.cell, f.shape.hidden, false);
  const Lease memory(size_t(f.shape.rows * (l.width + l.padded + f.shape.hidden)) * sizeof(T));
  f.states = nullptr, f.h_n = nullptr, f.c_n = nullptr;
  f.gates = memory.as<T>(), f.cells = f.gates + f.shape.rows * l.width, f.y = f.cells + f.shape.rows * l.padded;
  f.y_strides = {0, 0, f.shape.hidden};
  single_forward<T, CellOf>(f, threads);
  single_backward<T, CellOf>(whole, threads);
}

}  // namespace gatewise::GATEWISE_SET

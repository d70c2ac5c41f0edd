// Forward over a sequence, keeping what backward needs or nothing.
#pragma once

#include "sequence.h"

namespace gatewise::GATEWISE_SET {

// Few rows leave the weights of the inputs little use at each step: several steps are projected in one product.
constexpr int64_t FEW_ROWS = 3, STEPS_AHEAD = 32;

template <class T>
struct ForwardCall {
  const Forward<T>& f;
  Sizes<T> sizes;
  Blocks blocks;
  T* packed;                // of all models
  int64_t packed_size;
};

template <class T, class CellOf>
struct ForwardBlock {
  const Forward<T>& f;
  const Sizes<T>& sizes;
  const int64_t model;
  const Rows rows;
  const bool keep, ahead;
  const Offsets x_rows, y_rows, gate_rows, cell_rows, state_rows;
  T* gates;                 // scratch where nothing is kept

  ForwardBlock(const ForwardCall<T>& call, int64_t model, int64_t block)
      : f(call.f),
        sizes(call.sizes),
        model(model),
        rows(f.shape, f.lengths, model, call.blocks.begin(block), call.blocks.begin(block + 1)),
        keep(f.gates != nullptr),
        ahead(rows.count <= FEW_ROWS),
        x_rows(rows, f.x_strides.row),
        y_rows(rows, f.y_strides.row),
        gate_rows(keep ? Offsets(rows, sizes.layout.width) : Offsets(sizes.layout.width)),
        cell_rows(rows, sizes.layout.padded),
        state_rows(sizes.state),
        gates(nullptr) {}

  int64_t time(int64_t step) const { return f.shape.reverse ? f.shape.steps - 1 - step : step; }
  const T* x_at(int64_t t) const { return f.x + model * f.x_strides.model + t * f.x_strides.time; }
  T* gates_at(int64_t step) const {
    if (keep) return f.gates + (model * f.shape.steps + time(step)) * f.shape.rows * sizes.layout.width;
    return ahead ? gates + step % STEPS_AHEAD * rows.count * sizes.layout.width : gates;
  }

  void run(const Packed<T>& packed, Arena& arena) {
    const Shape& shape = f.shape;
    const int64_t H = shape.hidden, states = rows.count * sizes.state;
    T *h = arena.take<T>(states), *c = arena.take<T>(states), *reset_h = arena.take<T>(states);
    if (!keep) gates = arena.take<T>((ahead ? STEPS_AHEAD : 1) * rows.count * sizes.layout.width);
    const int64_t first_state = model * shape.rows * H;
    load_state(rows, advance(f.h_0, first_state), H, sizes.state, h);
    load_state(rows, advance(f.c_0, first_state), H, sizes.state, c);
    for (int64_t step = 0; step < shape.steps; ++step) {
      if (ahead && step % STEPS_AHEAD == 0) project_ahead(packed, step);
      const int64_t t = time(step), active = rows.active(t);
      T* y = f.y + model * f.y_strides.model + t * f.y_strides.time;
      T* cells = advance(f.cells, (model * shape.steps + t) * shape.rows * sizes.layout.padded);
      CellOf::forward({sizes, packed, active, shape.update_is_state, keep, ahead, x_at(t), x_rows.at, y, y_rows.at,
                       gates_at(step), gate_rows.at, cells, cell_rows.at, h, c, reset_h, state_rows.at});
      clear_rows(rows, y_rows, active, H, y);
    }
    store_state(rows, h, H, sizes.state, f.h_n + first_state);
    store_state(rows, c, H, sizes.state, advance(f.c_n, first_state));
  }

  void project_ahead(const Packed<T>& packed, int64_t step) {
    int64_t from[FEW_ROWS * STEPS_AHEAD], to[FEW_ROWS * STEPS_AHEAD], count = 0;
    for (int64_t s = step; s < f.shape.steps && s < step + STEPS_AHEAD; ++s) {
      const int64_t active = rows.active(time(s));
      for (int64_t slot = 0; slot < active; ++slot, ++count) {
        from[count] = x_at(time(s)) + x_rows.at[slot] - f.x;
        to[count] = gates_at(s) + gate_rows.at[slot] - gates_at(step);
      }
    }
    const Part<T> part{f.x, from, 1, sizes.inputs, 1, 0, packed.inputs, sizes.inputs * PANEL<T>};
    multiply(&part, 1, count, 0, sizes.x_end, {gates_at(step), to, packed.bias, Start::bias, Finish::store});
  }
};

template <class T, class CellOf>
static void forward_job(void* context, int64_t job, Arena& arena) {
  const auto& call = *static_cast<const ForwardCall<T>*>(context);
  const int64_t model = job / call.blocks.count;
  ForwardBlock<T, CellOf>(call, model, job % call.blocks.count)
      .run(Packed<T>::at(call.packed + model * call.packed_size, call.sizes), arena);
}

template <class T>
static void pack_forward_job(void* context, int64_t model, Arena&) {
  const auto& call = *static_cast<const ForwardCall<T>*>(context);
  pack_for_forward(call.sizes, of_model(call.f.weights, call.f.shape, call.sizes.layout.blocks, model),
                   Packed<T>::at(call.packed + model * call.packed_size, call.sizes));
}

// Multiply-adds of one pass below which threads cost more than they bring.
constexpr double SMALL_WORK = 2e5;

template <class T>
static int threads_for(const Shape& s, const Layout& l, int threads) {
  const double work = double(s.models) * double(s.steps) * double(s.rows) * double(l.width) * double(s.inputs + s.hidden);
  return work < SMALL_WORK ? 1 : threads;
}

template <class T, class CellOf>
static void forward_of(const Forward<T>& f, int threads) {
  const Sizes<T> sizes(f.shape);
  ForwardCall<T> call{f, sizes, Blocks(f.shape.rows), nullptr, up_to(Packed<T>::forward_size(sizes), 16)};
  threads = threads_for<T>(f.shape, sizes.layout, threads);
  const Lease packed(size_t(f.shape.models * call.packed_size) * sizeof(T));
  call.packed = packed.as<T>();
  parallel(threads, f.shape.models, pack_forward_job<T>, &call);
  parallel(threads, f.shape.models * call.blocks.count, forward_job<T, CellOf>, &call);
}

}  // namespace gatewise::GATEWISE_SET

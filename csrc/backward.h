// Backward over a sequence: gradients of the sums step by step; those of weights and inputs in chunks, while the
// chunk's gradients are still in the cache.
#pragma once

#include "forward.h"

namespace gatewise::GATEWISE_SET {

// Rows (steps by active slots) whose gradients are collected before the weights' products are made.
template <class T>
static int64_t chunk_rows(const Shape& s, int64_t block_rows) {
  const int64_t wanted = s.hidden > 256 ? 512 : 256, all = s.steps * block_rows;
  return all < wanted ? (all > BLOCK_ROWS ? all : BLOCK_ROWS) : wanted;
}

template <class T>
struct BackwardCall {
  const Backward<T>& b;
  Sizes<T> sizes;
  Blocks blocks;
  T* packed;
  int64_t packed_size;
  T* partials;              // of every model and block: inputs (I, width), state (H, width), bias (width)
  int64_t partial_size;
};

template <class T, class CellOf>
struct BackwardBlock {
  const BackwardCall<T>& call;
  const Backward<T>& b;
  const Forward<T>& f;
  const Sizes<T>& sizes;
  const int64_t model;
  const Rows rows;
  const Packed<T> packed;
  const Offsets dy_rows, dx_rows, gate_rows, cell_rows, state_rows, sum_rows;
  const int64_t capacity;
  int64_t collected = 0;    // rows in the chunk
  T *sums, *partial, *zeros, *corner;
  Collected<T> inputs, states, resets;
  int64_t *dx_at, *chunk_sum_rows, *corner_rows;

  BackwardBlock(const BackwardCall<T>& c, int64_t model, int64_t block)
      : call(c),
        b(c.b),
        f(c.b.forward),
        sizes(c.sizes),
        model(model),
        rows(f.shape, f.lengths, model, c.blocks.begin(block), c.blocks.begin(block + 1)),
        packed(Packed<T>::at(c.packed + model * c.packed_size - Packed<T>::forward_size(sizes), sizes)),
        dy_rows(rows, b.dy_strides.row),
        dx_rows(rows, b.dx_strides.row),
        gate_rows(rows, sizes.layout.width),
        cell_rows(rows, sizes.layout.padded),
        state_rows(sizes.state),
        sum_rows(PANEL<T>),
        capacity(chunk_rows<T>(f.shape, rows.count)),
        partial(c.partials ? c.partials + (model * c.blocks.count + block) * c.partial_size : nullptr) {}

  void take(Arena& arena) {
    const int64_t I = sizes.inputs, H = sizes.hidden;
    sums = arena.take<T>(sizes.layout.width * capacity);
    zero(sums, sizes.layout.width * capacity);
    zeros = arena.take<T>(sizes.state);
    zero(zeros, sizes.state);
    corner = arena.take<T>(capacity * PANEL<T>);
    dx_at = arena.take<int64_t>(capacity), chunk_sum_rows = arena.take<int64_t>(capacity);
    for (int64_t k = 0; k < capacity; ++k) chunk_sum_rows[k] = k * PANEL<T>;
    if (!partial) return;
    zero(partial, call.partial_size);
    inputs = {arena.take<T>(Collected<T>::size(I, capacity)), I, capacity};
    states = {arena.take<T>(Collected<T>::size(H, capacity)), H, capacity};
    const bool reset = f.shape.cell == Cell::gru_before;
    resets = {reset ? arena.take<T>(Collected<T>::size(H, capacity)) : nullptr, H, capacity};
  }

  int64_t time(int64_t step) const { return f.shape.reverse ? f.shape.steps - 1 - step : step; }

  // Row of a slot in an array of (M, T, N, count), or null before its first step.
  bool has_before(int64_t t, int64_t slot) const { return f.shape.reverse ? t + 1 < rows.length[slot] : t > 0; }
  int64_t before(int64_t t) const { return f.shape.reverse ? t + 1 : t - 1; }
  const T* initial(const T* state, int64_t slot) const {
    return state ? state + (model * f.shape.rows + rows.of[slot]) * sizes.hidden : zeros;
  }
  const T* h_before(int64_t t, int64_t slot) const {
    if (!has_before(t, slot)) return initial(f.h_0, slot);
    return f.y + model * f.y_strides.model + before(t) * f.y_strides.time + rows.of[slot] * f.y_strides.row;
  }
  const T* c_before(int64_t t, int64_t slot) const {
    if (!f.cells) return zeros;
    if (!has_before(t, slot)) return initial(f.c_0, slot);
    return f.cells + ((model * f.shape.steps + before(t)) * f.shape.rows + rows.of[slot]) * sizes.layout.padded;
  }

  void run(Arena& arena) {
    const Shape& shape = f.shape;
    const int64_t H = shape.hidden, size = rows.count * sizes.state, first_state = model * shape.rows * H;
    take(arena);
    T *dh = arena.take<T>(size), *dc = arena.take<T>(size), *dreset_h = arena.take<T>(size);
    T* reset_h = arena.take<T>(size);
    load_state(rows, advance(b.dh_n, first_state), H, sizes.state, dh);
    load_state(rows, advance(b.dc_n, first_state), H, sizes.state, dc);
    for (int64_t step = shape.steps - 1; step >= 0; --step) {
      const int64_t t = time(step), active = rows.active(t);
      if (collected + active > capacity) flush();
      back(t, active, {dh, dc, dreset_h, reset_h});
      if (b.dx) clear_rows(rows, dx_rows, active, sizes.inputs, dx_at_time(t));
    }
    flush();
    store_state(rows, dh, H, sizes.state, advance(b.dh_0, first_state));
    store_state(rows, dc, H, sizes.state, advance(b.dc_0, first_state));
  }

  T* dx_at_time(int64_t t) const { return b.dx + model * b.dx_strides.model + t * b.dx_strides.time; }

  struct Scratch {
    T *dh, *dc, *dreset_h, *reset_h;
  };

  void back(int64_t t, int64_t active, const Scratch& s) {
    if (active == 0) return;
    const T *h_rows[BLOCK_ROWS], *c_rows[BLOCK_ROWS];
    for (int64_t slot = 0; slot < active; ++slot) h_rows[slot] = h_before(t, slot), c_rows[slot] = c_before(t, slot);
    const int64_t first = (model * f.shape.steps + t) * f.shape.rows;
    const int64_t gate = first * sizes.layout.width, cell = first * sizes.layout.padded;
    const T* dy = advance(b.dy, model * b.dy_strides.model + t * b.dy_strides.time);
    CellOf::backward({sizes, packed, active, f.shape.update_is_state, f.gates + gate, gate_rows.at,
                      advance(static_cast<const T*>(f.cells), cell), cell_rows.at, h_rows, c_rows, dy, dy_rows.at,
                      advance(b.dgates, gate), advance(b.dcells, cell), s.dh, s.dc, s.dreset_h, s.reset_h,
                      state_rows.at, sums, collected, capacity, sum_rows.at});
    collect(t, active, h_rows, s.reset_h);
  }

  void collect(int64_t t, int64_t active, const T* const* h_rows, const T* reset_h) {
    const T* x = f.x + model * f.x_strides.model + t * f.x_strides.time;
    for (int64_t slot = 0; slot < active; ++slot) {
      const int64_t k = collected + slot;
      if (b.dx) dx_at[k] = dx_at_time(t) + dx_rows.at[slot] - b.dx;
      if (!partial) continue;
      inputs.put(k, x + rows.of[slot] * f.x_strides.row);
      states.put(k, h_rows[slot]);
      if (resets.packed) resets.put(k, reset_h + state_rows.at[slot]);
    }
    collected += active;
  }

  void flush() {
    if (collected == 0) return;
    if (partial) weight_gradients();
    if (b.dx) input_gradients();
    collected = 0;
  }

  void weight_gradients() {
    const int64_t W = sizes.layout.width;
    T *of_inputs = partial, *of_state = of_inputs + sizes.inputs * W, *of_bias = of_state + sizes.hidden * W;
    accumulate(inputs, collected, sums, 0, sizes.x_end, of_inputs, W);
    if (f.shape.cell == Cell::gru_before) {
      accumulate(states, collected, sums, 0, sizes.gates_end, of_state, W);
      accumulate(resets, collected, sums, sizes.gates_end, sizes.end, of_state, W);
    } else if (f.shape.cell == Cell::gru_after) {
      accumulate(states, collected, sums, 0, sizes.gates_end, of_state, W);
      accumulate(states, collected, sums, sizes.x_end, sizes.end, of_state, W);
    } else {
      accumulate(states, collected, sums, 0, sizes.end, of_state, W);
    }
    for (int64_t panel = 0; panel < sizes.end; ++panel) {
      const T* rows_of_panel = sums + panel * capacity * PANEL<T>;
      Vec<T> low{}, high{};
      for (int64_t k = 0; k < collected; ++k) {
        low += load(rows_of_panel + k * PANEL<T>);
        high += load(rows_of_panel + k * PANEL<T> + LANES<T>);
      }
      T* to = of_bias + panel * PANEL<T>;
      store(to, load(to) + low);
      store(to + LANES<T>, load(to + LANES<T>) + high);
    }
  }

  // dx's rows are the caller's and end with the last input: the last panel goes by way of `corner`.
  void input_gradients() {
    const int64_t I = sizes.inputs, whole = I / PANEL<T>, rest = I % PANEL<T>;
    const Part<T> part{sums, chunk_sum_rows, 1, PANEL<T>, sizes.x_end, capacity * PANEL<T>, packed.to_inputs,
                       sizes.layout.width * PANEL<T>};
    multiply(&part, 1, collected, 0, whole, {b.dx, dx_at, nullptr, Start::zero, Finish::store});
    if (rest == 0) return;
    multiply(&part, 1, collected, whole, whole + 1,
             {corner - whole * PANEL<T>, chunk_sum_rows, nullptr, Start::zero, Finish::store});
    for (int64_t k = 0; k < collected; ++k) {
      T* to = b.dx + dx_at[k] + whole * PANEL<T>;
      for (int64_t u = 0; u < rest; u += LANES<T>) store_row(to, u, rest, load(corner + k * PANEL<T> + u));
    }
  }
};

template <class T, class CellOf>
static void backward_job(void* context, int64_t job, Arena& arena) {
  const auto& call = *static_cast<const BackwardCall<T>*>(context);
  BackwardBlock<T, CellOf>(call, job / call.blocks.count, job % call.blocks.count).run(arena);
}

template <class T>
static void pack_backward_job(void* context, int64_t model, Arena&) {
  const auto& call = *static_cast<const BackwardCall<T>*>(context);
  const Forward<T>& f = call.b.forward;
  pack_for_backward(call.sizes, of_model(f.weights, f.shape, call.sizes.layout.blocks, model),
                    Packed<T>::at(call.packed + model * call.packed_size - Packed<T>::forward_size(call.sizes), call.sizes),
                    call.b.dx != nullptr);
}

// The blocks' partial sums of one model, added in their order, and out of the kernel's layout.
template <class T>
struct Reduction {
  const BackwardCall<T>& call;
  const Backward<T>& b;
  const Layout& layout;
  int64_t model;
  T* sum;

  explicit Reduction(const BackwardCall<T>& c, int64_t model)
      : call(c),
        b(c.b),
        layout(c.sizes.layout),
        model(model),
        sum(c.partials + model * c.blocks.count * c.partial_size) {}

  // A stripe of `columns` (units) of every gate block.
  void run(int64_t begin, int64_t end) const {
    const int64_t I = call.sizes.inputs, H = call.sizes.hidden, W = layout.width, first = model * layout.blocks * H;
    for (int64_t g = 0; g < layout.blocks; ++g) {
      add(0, I, layout.x_block[g], begin, end);
      add(I, I + H, layout.h_block[g], begin, end);
      const T *inputs = sum + layout.x_block[g], *state = sum + I * W + layout.h_block[g];
      turn(inputs, I, begin, end, b.dweight_ih + (first + g * H) * I);
      turn(state, H, begin, end, b.dweight_hh + (first + g * H) * H);
      bias(layout.x_block[g], begin, end, advance(b.dbias_ih, first + g * H));
      bias(layout.h_block[g], begin, end, advance(b.dbias_hh, first + g * H));
    }
  }

 private:
  // Lines `from` to `to` of all blocks into the first block's.
  void add(int64_t from, int64_t to, int64_t column, int64_t begin, int64_t end) const {
    for (int64_t block = 1; block < call.blocks.count; ++block) {
      for (int64_t line = from; line < to; ++line) {
        T* into = sum + line * layout.width + column;
        const T* other = into + block * call.partial_size;
        for (int64_t u = begin; u < end; ++u) into[u] += other[u];
      }
    }
  }

  // to[u][j] = lines[j][u], in squares that stay in the cache.
  void turn(const T* lines, int64_t count, int64_t begin, int64_t end, T* to) const {
    constexpr int64_t SIDE = 16;
    for (int64_t j = 0; j < count; j += SIDE) {
      const int64_t last = j + SIDE < count ? j + SIDE : count;
      for (int64_t u = begin; u < end; ++u) {
        for (int64_t i = j; i < last; ++i) to[u * count + i] = lines[i * layout.width + u];
      }
    }
  }

  void bias(int64_t column, int64_t begin, int64_t end, T* to) const {
    if (!to) return;
    const T* line = sum + (call.sizes.inputs + call.sizes.hidden) * layout.width + column;
    for (int64_t u = begin; u < end; ++u) {
      T total = line[u];
      for (int64_t block = 1; block < call.blocks.count; ++block) total += line[block * call.partial_size + u];
      to[u] = total;
    }
  }
};

constexpr int64_t STRIPE = 16;

template <class T>
static void reduce_job(void* context, int64_t job, Arena&) {
  const auto& call = *static_cast<const BackwardCall<T>*>(context);
  const int64_t H = call.sizes.hidden, stripes = up_to(H, STRIPE) / STRIPE, begin = job % stripes * STRIPE;
  Reduction<T>(call, job / stripes).run(begin, begin + STRIPE < H ? begin + STRIPE : H);
}

template <class T, class CellOf>
static void backward_of(const Backward<T>& b, int threads) {
  const Shape& shape = b.forward.shape;
  const Sizes<T> sizes(shape);
  const bool weights = b.dweight_ih != nullptr;
  const int64_t lines = sizes.inputs + sizes.hidden + 1, partial = weights ? up_to(lines * sizes.layout.width, 16) : 0;
  BackwardCall<T> call{b, sizes, Blocks(shape.rows), nullptr, up_to(Packed<T>::backward_size(sizes), 16), nullptr,
                       partial};
  threads = threads_for<T>(shape, sizes.layout, threads);
  const int64_t packed = shape.models * call.packed_size, jobs = shape.models * call.blocks.count;
  const Lease memory(size_t(packed + jobs * partial) * sizeof(T));
  call.packed = memory.as<T>();
  call.partials = weights ? call.packed + packed : nullptr;
  parallel(threads, shape.models, pack_backward_job<T>, &call);
  parallel(threads, jobs, backward_job<T, CellOf>, &call);
  if (weights) parallel(threads, shape.models * (up_to(sizes.hidden, STRIPE) / STRIPE), reduce_job<T>, &call);
}

}  // namespace gatewise::GATEWISE_SET

// The backward pass over a sequence.
//
// Step by step, from the last one that ran to the first, a cell turns the gradients of its outputs into gradients of
// its sums, and a product with the weights turns these into the gradient of the state before. The gradients of the
// weights and of the inputs need all rows of all steps but none of this order, so their products are made for a chunk
// of some 256 rows at once, while its gradients are still in the core's cache. One product a step would read and write
// all gradients of the weights at every step.
//
// The gradients of the sums of a step lie row by row. Those of a chunk are copied to panels, [panel][row of the
// chunk][PANEL]: the packed right factor of the product that gives the weights' gradients, whose k are the rows of the
// chunk, and the left factor of the product that leads back to the inputs.
#pragma once

#include "partials.h"

namespace gatewise::GATEWISE_SET {

// The number of rows (steps times slots that run) that a chunk holds. At least a block's rows, so that a step fits.
static int64_t chunk_rows(const Shape& s, int64_t block_rows) {
  const int64_t wanted = s.hidden > 256 ? 512 : 256, all = s.steps * block_rows;
  return all < wanted ? (all > BLOCK_ROWS ? all : BLOCK_ROWS) : wanted;
}

// Scratch of one block, which a team shares.
//   panels, corner           of a chunk: gradients of the sums; the last columns of dx, see `input_gradients`
//   inputs, states, resets   of a chunk: x, the state as the products saw it, and r * h of the reset-before GRU
//   dx_at, corner_rows       for each row of a chunk, where its dx and its row of `corner` begin
//   sums, sum_rows           of two steps in turn: a member of a team may write one while another still reads the other
//   zeros                    the state of a slot that begins from zeros
//   extras                   gradients of the extras in a chunk, see `extra_lines`
// The others are those of BackwardStep.
template <class T>
struct BackwardScratch {
  Calendar calendar;
  ForwardScratch<T>* again = nullptr;  // with `states`: for computing a stretch again, and what is then kept of it
  T *gates = nullptr, *cells = nullptr, *products = nullptr;
  T *panels, *corner, *sums[2], *zeros, *dh, *dc, *spare, *reset_h, *seen, *extras;
  Collected<T> inputs, states, resets;
  int64_t *dx_at, *corner_rows, *sum_rows;

  BackwardScratch(const Forward<T>& f, const Sizes<T>& sizes, int64_t model, const Rows& rows, int64_t capacity,
                  bool weights, Arena& arena)
      : calendar(f, model, rows, arena),
        inputs(collected(weights, sizes.inputs, capacity, arena)),
        states(collected(weights, sizes.hidden, capacity, arena)),
        resets(collected(weights && f.shape.cell == Cell::gru_before, sizes.hidden, capacity, arena)) {
    const int64_t states_size = rows.count * sizes.state;
    panels = arena.take<T>(sizes.columns * capacity), corner = arena.take<T>(capacity * PANEL<T>);
    for (T*& step : sums) {
      step = arena.take<T>(rows.count * sizes.columns);
      zero(step, rows.count * sizes.columns);  // products read what lies between unit H and the next block
    }
    sum_rows = arena.take<int64_t>(rows.count);
    for (int64_t slot = 0; slot < rows.count; ++slot) sum_rows[slot] = slot * sizes.columns;
    zeros = arena.take<T>(sizes.state);
    zero(zeros, sizes.state);
    dh = arena.take<T>(states_size), dc = arena.take<T>(states_size);
    spare = arena.take<T>(states_size), reset_h = arena.take<T>(states_size);
    seen = f.extras.dropped ? arena.take<T>(states_size) : nullptr;
    const int64_t lines = weights ? extra_lines(f.extras) * sizes.columns : 0;
    extras = lines ? arena.take<T>(lines) : nullptr;
    if (extras) zero(extras, lines);
    dx_at = arena.take<int64_t>(capacity), corner_rows = arena.take<int64_t>(capacity);
    for (int64_t k = 0; k < capacity; ++k) corner_rows[k] = k * PANEL<T>;
    if (f.states) take_stretch(f, sizes, model, rows, arena);
  }

 private:
  // Memory for one stretch computed again. The ForwardScratch lies in scratch, too; it is copied there byte by byte,
  // for placement new is of the standard library, see simd.h.
  void take_stretch(const Forward<T>& f, const Sizes<T>& sizes, int64_t model, const Rows& rows, Arena& arena) {
    const int64_t kept = (f.stretch < f.shape.steps ? f.stretch : f.shape.steps) * rows.count;
    const ForwardScratch<T> own(f, sizes, model, rows, true, arena);
    again = arena.take<ForwardScratch<T>>(1);
    __builtin_memcpy(static_cast<void*>(again), &own, sizeof own);
    gates = arena.take<T>(kept * sizes.layout.width);
    if (f.shape.cell == Cell::lstm) cells = arena.take<T>(kept * sizes.layout.padded);
    if (sizes.normed) products = arena.take<T>(kept * sizes.layout.products);
  }
  static Collected<T> collected(bool wanted, int64_t columns, int64_t capacity, Arena& arena) {
    return {wanted ? arena.take<T>(Collected<T>::size(columns, capacity)) : nullptr, columns, capacity};
  }
};

// One block of rows of one model, over all steps from the last to the first.
template <class T, class CellOf>
class BackwardBlock {
 public:
  BackwardBlock(const BackwardCall<T>& c, int64_t model, int64_t block)
      : b(c.b),
        f(c.b.forward),
        sizes(c.sizes),
        model(model),
        rows{c.blocks.begin(block), c.blocks.begin(block + 1) - c.blocks.begin(block)},
        packed(Packed<T>::at(c.packed + model * c.packed_size - Packed<T>::forward_size(sizes), sizes)),
        capacity(chunk_rows(f.shape, rows.count)),
        partial(c.partials ? c.partials + (model * c.blocks.count + block) * c.partial_size : nullptr),
        partial_size(c.partial_size),
        streamed(!f.states && streams<T>(rows.count, sizes.layout.width, Packed<T>::backward_size(sizes))),
        forward(c.again, model, block) {}

  int64_t chunk() const { return capacity; }

  BackwardScratch<T> scratch(Arena& arena) const {
    return {f, sizes, model, rows, capacity, partial != nullptr, arena};
  }

  void run(const BackwardScratch<T>& s, const Team& team) const {
    const int64_t H = sizes.hidden, first_state = model * f.shape.rows * H;
    if (team.has(0)) {
      load_state(rows, advance(b.dh_n, first_state), H, sizes.state, s.dh);
      load_state(rows, advance(b.dc_n, first_state), H, sizes.state, s.dc);
      if (partial) zero(partial, partial_size);
    }
    team.meet();
    const Units own = own_units(sizes, team);
    Places places(rows, sizes, f.x_strides.row, rows.first, b.dy_strides.row, f.states ? 0 : rows.first);
    const Offsets dx_rows(rows.first, b.dx_strides.row);
    const int64_t steps = f.shape.steps, length = f.states ? f.stretch : steps;
    int64_t collected = 0;      // rows in the chunk
    int64_t turn = 0;           // which of the two `sums` is the step's
    for (int64_t number = f.states ? Stretch::count(length, steps) : 1; number-- > 0;) {
      const Stretch stretch(number, length, steps);
      const Kept<T> kept = f.states ? once_more(s, stretch, team) : Kept<T>::whole(f, sizes.layout, model, rows);
      for (int64_t step = stretch.end - 1; step >= stretch.begin; --step) {
        const int64_t t = f.shape.reverse ? steps - 1 - step : step;
        places.take(s.calendar.running(t));
        if (collected + places.count > capacity) collected = flush(s, own, collected, team);
        if (places.count > 0) back(t, kept, number, places, collected, s.sums[turn ^= 1], s, own, team);
        collected += places.count;
        if (b.dx && team.has(0)) clear(s.calendar.all() & ~places.running, dx_rows, 0, sizes.inputs, dx_at_time(t));
      }
    }
    flush(s, own, collected, team);
    if (team.has(0)) {
      store_state(rows, s.dh, H, sizes.state, advance(b.dh_0, first_state));
      store_state(rows, s.dc, H, sizes.state, advance(b.dc_0, first_state));
    }
  }

  // Makes the products of a chunk and empties it; returns 0, the number of rows collected then.
  int64_t flush(const BackwardScratch<T>& s, Units own, int64_t depth, const Team& team) const {
    team.meet();
    if (depth > 0 && partial) weight_gradients(s, own, depth);
    if (depth > 0 && b.dx) input_gradients(s, team.begin(depth), team.end(depth));
    team.meet();
    return 0;
  }

 private:
  // Computes a stretch forward again: of a sequence with checkpoints only the state before the stretch was kept.
  Kept<T> once_more(const BackwardScratch<T>& s, const Stretch& stretch, const Team& team) const {
    const int64_t steps = f.shape.steps;
    const int64_t begin = f.shape.reverse ? steps - stretch.end : stretch.begin;
    const Kept<T> kept{s.gates, s.cells, s.products, begin, begin + stretch.end - stretch.begin, rows.count, 0};
    team.meet();  // until nobody reads the stretch that this one overwrites
    forward.run_again(*s.again, stretch, kept, team);
    return kept;
  }

  // Takes one step back: the cell's gradients, then the rows that the chunk needs. The state before the step is not
  // kept anywhere: it is the output y of the step that ran before, the initial state, or zeros.
  void back(int64_t t, const Kept<T>& kept, int64_t stretch, const Places& at, int64_t first, T* sums,
            const BackwardScratch<T>& s, Units own, const Team& team) const {
    const T *h_rows[BLOCK_ROWS], *seen_rows[BLOCK_ROWS], *c_rows[BLOCK_ROWS];
    int64_t k = 0;
    each_slot(at.running, [&](int64_t slot) {
      const int64_t before = s.calendar.before(t, slot);
      h_rows[k] = h_after(before, slot, s.zeros), c_rows[k++] = c_after(before, slot, kept, stretch, s.zeros);
    });
    if (f.extras.dropped) drop(s, own, at, h_rows, seen_rows, team);
    const T* const* const seen = f.extras.dropped ? seen_rows : h_rows;
    const int64_t row = (model * f.shape.steps + t) * f.shape.rows;
    const int64_t gate = row * sizes.layout.width, cell = row * sizes.layout.padded;
    const T* dy = advance(b.dy, model * b.dy_strides.model + t * b.dy_strides.time);
    Stream soon;
    if (streamed) call_in(soon, t, kept, at.count);
    CellOf::backward({sizes, packed, own, at.count, f.shape.update_is_state, kept.gates_at(t, sizes.layout),
                      at.gates.at, kept.cells_at(t, sizes.layout), at.cells.at, kept.products_at(t, sizes.layout),
                      at.products.at, h_rows, seen, c_rows, dy, at.out.at,
                      advance(b.dgates, gate), advance(b.dcells, cell), s.dh, s.dc, s.spare, s.reset_h,
                      at.state.at, sums, s.sum_rows, streamed ? &soon : nullptr,
                      extras_at(f, sizes.layout.blocks, model, t, at.rows.at, s.extras)}, team);
    // No gradient passes a reset: the state before it has no effect after it.
    clear(s.calendar.anew(t), at.state, own.begin, own.end - own.begin, s.dh);
    clear(s.calendar.anew(t), at.state, own.begin, own.end - own.begin, s.dc);
    if (partial || b.dx) {
      to_panels(sums, sizes.columns, at.count, sizes.all_panels(own.begin, own.end), first, capacity, s.panels);
    }
    collect(t, at, first, seen, s, team);
  }

  // Adds to `soon` what the next step back reads: the kept gates and dy of that step, and the states after the step
  // before it, which are y and the kept cell states.
  void call_in(Stream& soon, int64_t t, const Kept<T>& kept, int64_t count) const {
    const int64_t way = f.shape.reverse ? 1 : -1, n = rows.count, H = sizes.hidden;
    const int64_t width = sizes.layout.width, padded = sizes.layout.padded;
    const auto exists = [&](int64_t time) { return 0 <= time && time < f.shape.steps; };
    if (exists(t + way)) {
      soon.add(kept.gates_of_block(t + way, sizes.layout), width, width, n);
      const T* dy = advance(b.dy, model * b.dy_strides.model + (t + way) * b.dy_strides.time);
      soon.add(advance(dy, rows.first * b.dy_strides.row), H, b.dy_strides.row, n);
    }
    if (exists(t + 2 * way)) {
      soon.add(kept.cells_of_block(t + 2 * way, sizes.layout), padded, padded, n);
      const T* y = f.y + model * f.y_strides.model + (t + 2 * way) * f.y_strides.time;
      soon.add(y + rows.first * f.y_strides.row, H, f.y_strides.row, n);
    }
    soon.spread(up_to(count, TILE_ROWS) / TILE_ROWS * sizes.hidden_panels() * sizes.kept);
  }

  // Recurrent dropout: makes the state that the products saw again, instead of keeping it.
  void drop(const BackwardScratch<T>& s, Units own, const Places& at, const T* const* h_rows, const T** seen_rows,
            const Team& team) const {
    team.meet();  // until the rows of the last step are collected, which this overwrites
    for (int64_t slot = 0; slot < at.count; ++slot) {
      T* seen = s.seen + at.state.at[slot];
      see(f, model, at.rows.at[slot], own, h_rows[slot], seen);
      seen_rows[slot] = seen;
    }
  }

  // Collects the rows that the chunk's products need. Each matrix has one member of the team that writes it, since its
  // copies run over into the next row, see `Collected`.
  void collect(int64_t t, const Places& at, int64_t first, const T* const* seen, const BackwardScratch<T>& s,
               const Team& team) const {
    const T* x = f.x + model * f.x_strides.model + t * f.x_strides.time;
    for (int64_t slot = 0; slot < at.count && b.dx && team.has(0); ++slot) {
      s.dx_at[first + slot] = dx_at_time(t) + at.rows.at[slot] * b.dx_strides.row - b.dx;
    }
    const auto wanted = [&](const Collected<T>& rows, int64_t number) { return rows.packed && team.has(number); };
    if (wanted(s.inputs, 0)) s.inputs.put(first, at.count, [&](int64_t slot) { return x + at.x.at[slot]; });
    if (wanted(s.states, 1)) s.states.put(first, at.count, [&](int64_t slot) { return seen[slot]; });
    if (wanted(s.resets, 2)) {
      s.resets.put(first, at.count, [&](int64_t slot) { return s.reset_h + at.state.at[slot]; });
    }
  }

  // Adds the chunk to the gradients of the weights, for the own units. The state's gradients go by what the product
  // saw: for the candidate of the reset-before GRU that was r * h.
  void weight_gradients(const BackwardScratch<T>& s, Units own, int64_t depth) const {
    if (own.begin == own.end) return;
    const int64_t W = sizes.columns, blocks = sizes.layout.blocks;
    T *of_inputs = partial, *of_state = of_inputs + sizes.inputs * W, *of_bias = of_state + sizes.hidden * W;
    const auto state = [&](const Collected<T>& seen, int64_t gate, int64_t count) {
      accumulate(seen, depth, s.panels, sizes.h_panels(own.begin, own.end, gate, count), of_state, W);
    };
    accumulate(s.inputs, depth, s.panels, sizes.x_panels(own.begin, own.end, 0, blocks), of_inputs, W);
    if (f.shape.cell == Cell::gru_before) {
      state(s.states, 0, 2), state(s.resets, 2, 1);
    } else if (f.shape.cell == Cell::gru_after) {
      state(s.states, 0, 2), state(s.states, 3, 1);
    } else {
      state(s.states, 0, blocks);
    }
    bias_gradients(s, sizes.panels(own.begin, own.end, 0, sizes.kept), depth, of_bias);
    if (!s.extras) return;
    // Gradients of peepholes stand in the columns of the own units. With layer norm a member owns all units.
    for (int64_t g = 0; g < blocks && !sizes.normed; ++g) {
      drain(s.extras, g * sizes.layout.padded + own.begin, own.end - own.begin, of_bias + W);
    }
    if (sizes.normed) drain(s.extras, 0, extra_lines(f.extras) * W, of_bias + W);
  }

  // Adds `count` columns from `begin` on to `to`, then sets them to 0 in `from` for the next chunk.
  static void drain(T* from, int64_t begin, int64_t count, T* to) {
    from += begin, to += begin;
    each_vector<T>(0, count, count, [&](int64_t u, auto edge) {
      edge.store(to + u, edge.load(to + u) + edge.load(from + u));
      edge.store(from + u, Vec<T>{});
    });
  }

  // Adds the column sums of the chunk's gradients to those of the biases.
  void bias_gradients(const BackwardScratch<T>& s, const Panels& panels, int64_t depth, T* to) const {
    Walk walk(panels);
    for (int64_t i = 0; i < panels.count; ++i) {
      const int64_t panel = walk.next();
      const T* from = s.panels + panel * capacity * PANEL<T>;
      T* bias = to + panel * PANEL<T>;
      Vec<T> low{}, high{};
      for (int64_t k = 0; k < depth; ++k) {
        low += load(from + k * PANEL<T>);
        high += load(from + k * PANEL<T> + LANES<T>);
      }
      store(bias, load(bias) + low);
      store(bias + LANES<T>, load(bias + LANES<T>) + high);
    }
  }

  // Computes dx for the chunk's rows `begin` to `end`. The rows of dx end with the last input, so a last panel that
  // they do not fill is made in `corner` and its first columns are copied.
  void input_gradients(const BackwardScratch<T>& s, int64_t begin, int64_t end) const {
    const int64_t whole = sizes.inputs / PANEL<T>, rest = sizes.inputs % PANEL<T>;
    const int64_t *dx_at = s.dx_at + begin, *corner_rows = s.corner_rows + begin;
    const Span from = sizes.x_span(0, sizes.layout.blocks);
    const Part<T> part{s.panels + (from.begin * capacity + begin) * PANEL<T>, nullptr, 1, PANEL<T>, from.end - from.begin,
                       capacity * PANEL<T>, packed.to_inputs + from.begin * PANEL<T> * PANEL<T>,
                       sizes.columns * PANEL<T>};
    multiply<T, PANEL<T>>(&part, 1, end - begin, Panels::range(0, whole),
                          {b.dx, dx_at, nullptr, Start::zero, Finish::store});
    if (rest == 0) return;
    multiply<T, PANEL<T>>(&part, 1, end - begin, Panels::range(whole, whole + 1, half_panel<T>(sizes.inputs)),
                          {s.corner - whole * PANEL<T>, corner_rows, nullptr, Start::zero, Finish::store});
    for (int64_t k = begin; k < end; ++k) {
      T* to = b.dx + s.dx_at[k] + whole * PANEL<T>;
      each_vector<T>(0, up_to(rest, LANES<T>), rest, [&](int64_t u, auto edge) {
        edge.store(to + u, load(s.corner + k * PANEL<T> + u));
      });
    }
  }

  T* dx_at_time(int64_t t) const { return b.dx + model * b.dx_strides.model + t * b.dx_strides.time; }

  // The state of a slot after time step t; the initial state or zeros for Calendar::INITIAL or NOTHING. A cell state
  // that lies before the stretch at hand is the one kept before the stretch.
  const T* h_after(int64_t t, int64_t slot, const T* zeros) const {
    if (t < 0) return start(t, f.h_0, slot, zeros);
    return f.y + model * f.y_strides.model + t * f.y_strides.time + (rows.first + slot) * f.y_strides.row;
  }
  const T* c_after(int64_t t, int64_t slot, const Kept<T>& kept, int64_t stretch, const T* zeros) const {
    if (!kept.cells) return zeros;
    if (t < 0) return start(t, f.c_0, slot, zeros);
    if (!kept.has(t)) return kept_state(f, model, stretch, rows.first + slot) + sizes.hidden;
    return kept.cells_at(t, sizes.layout) + (kept.row + slot) * sizes.layout.padded;
  }
  const T* start(int64_t t, const T* state, int64_t slot, const T* zeros) const {
    if (t == Calendar::NOTHING || !state) return zeros;
    return state + (model * f.shape.rows + rows.first + slot) * sizes.hidden;
  }

  const Backward<T>& b;
  const Forward<T>& f;
  const Sizes<T>& sizes;
  const int64_t model;
  const Rows rows;
  const Packed<T> packed;
  const int64_t capacity;
  T* const partial;
  const int64_t partial_size;
  const bool streamed;
  const ForwardBlock<T, CellOf> forward;
};

// Jobs for `parallel`: one block, and the packing of one model's weights.
template <class T, class CellOf>
static void backward_job(void* context, int64_t job, Arena& arena) {
  const auto& call = *static_cast<const BackwardCall<T>*>(context);
  const BackwardBlock<T, CellOf> block(call, job / call.blocks.count, job % call.blocks.count);
  block.run(block.scratch(arena), Team());
}

template <class T>
static void pack_backward_job(void* context, int64_t model, Arena&) {
  const auto& call = *static_cast<const BackwardCall<T>*>(context);
  const Forward<T>& f = call.b.forward;
  pack_for_backward(call.sizes, of_model(f.weights, f.shape, call.sizes.layout.blocks, model),
                    Packed<T>::at(call.packed + model * call.packed_size - Packed<T>::forward_size(call.sizes), call.sizes),
                    call.b.dx != nullptr);
  if (f.states) {
    pack_for_forward(call.sizes, of_model(f.weights, f.shape, call.sizes.layout.blocks, model),
                     Packed<T>::at(call.again.packed + model * call.again.packed_size, call.sizes));
  }
}

// What a backward pass shares, still without memory.
template <class T>
static BackwardCall<T> backward_call(const Backward<T>& b) {
  const Shape& shape = b.forward.shape;
  const Sizes<T> sizes(shape);
  const int64_t lines = sizes.inputs + sizes.hidden + 1 + extra_lines(b.forward.extras);
  const int64_t partial = b.dweight_ih ? up_to(lines * sizes.columns, 16) : 0;
  const int64_t ahead = up_to(Packed<T>::forward_size(sizes), 16);
  const Blocks blocks(shape.rows, Packed<T>::forward_size(sizes) * int64_t(sizeof(T)));
  return {b, sizes, blocks, nullptr, up_to(Packed<T>::backward_size(sizes), 16),
          {b.forward, sizes, blocks, nullptr, ahead}, nullptr, partial};
}

// The whole pass: packs the weights of every model, runs all blocks, then adds up the blocks' gradients of the weights.
template <class T, class CellOf>
static void backward_of(const Backward<T>& b, int threads) {
  const Shape& shape = b.forward.shape;
  BackwardCall<T> call = backward_call(b);
  threads = threads_for(shape, call.sizes.layout, threads);
  const Lease memory(size_t(call.numbers()) * sizeof(T));
  call.lay(memory.as<T>());
  parallel(threads, shape.models, pack_backward_job<T>, &call);
  if (in_teams(shape, call.sizes, call.blocks, threads)) {
    run_in_teams<BackwardBlock<T, CellOf>>(call, shape.models, threads);
  } else {
    parallel(threads, shape.models * call.blocks.count, backward_job<T, CellOf>, &call);
  }
  if (b.dweight_ih) parallel(threads, shape.models * (up_to(call.sizes.hidden, STRIPE) / STRIPE), reduce_job<T>, &call);
}

}  // namespace gatewise::GATEWISE_SET

// The forward pass over a sequence.
//
// For each step: rows that do not run keep their state, resets set states to 0, the cell computes the state after the
// step beside the one before it, and the two change places. Gates and cell states are kept for backward if the caller
// gave memory for them.
#pragma once

#include "sequence.h"

namespace gatewise::GATEWISE_SET {

// The inputs of a step do not depend on its state. With few rows a step's product spends its time on loading weights,
// so the inputs of several steps are multiplied by their weights at once, which loads these once for all of them.
constexpr int64_t FEW_ROWS = 3, STEPS_AHEAD = STRETCH;

// What all jobs of a forward pass share.
template <class T>
struct ForwardCall {
  const Forward<T>& f;
  Sizes<T> sizes;
  Blocks blocks;
  T* packed;                // weights of all models, each `packed_size` numbers after the one before
  int64_t packed_size;
};

// Scratch of one block, which a team shares.
template <class T>
struct ForwardScratch {
  Calendar calendar;
  T *h, *h_next, *c, *reset_h, *seen;
  // gates, products: where nothing is kept, those of one step, or of as many as are projected ahead; else null.
  // y: where a stretch is computed again, since the caller's y is there already; else null.
  T *gates, *products, *y;

  // `again`: whether it is for computing stretches again in backward, which keeps their gates.
  ForwardScratch(const Forward<T>& f, const Sizes<T>& sizes, int64_t model, const Rows& rows, bool again, Arena& arena)
      : calendar(f, model, rows, arena) {
    const int64_t states = rows.count * sizes.state, steps = rows.count <= FEW_ROWS ? STEPS_AHEAD : 1;
    h = arena.take<T>(states), h_next = arena.take<T>(states);
    c = arena.take<T>(states), reset_h = arena.take<T>(states);
    seen = f.extras.dropped ? arena.take<T>(states) : nullptr;
    const int64_t own = f.gates || again ? 0 : steps * rows.count;
    gates = own ? arena.take<T>(own * sizes.layout.width) : nullptr;
    products = own && sizes.normed ? arena.take<T>(own * sizes.layout.products) : nullptr;
    y = again ? arena.take<T>(rows.count * sizes.hidden) : nullptr;
  }
};

// One block of rows of one model, over all steps.
template <class T, class CellOf>
class ForwardBlock {
 public:
  ForwardBlock(const ForwardCall<T>& call, int64_t model, int64_t block)
      : f(call.f),
        sizes(call.sizes),
        packed(Packed<T>::at(call.packed + model * call.packed_size, call.sizes)),
        model(model),
        rows{call.blocks.begin(block), call.blocks.begin(block + 1) - call.blocks.begin(block)},
        ahead(rows.count <= FEW_ROWS),
        streamed(!ahead && streams<T>(rows.count, sizes.layout.width, Packed<T>::forward_size(sizes))) {}

  ForwardScratch<T> scratch(Arena& arena, bool again = false) const { return {f, sizes, model, rows, again, arena}; }

  void run(ForwardScratch<T> s, const Team& team) const {
    const int64_t H = f.shape.hidden, first_state = model * f.shape.rows * H;
    const Kept<T> kept = Kept<T>::whole(f, sizes.layout, model, rows);
    if (team.has(0)) {
      load_state(rows, advance(f.h_0, first_state), H, sizes.state, s.h);
      load_state(rows, advance(f.c_0, first_state), H, sizes.state, s.c);
    }
    team.meet();
    const Units own = own_units(sizes, team);
    Places places(rows, sizes, f.x_strides.row, rows.first, f.y_strides.row, kept.row);
    for (int64_t step = 0; step < f.shape.steps; ++step) {
      if (f.states && step % f.stretch == 0) keep_state(s, own, step / f.stretch);
      advance_to(step, s, kept, places, own, team);
    }
    if (team.has(0)) {
      store_state(rows, s.h, H, sizes.state, f.h_n + first_state);
      store_state(rows, s.c, H, sizes.state, advance(f.c_n, first_state));
    }
  }

  // Computes the steps of a stretch again in backward, from the state kept before it, to have their gates.
  void run_again(ForwardScratch<T> s, const Stretch& stretch, const Kept<T>& kept, const Team& team) const {
    const int64_t H = f.shape.hidden;
    for (int64_t slot = 0; slot < rows.count && team.has(0); ++slot) {
      const T* from = kept_state(f, model, stretch.number, rows.first + slot);
      T *h = s.h + slot * sizes.state, *c = s.c + slot * sizes.state;
      zero(h, sizes.state), zero(c, sizes.state);
      __builtin_memcpy(h, from, size_t(H) * sizeof(T));
      if (f.shape.cell == Cell::lstm) __builtin_memcpy(c, from + H, size_t(H) * sizeof(T));
    }
    team.meet();
    Places places(rows, sizes, f.x_strides.row, 0, H, kept.row);
    const Units own = own_units(sizes, team);
    for (int64_t step = stretch.begin; step < stretch.end; ++step) advance_to(step, s, kept, places, own, team);
  }

 private:
  // Keeps the state before a stretch for backward, of the own units.
  void keep_state(const ForwardScratch<T>& s, Units own, int64_t stretch) const {
    const int64_t H = f.shape.hidden, end = own.end < H ? own.end : H;
    const size_t bytes = own.begin < end ? size_t(end - own.begin) * sizeof(T) : 0;
    for (int64_t slot = 0; slot < rows.count; ++slot) {
      const int64_t at = slot * sizes.state + own.begin;
      T* to = kept_state(f, model, stretch, rows.first + slot) + own.begin;
      __builtin_memcpy(to, s.h + at, bytes);
      if (f.shape.cell == Cell::lstm) __builtin_memcpy(to + H, s.c + at, bytes);
    }
  }

  // Runs one step. Members of a team meet at the end of CellOf::forward, and before it where they have just changed a
  // state that others read.
  void advance_to(int64_t step, ForwardScratch<T>& s, const Kept<T>& kept, Places& places, Units own,
                  const Team& team) const {
    if (ahead && step % STEPS_AHEAD == 0) project_ahead(s, kept, places, own, step);
    const int64_t t = time(step);
    T* y = s.y ? s.y : f.y + model * f.y_strides.model + t * f.y_strides.time;
    places.take(s.calendar.running(t));
    const uint64_t idle = s.calendar.all() & ~places.running;
    carry(s, own, places.state, idle);
    begin_anew(s, own, places.state, s.calendar.anew(t), team);
    if (f.extras.dropped) drop(s, own, places, team);
    Stream soon;
    if (streamed && !s.y && step + 1 < f.shape.steps) call_in(soon, time(step + 1), kept, places.count);
    CellOf::forward({sizes, packed, own, places.count, f.shape.update_is_state, kept.gates != nullptr, ahead, x_at(t),
                     places.x.at, y, places.out.at, gates_at(s, kept, step), places.gates.at,
                     kept.cells_at(t, sizes.layout), places.cells.at, products_at(s, kept, step), places.products.at,
                     s.h, f.extras.dropped ? s.seen : s.h, s.h_next, s.c, s.reset_h, places.state.at, streamed ? &soon : nullptr,
                     extras_at<T>(f, sizes.layout.blocks, model, t, places.rows.at, nullptr)}, team);
    if (!s.y && team.has(1)) clear(idle, places.out, 0, f.shape.hidden, y);  // nobody reads the scratch y
    T* before = s.h;
    s.h = s.h_next;
    s.h_next = before;
  }

  // Adds to `soon` the rows of x, y and what is kept that the step at time t reads or writes, and divides them among
  // the runs of the products of this step.
  void call_in(Stream& soon, int64_t t, const Kept<T>& kept, int64_t count) const {
    const int64_t n = rows.count, I = sizes.inputs, H = sizes.hidden, width = sizes.layout.width;
    const T* y = f.y + model * f.y_strides.model + t * f.y_strides.time;
    soon.add(x_at(t) + rows.first * f.x_strides.row, I, f.x_strides.row, n);
    soon.add(y + rows.first * f.y_strides.row, H, f.y_strides.row, n);
    soon.add(kept.gates_of_block(t, sizes.layout), width, width, n);
    soon.add(kept.cells_of_block(t, sizes.layout), sizes.layout.padded, sizes.layout.padded, n);
    soon.spread(up_to(count, TILE_ROWS) / TILE_ROWS * (width / PANEL<T>) * 2);
  }

  // Rows that do not run keep their state h: it is copied to h_next, which the next step reads. c stays in its place.
  void carry(const ForwardScratch<T>& s, Units own, const Offsets& states, uint64_t idle) const {
    each_slot(idle, [&](int64_t slot) {
      const int64_t at = states.of(slot) + own.begin;
      __builtin_memcpy(s.h_next + at, s.h + at, size_t(own.end - own.begin) * sizeof(T));
    });
  }

  // Sets the states of slots that a reset cuts off to 0, before the members read them.
  void begin_anew(const ForwardScratch<T>& s, Units own, const Offsets& states, uint64_t anew, const Team& team) const {
    if (!anew) return;
    clear(anew, states, own.begin, own.end - own.begin, s.h);
    clear(anew, states, own.begin, own.end - own.begin, s.c);
    team.meet();
  }

  // Recurrent dropout: makes the state that the products see, before the members read it.
  void drop(const ForwardScratch<T>& s, Units own, const Places& places, const Team& team) const {
    for (int64_t slot = 0; slot < places.count; ++slot) {
      const int64_t at = places.state.at[slot];
      see(f, model, places.rows.at[slot], own, static_cast<const T*>(s.h + at), s.seen + at);
    }
    team.meet();
  }

  // Where x, the gates and the products of a step lie, a step being counted in the order in which it runs.
  int64_t time(int64_t step) const { return f.shape.reverse ? f.shape.steps - 1 - step : step; }
  const T* x_at(int64_t t) const { return f.x + model * f.x_strides.model + t * f.x_strides.time; }
  T* gates_at(const ForwardScratch<T>& s, const Kept<T>& kept, int64_t step) const {
    if (kept.gates) return kept.gates_at(time(step), sizes.layout);
    return ahead ? s.gates + step % STEPS_AHEAD * rows.count * sizes.layout.width : s.gates;
  }

  T* products_at(const ForwardScratch<T>& s, const Kept<T>& kept, int64_t step) const {
    if (kept.products) return kept.products_at(time(step), sizes.layout);
    return ahead ? advance(s.products, step % STEPS_AHEAD * rows.count * sizes.layout.products) : s.products;
  }

  // Few rows: multiplies the inputs of the next STEPS_AHEAD steps by their weights, in one product whose rows are all
  // rows that run at these steps.
  void project_ahead(const ForwardScratch<T>& scratch, const Kept<T>& kept, const Places& places, Units own,
                     int64_t step) const {
    int64_t from[FEW_ROWS * STEPS_AHEAD], to[FEW_ROWS * STEPS_AHEAD], count = 0;
    const auto sums_at = [&](int64_t s) {
      return sizes.normed ? products_at(scratch, kept, s) : gates_at(scratch, kept, s);
    };
    const Offsets& sums = sizes.normed ? places.products : places.gates;
    for (int64_t s = step; s < f.shape.steps && s < step + STEPS_AHEAD; ++s) {
      each_slot(scratch.calendar.running(time(s)), [&](int64_t slot) {
        from[count] = x_at(time(s)) + places.x.of(slot) - f.x;
        to[count++] = sums_at(s) + sums.of(slot) - sums_at(step);
      });
    }
    const Part<T> part{f.x, from, 1, sizes.inputs, 1, 0, packed.inputs, sizes.inputs * PANEL<T>};
    if (sizes.normed) return multiply_products(sizes, part, count, sizes.x_span(0, sizes.layout.blocks), sums_at(step), to);
    multiply(&part, 1, count, sizes.panels(own.begin, own.end, 0, sizes.layout.blocks),
             {sums_at(step), to, packed.bias, Start::bias, Finish::store});
  }

  const Forward<T>& f;
  const Sizes<T>& sizes;
  const Packed<T> packed;
  const int64_t model;
  const Rows rows;
  const bool ahead, streamed;
};

// Jobs for `parallel`: one block, and the packing of one model's weights.
template <class T, class CellOf>
static void forward_job(void* context, int64_t job, Arena& arena) {
  const auto& call = *static_cast<const ForwardCall<T>*>(context);
  const ForwardBlock<T, CellOf> block(call, job / call.blocks.count, job % call.blocks.count);
  block.run(block.scratch(arena), Team());
}

template <class T>
static void pack_forward_job(void* context, int64_t model, Arena&) {
  const auto& call = *static_cast<const ForwardCall<T>*>(context);
  pack_for_forward(call.sizes, of_model(call.f.weights, call.f.shape, call.sizes.layout.blocks, model),
                   Packed<T>::at(call.packed + model * call.packed_size, call.sizes));
}

// A block and its scratch as one pointer, for `together`.
template <class Block, class Scratch>
struct Shift {
  const Block& block;
  const Scratch& scratch;

  static void run(void* context, const Team& team) {
    const auto& shift = *static_cast<const Shift*>(context);
    shift.block.run(shift.scratch, team);
  }
};

// Runs all blocks one after the other, each by a team.
template <class Block, class Call>
static void run_in_teams(const Call& call, int64_t models, int threads) {
  for (int64_t job = 0; job < models * call.blocks.count; ++job) {
    Arena arena;
    Block block(call, job / call.blocks.count, job % call.blocks.count);
    auto scratch = block.scratch(arena);
    Shift<Block, decltype(scratch)> shift{block, scratch};
    together(threads, shift.run, &shift);
    arena.give_back();
  }
}

// Multiply-adds of one pass below which starting threads costs more time than they save.
constexpr double SMALL_WORK = 2e5;

static int threads_for(const Shape& s, const Layout& l, int threads) {
  const double work = double(s.models) * double(s.steps) * double(s.rows) * double(l.width) * double(s.inputs + s.hidden);
  return work < SMALL_WORK ? 1 : threads;
}

// The whole pass: packs the weights of every model, then runs all blocks.
template <class T, class CellOf>
static void forward_of(const Forward<T>& f, int threads) {
  const Sizes<T> sizes(f.shape);
  const int64_t weights = Packed<T>::forward_size(sizes);
  ForwardCall<T> call{f, sizes, Blocks(f.shape.rows, weights * int64_t(sizeof(T))), nullptr, up_to(weights, 16)};
  threads = threads_for(f.shape, sizes.layout, threads);
  const Lease packed(size_t(f.shape.models * call.packed_size) * sizeof(T));
  call.packed = packed.as<T>();
  parallel(threads, f.shape.models, pack_forward_job<T>, &call);
  if (in_teams(f.shape, sizes, call.blocks, threads)) {
    run_in_teams<ForwardBlock<T, CellOf>>(call, f.shape.models, threads);
  } else {
    parallel(threads, f.shape.models * call.blocks.count, forward_job<T, CellOf>, &call);
  }
}

}  // namespace gatewise::GATEWISE_SET

// A cell over time: how the batch is cut into blocks of rows, and which rows of a block run at which step.
//
// A block of up to 64 rows runs its whole sequence by itself: no row needs another one, so threads need not wait for
// each other at every step, and the state and the sums of a few rows stay in the cache of one core.
#pragma once

#include "gru.h"
#include "lstm.h"
#include "parallel.h"
#include "rnn.h"

namespace gatewise::GATEWISE_SET {

// How the rows are cut into blocks: by the shape alone, since sums over blocks must not depend on the number of
// threads. Every block reads all weights at every step. Where these are too large for a core's own cache there are as
// few blocks as possible; else there are twice as many, so that two threads have equal shares.
struct Blocks {
  int64_t rows, count;

  Blocks(int64_t n, int64_t weight_bytes) : rows(n) {
    constexpr int64_t LARGE = int64_t(4) << 20;
    count = n < 4 ? 1 : weight_bytes >= LARGE ? up_to(n, BLOCK_ROWS) / BLOCK_ROWS : up_to(n, BLOCK_ROWS) / BLOCK_ROWS * 2;
  }
  int64_t begin(int64_t block) const { return rows * block / count; }
};

// The rows of a block: slot s is row first + s of the batch.
struct Rows {
  int64_t first, count;
};

// A set of slots is a word with a bit for each.
static_assert(BLOCK_ROWS == 64);
GATEWISE_INLINE uint64_t all_slots(int64_t count) { return count ? ~uint64_t(0) >> (64 - count) : 0; }

// For every step the set of slots that run, and the set of those that begin anew, from a zero state. Lengths, mask and
// resets are turned into these sets once, before the first step. Without them there are no sets in memory.
class Calendar {
 public:
  static constexpr int64_t INITIAL = -1, NOTHING = -2;  // see `before`

  template <class T>
  Calendar(const Forward<T>& f, int64_t model, const Rows& rows, Arena& arena)
      : steps_(f.shape.steps), reverse_(f.shape.reverse), all_(all_slots(rows.count)) {
    if (f.lengths || f.mask) runs_ = empty(arena);
    if (f.reset) anew_ = empty(arena);
    if (!runs_ && !anew_) return;
    for (int64_t slot = 0; slot < rows.count; ++slot) {
      const int64_t row = model * f.shape.rows + rows.first + slot, length = f.lengths ? f.lengths[row] : steps_;
      const uint8_t* mask = f.mask ? f.mask + row * steps_ : nullptr;
      if (runs_) enter(slot, mask, length);
      if (anew_) enter_resets(slot, f.reset + row * steps_, length);
    }
  }

  uint64_t all() const { return all_; }
  uint64_t running(int64_t t) const { return runs_ ? runs_[t] : all_; }
  uint64_t anew(int64_t t) const { return anew_ ? anew_[t] : 0; }

  // The step after which the slot had the state that step t begins from: INITIAL if that is the initial state, NOTHING
  // if the slot begins anew at t.
  int64_t before(int64_t t, int64_t slot) const {
    if (anew(t) >> slot & 1) return NOTHING;
    const int64_t way = reverse_ ? 1 : -1;
    for (t += way; 0 <= t && t < steps_; t += way) {
      if (running(t) >> slot & 1) return t;
    }
    return INITIAL;
  }

 private:
  uint64_t* empty(Arena& arena) const {
    uint64_t* words = arena.take<uint64_t>(steps_);
    zero(words, steps_);
    return words;
  }

  void enter(int64_t slot, const uint8_t* mask, int64_t length) {
    for (int64_t t = 0; t < length; ++t) {
      if (!mask || mask[t]) runs_[t] |= uint64_t(1) << slot;
    }
  }

  void enter_resets(int64_t slot, const uint8_t* reset, int64_t length) {
    // A reset lies between its step and the step before it in time. Run forward, it takes effect at its own step; run
    // in reverse, at the step that runs after it, and not at the first one to run, which begins from the initial state.
    bool due = false, begun = !reverse_;
    for (int64_t step = 0; step < length; ++step) {
      const int64_t t = reverse_ ? length - 1 - step : step;
      if (!reverse_) due |= reset[t] != 0;
      if (running(t) >> slot & 1) {
        if (due && begun) anew_[t] |= uint64_t(1) << slot;
        due = false, begun = true;
      }
      if (reverse_) due |= reset[t] != 0;
    }
  }

  const int64_t steps_;
  const bool reverse_;
  const uint64_t all_;
  uint64_t *runs_ = nullptr, *anew_ = nullptr;
};

// Calls work(slot) for every slot of a set, in order.
template <class F>
GATEWISE_INLINE void each_slot(uint64_t slots, F work) {
  for (; slots; slots &= slots - 1) work(int64_t(__builtin_ctzll(slots)));
}

// Where the slots of a block lie in an array. `at` lists the offsets of the slots that run, which is what products and
// activations go through: slots that do not run cost nothing.
struct Offsets {
  int64_t first, stride, at[BLOCK_ROWS];

  Offsets(int64_t first_row, int64_t stride) : first(first_row * stride), stride(stride) {}
  int64_t of(int64_t slot) const { return first + slot * stride; }
  void take(uint64_t slots) {
    int64_t k = 0;
    each_slot(slots, [&](int64_t slot) { at[k++] = of(slot); });
  }
};

// The kept gates, cells and products of the time steps `begin` to `end`: those of the caller's arrays, or of one
// stretch in scratch.
template <class T>
struct Kept {
  T *gates, *cells, *products;  // of time step `begin`, or null
  int64_t begin, end;
  int64_t rows, row;    // rows of the arrays in a step, and which of them is the block's first

  T* gates_at(int64_t t, const Layout& l) const { return gates + (t - begin) * rows * l.width; }
  T* cells_at(int64_t t, const Layout& l) const { return advance(cells, (t - begin) * rows * l.padded); }
  T* products_at(int64_t t, const Layout& l) const { return advance(products, (t - begin) * rows * l.products); }
  const T* gates_of_block(int64_t t, const Layout& l) const { return gates ? gates_at(t, l) + row * l.width : nullptr; }
  const T* cells_of_block(int64_t t, const Layout& l) const { return advance(cells_at(t, l), row * l.padded); }
  bool has(int64_t t) const { return begin <= t && t < end; }

  // The caller's arrays, which hold all time steps and all rows.
  static Kept whole(const Forward<T>& f, const Layout& l, int64_t model, const Rows& block) {
    const int64_t first = model * f.shape.steps * f.shape.rows;
    return {advance(f.gates, first * l.width), advance(f.cells, first * l.padded),
            advance(f.products, first * l.products), 0, f.shape.steps, f.shape.rows, f.gates ? block.first : 0};
  }
};

// The steps from one kept state to the next, `begin` to `end`, counted in the order in which they run.
struct Stretch {
  int64_t number, begin, end;

  Stretch(int64_t number, int64_t length, int64_t steps)
      : number(number), begin(number * length), end(begin + length < steps ? begin + length : steps) {}
  static int64_t count(int64_t length, int64_t steps) { return (steps + length - 1) / length; }
};

// The place of the state kept before a stretch, for one row of one model.
template <class T>
static T* kept_state(const Forward<T>& f, int64_t model, int64_t stretch, int64_t row) {
  const int64_t width = f.shape.cell == Cell::lstm ? 2 * f.shape.hidden : f.shape.hidden;
  return f.states + ((model * Stretch::count(f.stretch, f.shape.steps) + stretch) * f.shape.rows + row) * width;
}

// Offsets of a block's slots in every array of a step; `out` is y forward, its gradient backward.
struct Places {
  Offsets rows, x, out, gates, cells, products, state;
  uint64_t running = 0;
  int64_t count = 0;

  // `out_first` and `kept_first` are the block's first row in these arrays, 0 where they are scratch of the block's
  // own.
  template <class T>
  Places(const Rows& block, const Sizes<T>& sizes, int64_t x_stride, int64_t out_first, int64_t out_stride,
         int64_t kept_first)
      : rows(block.first, 1),
        x(block.first, x_stride),
        out(out_first, out_stride),
        gates(kept_first, sizes.layout.width),
        cells(kept_first, sizes.layout.padded),
        products(kept_first, sizes.layout.products),
        state(0, sizes.state) {}

  // Lists the offsets of these slots, unless they are those listed already: most steps run the same slots as the last.
  void take(uint64_t slots) {
    if (slots == running) return;
    rows.take(slots), x.take(slots), out.take(slots), gates.take(slots), cells.take(slots), state.take(slots);
    if (products.stride) products.take(slots);
    running = slots, count = __builtin_popcountll(slots);
  }
};

// How a call is spread over threads. Usually each block has a thread of its own. If there are fewer blocks than
// threads, the blocks run one after the other, each shared by a team that divides the hidden units among its members.
// Members have to meet at every step, which takes most of a microsecond between distant cores, so a step must be long
// enough for that.
template <class T>
static bool in_teams(const Shape& s, const Sizes<T>& sizes, const Blocks& blocks, int threads) {
  constexpr int64_t LONG = 65536;  // multiply-adds in the state's product of a step
  if (threads < 2 || s.models * blocks.count >= threads || !sizes.whole_panels || sizes.normed) return false;
  return (s.rows + blocks.count - 1) / blocks.count * sizes.layout.width * s.hidden >= LONG;
}

// The units of a member of a team: an equal share of the panels.
template <class T>
static Units own_units(const Sizes<T>& sizes, const Team& team) {
  const int64_t P = sizes.layout.padded, panels = P / PANEL<T>;
  if (!sizes.whole_panels) return {0, P};
  return {team.begin(panels) * PANEL<T>, team.end(panels) * PANEL<T>};
}

// Copies the state (N, H) of one model, or zeros, into scratch rows of a block, which are `stride` apart.
template <class T>
static void load_state(const Rows& rows, const T* from, int64_t hidden, int64_t stride, T* to) {
  zero(to, rows.count * stride);
  if (!from) return;
  for (int64_t slot = 0; slot < rows.count; ++slot) {
    __builtin_memcpy(to + slot * stride, from + (rows.first + slot) * hidden, size_t(hidden) * sizeof(T));
  }
}

// The other way round; nothing if `to` is null.
template <class T>
static void store_state(const Rows& rows, const T* from, int64_t hidden, int64_t stride, T* to) {
  if (!to) return;
  for (int64_t slot = 0; slot < rows.count; ++slot) {
    __builtin_memcpy(to + (rows.first + slot) * hidden, from + slot * stride, size_t(hidden) * sizeof(T));
  }
}

// Sets `count` columns from `begin` on to 0 in a set of slots.
template <class T>
static void clear(uint64_t slots, const Offsets& offsets, int64_t begin, int64_t count, T* to) {
  each_slot(slots, [&](int64_t slot) { zero(to + offsets.of(slot) + begin, count); });
}

// Recurrent dropout: writes to `seen` the state of one row as the products see it, for the own units.
template <class T>
static void see(const Forward<T>& f, int64_t model, int64_t row, Units own, const T* h, T* seen) {
  const T* factor = f.extras.dropped + (model * f.shape.rows + row) * f.shape.hidden;
  each_vector<T>(own.begin, own.end, f.shape.hidden, [&](int64_t u, auto edge) {
    store(seen + u, edge.load(factor + u) * edge.load(h + u));
  });
}

// The extras of one model at time step t. `gradients` is null forward, and where they are not wanted.
template <class T>
static StepExtras<T> extras_at(const Forward<T>& f, int64_t blocks, int64_t model, int64_t t, const int64_t* rows,
                               T* gradients) {
  const Extras<T>& e = f.extras;
  const int64_t H = f.shape.hidden;
  const auto at = [&](const T* all, const Strides& strides) {
    return advance(all, model * strides.model + t * strides.time);
  };
  const bool any = e.hard_slope != 0 || e.peepholes || e.gains || e.dropped || e.still_h || e.still_c;
  return {any, T(e.hard_slope), advance(e.peepholes, model * 3 * H), advance(e.gains, model * 2 * blocks * H),
          advance(e.cell_norm, model * 2 * H), gradients, advance(e.dropped, model * f.shape.rows * H),
          at(e.still_h, e.still_h_strides), at(e.still_c, e.still_c_strides), e.still_h_strides.row,
          e.still_c_strides.row, rows};
}

}  // namespace gatewise::GATEWISE_SET

// A cell over time: the batch is cut into blocks of rows, and each runs its whole sequence independently.
#pragma once

#include "gru.h"
#include "lstm.h"
#include "parallel.h"
#include "rnn.h"

namespace gatewise::GATEWISE_SET {

// Blocks are cut by shape alone: as few as hold the rows, so that weights too large for a core's own cache are read
// seldom, else an even number of half their size.
struct Blocks {
  int64_t rows, count;

  Blocks(int64_t n, int64_t weight_bytes) : rows(n) {
    constexpr int64_t LARGE = int64_t(4) << 20;
    count = n < 4 ? 1 : weight_bytes >= LARGE ? up_to(n, BLOCK_ROWS) / BLOCK_ROWS : up_to(n, BLOCK_ROWS) / BLOCK_ROWS * 2;
  }
  int64_t begin(int64_t block) const { return rows * block / count; }
};

// The rows of a block: slot s is the row first + s.
struct Rows {
  int64_t first, count;
};

static_assert(BLOCK_ROWS == 64);  // bits of a word
GATEWISE_INLINE uint64_t all_slots(int64_t count) { return count ? ~uint64_t(0) >> (64 - count) : 0; }

// Bit masks of one step: which slots of a block run, and which begin again from a zero state.
class Calendar {
 public:
  static constexpr int64_t INITIAL = -1, NOTHING = -2;

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

  // The step that left the state which the slot had before step t: INITIAL if none did, NOTHING if it begins anew.
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
    // Run forward, a reset works at its own step; in reverse it lies behind it, and is nothing before the first one.
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

template <class F>
GATEWISE_INLINE void each_slot(uint64_t slots, F work) {
  for (; slots; slots &= slots - 1) work(int64_t(__builtin_ctzll(slots)));
}

// Where the slots of a block lie in an array; of those that run, one after the other in `at`.
struct Offsets {
  int64_t first, stride, at[BLOCK_ROWS];

  Offsets(int64_t first_row, int64_t stride) : first(first_row * stride), stride(stride) {}
  int64_t of(int64_t slot) const { return first + slot * stride; }
  void take(uint64_t slots) {
    int64_t k = 0;
    each_slot(slots, [&](int64_t slot) { at[k++] = of(slot); });
  }
};

// A block's kept gates, cells and products over the time steps `begin` to `end`.
template <class T>
struct Kept {
  T *gates, *cells, *products;  // of the first step in time, or null
  int64_t begin, end;   // the time
  int64_t rows, row;    // rows of a step, and the block's first among them

  T* gates_at(int64_t t, const Layout& l) const { return gates + (t - begin) * rows * l.width; }
  T* cells_at(int64_t t, const Layout& l) const { return advance(cells, (t - begin) * rows * l.padded); }
  T* products_at(int64_t t, const Layout& l) const { return advance(products, (t - begin) * rows * l.products); }
  const T* gates_of_block(int64_t t, const Layout& l) const { return gates ? gates_at(t, l) + row * l.width : nullptr; }
  const T* cells_of_block(int64_t t, const Layout& l) const { return advance(cells_at(t, l), row * l.padded); }
  bool has(int64_t t) const { return begin <= t && t < end; }

  // Pointers into the caller's arrays, which hold all time steps.
  static Kept whole(const Forward<T>& f, const Layout& l, int64_t model, const Rows& block) {
    const int64_t first = model * f.shape.steps * f.shape.rows;
    return {advance(f.gates, first * l.width), advance(f.cells, first * l.padded),
            advance(f.products, first * l.products), 0, f.shape.steps, f.shape.rows, f.gates ? block.first : 0};
  }
};

// Steps `begin` to `end`, in the order in which they run, before which the state is kept.
struct Stretch {
  int64_t number, begin, end;

  Stretch(int64_t number, int64_t length, int64_t steps)
      : number(number), begin(number * length), end(begin + length < steps ? begin + length : steps) {}
  static int64_t count(int64_t length, int64_t steps) { return (steps + length - 1) / length; }
};

// The state kept before a stretch, of a row of a model.
template <class T>
static T* kept_state(const Forward<T>& f, int64_t model, int64_t stretch, int64_t row) {
  const int64_t width = f.shape.cell == Cell::lstm ? 2 * f.shape.hidden : f.shape.hidden;
  return f.states + ((model * Stretch::count(f.stretch, f.shape.steps) + stretch) * f.shape.rows + row) * width;
}

// Offsets of a block's running slots in every array of a step; `out` is y, or its gradient.
struct Places {
  Offsets rows, x, out, gates, cells, products, state;
  uint64_t running = 0;
  int64_t count = 0;

  // `out_first`, `kept_first`: the block's first row in arrays that may be scratch.
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

  void take(uint64_t slots) {
    if (slots == running) return;
    rows.take(slots), x.take(slots), out.take(slots), gates.take(slots), cells.take(slots), state.take(slots);
    if (products.stride) products.take(slots);
    running = slots, count = __builtin_popcountll(slots);
  }
};

// How a call is spread: one block after the other, each by a team, where the blocks are fewer than the threads and a
// step is long enough to meet after it (cores that are far apart take most of a microsecond); else block by block on
// threads of their own.
template <class T>
static bool in_teams(const Shape& s, const Sizes<T>& sizes, const Blocks& blocks, int threads) {
  constexpr int64_t LONG = 65536;  // multiply-adds of a step
  if (threads < 2 || s.models * blocks.count >= threads || !sizes.whole_panels || sizes.normed) return false;
  return (s.rows + blocks.count - 1) / blocks.count * sizes.layout.width * s.hidden >= LONG;
}

template <class T>
static Units own_units(const Sizes<T>& sizes, const Team& team) {
  const int64_t P = sizes.layout.padded, panels = P / PANEL<T>;
  if (!sizes.whole_panels) return {0, P};
  return {team.begin(panels) * PANEL<T>, team.end(panels) * PANEL<T>};
}

// A state (N, H) of one model, or zeros, into scratch rows.
template <class T>
static void load_state(const Rows& rows, const T* from, int64_t hidden, int64_t stride, T* to) {
  zero(to, rows.count * stride);
  if (!from) return;
  for (int64_t slot = 0; slot < rows.count; ++slot) {
    __builtin_memcpy(to + slot * stride, from + (rows.first + slot) * hidden, size_t(hidden) * sizeof(T));
  }
}

template <class T>
static void store_state(const Rows& rows, const T* from, int64_t hidden, int64_t stride, T* to) {
  if (!to) return;
  for (int64_t slot = 0; slot < rows.count; ++slot) {
    __builtin_memcpy(to + (rows.first + slot) * hidden, from + slot * stride, size_t(hidden) * sizeof(T));
  }
}

// Sets `count` columns from `begin` on to 0 in some slots.
template <class T>
static void clear(uint64_t slots, const Offsets& offsets, int64_t begin, int64_t count, T* to) {
  each_slot(slots, [&](int64_t slot) { zero(to + offsets.of(slot) + begin, count); });
}

// What products see of a row's state h where it is dropped: own units of `seen`.
template <class T>
static void see(const Forward<T>& f, int64_t model, int64_t row, Units own, const T* h, T* seen) {
  const T* factor = f.extras.dropped + (model * f.shape.rows + row) * f.shape.hidden;
  each_vector<T>(own.begin, own.end, f.shape.hidden, [&](int64_t u, auto edge) {
    store(seen + u, edge.load(factor + u) * edge.load(h + u));
  });
}

// The extras of one model at one step.
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

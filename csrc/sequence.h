// A cell over time: blocks of rows run a whole sequence without meeting the others.
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

// The rows of a block, longest first, so that those still within their length lie in front.
struct Rows {
  int64_t count, of[BLOCK_ROWS], length[BLOCK_ROWS];

  Rows(const Shape& shape, const int64_t* lengths, int64_t model, int64_t begin, int64_t end) : count(end - begin) {
    for (int64_t slot = 0; slot < count; ++slot) {
      const int64_t row = begin + slot, steps = lengths ? lengths[model * shape.rows + row] : shape.steps;
      int64_t at = slot;
      for (; at > 0 && length[at - 1] < steps; --at) length[at] = length[at - 1], of[at] = of[at - 1];
      length[at] = steps, of[at] = row;
    }
  }
  int64_t active(int64_t t) const {
    int64_t n = count;
    while (n > 0 && length[n - 1] <= t) --n;
    return n;
  }
};

// Offsets of a block's slots in an array whose rows lie `stride` apart: row by row of the caller's, or slot by slot.
struct Offsets {
  int64_t at[BLOCK_ROWS];

  Offsets(const Rows& rows, int64_t stride) {
    for (int64_t slot = 0; slot < rows.count; ++slot) at[slot] = rows.of[slot] * stride;
  }
  Offsets(int64_t count, int64_t stride) {
    for (int64_t slot = 0; slot < count; ++slot) at[slot] = slot * stride;
  }
};

// How a call is spread: one block after the other, each by a team, where the blocks are fewer than the threads and a
// step is long enough to meet after it (cores that are far apart take most of a microsecond); else block by block on
// threads of their own.
template <class T>
static bool in_teams(const Shape& s, const Sizes<T>& sizes, const Blocks& blocks, int threads) {
  constexpr int64_t LONG = 65536;  // multiply-adds of a step
  if (threads < 2 || s.models * blocks.count >= threads || !sizes.whole_panels) return false;
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
    __builtin_memcpy(to + slot * stride, from + rows.of[slot] * hidden, size_t(hidden) * sizeof(T));
  }
}

template <class T>
static void store_state(const Rows& rows, const T* from, int64_t hidden, int64_t stride, T* to) {
  if (!to) return;
  for (int64_t slot = 0; slot < rows.count; ++slot) {
    __builtin_memcpy(to + rows.of[slot] * hidden, from + slot * stride, size_t(hidden) * sizeof(T));
  }
}

// Slots from `from` on, which are behind their length at this step: zeros.
template <class T>
static void clear_rows(const Rows& rows, const Offsets& offsets, int64_t from, int64_t count, T* to) {
  for (int64_t slot = from; slot < rows.count; ++slot) zero(to + offsets.at[slot], count);
}

template <class T>
GATEWISE_INLINE T* advance(T* p, int64_t by) {
  return p ? p + by : nullptr;
}

}  // namespace gatewise::GATEWISE_SET

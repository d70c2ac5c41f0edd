// The table of one instruction set's kernels, and those of them that need no sequence: packing, one step, the checksum.
//
// Every isa_*.cpp compiles this file, and with it all headers from simd.h on, in a namespace of its own.
#pragma once

#include "network.h"
#include "single_backward.h"

namespace gatewise::GATEWISE_SET {

template <class T, class CellOf>
static void forward_as(const Forward<T>& f, int threads) {
  if (is_single(f)) single_forward<T, CellOf>(f, threads);
  else forward_of<T, CellOf>(f, threads);
}

template <class T>
static void forward(const Forward<T>& f, int threads) {
  switch (f.shape.cell) {
    case Cell::lstm: return forward_as<T, Lstm<T>>(f, threads);
    case Cell::gru_before: return forward_as<T, GruBefore<T>>(f, threads);
    case Cell::gru_after: return forward_as<T, GruAfter<T>>(f, threads);
    case Cell::rnn: return forward_as<T, Rnn<T>>(f, threads);
  }
}

template <class T, class CellOf>
static void backward_as(const Backward<T>& b, int threads) {
  const bool single = is_single(b.forward) && !b.dgates && !b.dcells;
  if (single && b.forward.states) single_backward_again<T, CellOf>(b, threads);
  else if (single) single_backward<T, CellOf>(b, threads);
  else backward_of<T, CellOf>(b, threads);
}

template <class T>
static void backward(const Backward<T>& b, int threads) {
  switch (b.forward.shape.cell) {
    case Cell::lstm: return backward_as<T, Lstm<T>>(b, threads);
    case Cell::gru_before: return backward_as<T, GruBefore<T>>(b, threads);
    case Cell::gru_after: return backward_as<T, GruAfter<T>>(b, threads);
    case Cell::rnn: return backward_as<T, Rnn<T>>(b, threads);
  }
}

template <class T>
static size_t packed_bytes(const Shape& shape) {
  return size_t(Packed<T>::forward_size(Sizes<T>(shape))) * sizeof(T);
}

template <class T>
static void pack(const Shape& shape, const Weights<T>& weights, void* packed) {
  const Sizes<T> sizes(shape);
  pack_for_forward(sizes, weights, Packed<T>::at(static_cast<T*>(packed), sizes));
}

// One time step, in blocks of rows like a sequence; nothing is kept.
template <class T, class CellOf>
static void step_of(const Step<T>& s) {
  const Sizes<T> sizes(s.shape);
  const int64_t I = sizes.inputs, H = sizes.hidden;
  const Packed<T> packed = Packed<T>::at(static_cast<T*>(const_cast<void*>(s.packed)), sizes);
  Arena arena;
  const int64_t most = s.shape.rows < BLOCK_ROWS ? s.shape.rows : BLOCK_ROWS, states = most * sizes.state;
  T *gates = arena.take<T>(most * sizes.layout.width), *h = arena.take<T>(states), *h_next = arena.take<T>(states);
  T *c = arena.take<T>(states), *reset_h = arena.take<T>(states);
  for (int64_t begin = 0; begin < s.shape.rows; begin += BLOCK_ROWS) {
    const int64_t end = begin + BLOCK_ROWS < s.shape.rows ? begin + BLOCK_ROWS : s.shape.rows;
    const Rows rows{begin, end - begin};
    Places at(rows, sizes, I, rows.first, H, 0);
    at.take(all_slots(rows.count));
    load_state(rows, s.h, H, sizes.state, h);
    load_state(rows, s.c, H, sizes.state, c);
    CellOf::forward({sizes, packed, {0, sizes.layout.padded}, end - begin, s.shape.update_is_state, false, false, s.x,
                     at.x.at, s.h_next, at.out.at, gates, at.gates.at, nullptr, nullptr, nullptr, nullptr, h, h,
                     h_next, c, reset_h, at.state.at, nullptr, StepExtras<T>::none(at.rows.at)}, Team());
    store_state(rows, c, H, sizes.state, s.c_next);
  }
  arena.give_back();
}

template <class T>
static void step(const Step<T>& s) {
  switch (s.shape.cell) {
    case Cell::lstm: return step_of<T, Lstm<T>>(s);
    case Cell::gru_before: return step_of<T, GruBefore<T>>(s);
    case Cell::gru_after: return step_of<T, GruAfter<T>>(s);
    case Cell::rnn: return step_of<T, Rnn<T>>(s);
  }
}

// The checksum of contract.h in vectors. Four chains are summed side by side, since within a chain each addition waits
// for the one before it.
class Fletcher {
 public:
  void add(const void* memory, size_t bytes) {
    const char* p = static_cast<const char*>(memory);
    for (; bytes >= CHAINS * GATEWISE_VECTOR_BYTES; bytes -= CHAINS * GATEWISE_VECTOR_BYTES) {
#pragma GCC unroll 4
      for (int i = 0; i < CHAINS; ++i, p += GATEWISE_VECTOR_BYTES) add_vector(i, p, GATEWISE_VECTOR_BYTES);
    }
    for (int i = 0; bytes > 0; ++i) {
      const size_t count = bytes < GATEWISE_VECTOR_BYTES ? bytes : GATEWISE_VECTOR_BYTES;
      add_vector(i, p, count);
      p += count, bytes -= count;
    }
  }
  void write(Fingerprint* to) const {
    static_assert(sizeof first_ + sizeof second_ <= sizeof(Fingerprint));
    __builtin_memset(to, 0, sizeof *to);
    __builtin_memcpy(to->sums, first_, sizeof first_);
    __builtin_memcpy(to->sums + CHAINS * GATEWISE_VECTOR_BYTES / 8, second_, sizeof second_);
  }

 private:
  static constexpr int CHAINS = 4;
  typedef uint64_t Words __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));

  // first = sum of the words, second = sum of the values that `first` took, which depends on the order of the words.
  __attribute__((always_inline)) void add_vector(int chain, const char* p, size_t count) {
    Words words{};
    __builtin_memcpy(&words, p, count);
    first_[chain] += words;
    second_[chain] += first_[chain];
  }

  Words first_[CHAINS]{}, second_[CHAINS]{};
};

template <class T>
static void fingerprint(const Shape& shape, const Weights<T>& w, Fingerprint* to) {
  const size_t rows = size_t(layout<T>(shape.cell, shape.hidden, false).blocks * shape.hidden) * sizeof(T);
  Fletcher sums;
  sums.add(w.weight_ih, rows * size_t(shape.inputs));
  sums.add(w.weight_hh, rows * size_t(shape.hidden));
  if (w.bias_ih) sums.add(w.bias_ih, rows);
  if (w.bias_hh) sums.add(w.bias_hh, rows);
  sums.write(to);
}

// Runs as many independent chains of multiply-adds in registers as a tile has sums, and returns how many multiply-adds
// these were. Nothing is loaded or stored, so no product can be faster.
template <class T>
static double fused_multiply_adds(int64_t rounds) {
  constexpr int CHAINS = TILE_ROWS * PANEL_VECTORS;
  Vec<T> sum[CHAINS], x = splat<T>(T(0.999)), y = splat<T>(T(1e-3));
#pragma GCC unroll 32
  for (int i = 0; i < CHAINS; ++i) sum[i] = splat<T>(T(i));
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 32
    for (int i = 0; i < CHAINS; ++i) sum[i] = sum[i] * x + y;
  }
  Vec<T> total{};
#pragma GCC unroll 32
  for (int i = 0; i < CHAINS; ++i) total += sum[i];
  volatile T kept = total[0];  // a use of the result, without which the compiler would remove the loop
  (void)kept;
  return double(rounds) * CHAINS * LANES<T>;
}

template <class T>
static constexpr Kernels<T> TABLE{layout<T>, forward<T>, backward<T>, packed_bytes<T>, pack<T>, step<T>,
                                  fingerprint<T>, workspace<T>, answer<T>, train<T>, fused_multiply_adds<T>};

}  // namespace gatewise::GATEWISE_SET

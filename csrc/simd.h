// Vectors of one instruction set, written with the compiler's vector extension so that all sets share one source.
//
// Each isa_*.cpp defines GATEWISE_SET (its namespace), GATEWISE_VECTOR_BYTES and GATEWISE_TILE_ROWS, includes kernels.h
// and is compiled with the flags of its set. The headers from here to kernels.h use nothing of the standard library: of
// an inline function that several files compile, the linker keeps one copy for all of them, and if that copy was
// compiled for AVX-512 the whole process would stop on a processor without it.
#pragma once

#include "contract.h"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#define GATEWISE_INLINE static inline __attribute__((always_inline))

namespace gatewise::GATEWISE_SET {

template <class T>
struct Number;
template <>
struct Number<float> {
  using Integer = int32_t;
};
template <>
struct Number<double> {
  using Integer = int64_t;
};

// Unaligned: the same vector at any address of a T, so that a load or store needs no alignment.
template <class T>
struct Vector {
  typedef T Type __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
  typedef T Unaligned __attribute__((vector_size(GATEWISE_VECTOR_BYTES), aligned(alignof(T)), may_alias));
  typedef typename Number<T>::Integer Integers __attribute__((vector_size(GATEWISE_VECTOR_BYTES)));
};

template <class T>
using Vec = typename Vector<T>::Type;

template <class T>
constexpr int64_t LANES = GATEWISE_VECTOR_BYTES / int64_t(sizeof(T));

// A tile has TILE_ROWS rows by one panel, and all its sums stay in registers. A panel is two vectors wide: then a step
// of the product loads two vectors and broadcasts TILE_ROWS numbers for 2 * TILE_ROWS multiply-adds, which keeps the
// multipliers and not the loads the limit. With AVX2 a tile of 6 rows has 12 sums; two vectors of the panel and one
// broadcast number beside them make 15 of its 16 registers.
constexpr int PANEL_VECTORS = 2;
constexpr int TILE_ROWS = GATEWISE_TILE_ROWS;

template <class T>
constexpr int64_t PANEL = PANEL_VECTORS * LANES<T>;

// n rounded up to a multiple of `unit`.
GATEWISE_INLINE int64_t up_to(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

template <class T>
GATEWISE_INLINE Vec<T> load(const T* p) {
  return *reinterpret_cast<const typename Vector<T>::Unaligned*>(p);
}

template <class T>
GATEWISE_INLINE void store(T* p, Vec<T> v) {
  *reinterpret_cast<typename Vector<T>::Unaligned*>(p) = v;
}

// A vector with x in every lane.
template <class T>
GATEWISE_INLINE Vec<T> splat(T x) {
  return x - Vec<T>{};
}

// x clamped to [-limit, limit]; NaN stays NaN. From the plain comparisons at the end compilers make four instructions,
// so each set names its minimum and maximum. The order of their operands matters: x86 returns the second one for a NaN.
#if defined(__AVX512F__)
GATEWISE_INLINE Vec<float> within(Vec<float> x, Vec<float> limit) {
  return _mm512_max_ps(-limit, _mm512_min_ps(limit, x));
}
GATEWISE_INLINE Vec<double> within(Vec<double> x, Vec<double> limit) {
  return _mm512_max_pd(-limit, _mm512_min_pd(limit, x));
}
#elif defined(__AVX2__)
GATEWISE_INLINE Vec<float> within(Vec<float> x, Vec<float> limit) {
  return _mm256_max_ps(-limit, _mm256_min_ps(limit, x));
}
GATEWISE_INLINE Vec<double> within(Vec<double> x, Vec<double> limit) {
  return _mm256_max_pd(-limit, _mm256_min_pd(limit, x));
}
#elif defined(__SSE2__)
GATEWISE_INLINE Vec<float> within(Vec<float> x, Vec<float> limit) { return _mm_max_ps(-limit, _mm_min_ps(limit, x)); }
GATEWISE_INLINE Vec<double> within(Vec<double> x, Vec<double> limit) { return _mm_max_pd(-limit, _mm_min_pd(limit, x)); }
#elif defined(__ARM_NEON)
GATEWISE_INLINE Vec<float> within(Vec<float> x, Vec<float> limit) {
  return (Vec<float>)vmaxq_f32((float32x4_t)(-limit), vminq_f32((float32x4_t)limit, (float32x4_t)x));
}
GATEWISE_INLINE Vec<double> within(Vec<double> x, Vec<double> limit) {
  return (Vec<double>)vmaxq_f64((float64x2_t)(-limit), vminq_f64((float64x2_t)limit, (float64x2_t)x));
}
#else
template <class V>
GATEWISE_INLINE V within(V x, V limit) {
  x = limit < x ? limit : x;
  return x < -limit ? -limit : x;
}
#endif

// Square roots, which only intrinsics name.
#if defined(__AVX512F__)
GATEWISE_INLINE Vec<float> root(Vec<float> x) { return _mm512_sqrt_ps(x); }
GATEWISE_INLINE Vec<double> root(Vec<double> x) { return _mm512_sqrt_pd(x); }
#elif defined(__AVX2__)
GATEWISE_INLINE Vec<float> root(Vec<float> x) { return _mm256_sqrt_ps(x); }
GATEWISE_INLINE Vec<double> root(Vec<double> x) { return _mm256_sqrt_pd(x); }
#elif defined(__SSE2__)
GATEWISE_INLINE Vec<float> root(Vec<float> x) { return _mm_sqrt_ps(x); }
GATEWISE_INLINE Vec<double> root(Vec<double> x) { return _mm_sqrt_pd(x); }
#elif defined(__ARM_NEON)
GATEWISE_INLINE Vec<float> root(Vec<float> x) { return (Vec<float>)vsqrtq_f32((float32x4_t)x); }
GATEWISE_INLINE Vec<double> root(Vec<double> x) { return (Vec<double>)vsqrtq_f64((float64x2_t)x); }
#else
template <class V>
GATEWISE_INLINE V root(V x) {
  for (unsigned lane = 0; lane < sizeof x / sizeof x[0]; ++lane) x[lane] = __builtin_sqrt(x[lane]);
  return x;
}
#endif

// Transposes a square of LANES vectors in place. Each call exchanges the off-diagonal quarters of squares of 2 * D
// rows, and the next call does the same within the quarters, so that LANES vectors take log2(LANES) rounds of shuffles.
template <class T, int64_t D = LANES<T> / 2>
GATEWISE_INLINE void transpose(Vec<T>* rows) {
  using Integers = typename Vector<T>::Integers;
  constexpr int64_t L = LANES<T>;
  Integers low{}, high{};
#pragma GCC unroll 16
  for (int64_t j = 0; j < L; ++j) low[j] = j & D ? L + j - D : j, high[j] = j & D ? L + j : j + D;
#pragma GCC unroll 16
  for (int64_t i = 0; i < L; ++i) {
    if (i & D) continue;
    const Vec<T> a = rows[i], b = rows[i + D];
    rows[i] = __builtin_shuffle(a, b, low), rows[i + D] = __builtin_shuffle(a, b, high);
  }
  if constexpr (D > 1) transpose<T, D / 2>(rows);
}

// to[c][r] = from[r][c] for `rows` by `columns` numbers. Rows of `from` are `from_row` numbers apart, those of `to`
// `to_row`. Whole squares go through registers; number by number, every store would touch a cache line of its own.
template <class T>
GATEWISE_INLINE void copy_transposed(const T* from, int64_t from_row, int64_t rows, int64_t columns, T* to,
                                     int64_t to_row) {
  constexpr int64_t L = LANES<T>;
  for (int64_t r = 0; r < rows; r += L) {
    const int64_t height = rows - r < L ? rows - r : L;
    for (int64_t c = 0; c < columns; c += L) {
      const int64_t width = columns - c < L ? columns - c : L;
      const T* source = from + r * from_row + c;
      T* target = to + c * to_row + r;
      if (height < L || width < L) {
        for (int64_t j = 0; j < width; ++j)
          for (int64_t i = 0; i < height; ++i) target[j * to_row + i] = source[i * from_row + j];
        continue;
      }
      Vec<T> square[L];
#pragma GCC unroll 16
      for (int64_t i = 0; i < L; ++i) square[i] = load(source + i * from_row);
      transpose<T>(square);
#pragma GCC unroll 16
      for (int64_t j = 0; j < L; ++j) store(target + j * to_row, square[j]);
    }
  }
}

// Loads and stores at the caller's rows, which are H or I numbers long and not padded. Whole is for a vector that lies
// within the row. Short is for the last one, which the end of the row cuts after `count` lanes: the lanes behind are
// loaded as 0 and not stored, since the next row, or memory of somebody else, begins there. `only` sets them to 0.
template <class T>
struct Whole {
  __attribute__((always_inline)) Vec<T> load(const T* p) const { return gatewise::GATEWISE_SET::load(p); }
  __attribute__((always_inline)) void store(T* p, Vec<T> v) const { gatewise::GATEWISE_SET::store(p, v); }
  __attribute__((always_inline)) Vec<T> only(Vec<T> v) const { return v; }
};

// The first `count` lanes from memory, 0 in the others. AVX-512 has masked loads and stores for this.
template <class T>
GATEWISE_INLINE Vec<T> load_some(const T* p, int64_t count) {
  Vec<T> v{};
  for (int64_t j = 0; j < count; ++j) v[j] = p[j];
  return v;
}
template <class T>
GATEWISE_INLINE void store_some(T* p, Vec<T> v, int64_t count) {
  for (int64_t j = 0; j < count; ++j) p[j] = v[j];
}
#if defined(__AVX512F__)
GATEWISE_INLINE __mmask16 first_lanes(int64_t count) { return __mmask16((1u << count) - 1); }
GATEWISE_INLINE Vec<float> load_some(const float* p, int64_t count) {
  return _mm512_maskz_loadu_ps(first_lanes(count), p);
}
GATEWISE_INLINE Vec<double> load_some(const double* p, int64_t count) {
  return _mm512_maskz_loadu_pd(__mmask8(first_lanes(count)), p);
}
GATEWISE_INLINE void store_some(float* p, Vec<float> v, int64_t count) {
  _mm512_mask_storeu_ps(p, first_lanes(count), v);
}
GATEWISE_INLINE void store_some(double* p, Vec<double> v, int64_t count) {
  _mm512_mask_storeu_pd(p, __mmask8(first_lanes(count)), v);
}
#endif

template <class T>
struct Short {
  int64_t count;

  __attribute__((always_inline)) Vec<T> load(const T* p) const { return load_some(p, count); }
  __attribute__((always_inline)) void store(T* p, Vec<T> v) const { store_some(p, v, count); }
  Vec<T> only(Vec<T> v) const {
    for (int64_t j = count; j < LANES<T>; ++j) v[j] = 0;
    return v;
  }
};

// Whether loads and stores of a part of a vector take no more time than those of a whole one.
#if defined(__AVX512F__)
constexpr bool MASKED = true;
#else
constexpr bool MASKED = false;
#endif

// Calls body(u, edge) for every vector from `begin` to `end` in rows of `count` numbers; `edge` is Whole, or Short for
// the one that the end of the row cuts. The body is compiled once for each, so that whole vectors run without branches.
template <class T, class F>
GATEWISE_INLINE void each_vector(int64_t begin, int64_t end, int64_t count, F body) {
  const int64_t whole = count - count % LANES<T> < end ? count - count % LANES<T> : end;
  int64_t u = begin;
  for (; u < whole; u += LANES<T>) body(u, Whole<T>{});
  if (u < end) body(u, Short<T>{count - u});
}

// p + by; null stays null.
template <class T>
GATEWISE_INLINE T* advance(T* p, int64_t by) {
  return p ? p + by : nullptr;
}

template <class T>
GATEWISE_INLINE void zero(T* p, int64_t count) {
  __builtin_memset(p, 0, size_t(count) * sizeof(T));
}

}  // namespace gatewise::GATEWISE_SET

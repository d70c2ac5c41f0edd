// The logistic function and tanh in vectors, and their derivatives.
//
// Both are made from 2^t: sigmoid(x) = 1 / (1 + 2^(-x log2 e)), tanh(x) = (e^2x - 1) / (e^2x + 1). To compute it, 2^t =
// 2^n · 2^r with n the whole number nearest to t and |r| <= 1/2. The factor 2^n is written directly into the exponent
// bits of a floating-point number. 2^r - 1 = r · q(r), where q is the polynomial that interpolates it at Chebyshev
// nodes; the relative error of 2^r is 4.7e-9 for float and 8.0e-18 for double. t is clamped to a range outside of which
// sigmoid and tanh are constant in the number type, so that n always fits the exponent. NaN stays NaN.
#pragma once

#include "simd.h"

namespace gatewise::GATEWISE_SET {

// Constants of the number type. `q` holds the coefficients of the polynomial, the constant one first.
template <class T>
struct Exponential;

template <>
struct Exponential<float> {
  static constexpr float magic = 12582912.0f;  // 1.5 · 2^23: adding it rounds to a whole number, left in the low bits
  static constexpr int mantissa = 23;          // bits of it
  static constexpr int32_t one = 0x3f800000;   // the bits of 1.0f
  static constexpr float limit = 126.0f;       // 2^±126 is still a normal number
  static constexpr float log2_e = 1.44269504088896340736f;
  static constexpr int terms = 6;
  static constexpr float q[terms] = {0.69314718802622878106f, 0.24022650760568126945f, 0.055503571142190778186f,
                                     0.0096180825572778514913f, 0.0013390863364671234381f,
                                     0.00015453162945120690177f};
};

template <>
struct Exponential<double> {
  static constexpr double magic = 6755399441055744.0;  // 1.5 · 2^52
  static constexpr int mantissa = 52;
  static constexpr int64_t one = 0x3ff0000000000000;
  static constexpr double limit = 1022.0;
  static constexpr double log2_e = 1.44269504088896340736;
  static constexpr int terms = 11;
  static constexpr double q[terms] = {
      0.69314718055994530942,    0.2402265069591009822,     0.055504108664821594339,   0.0096181291076068885273,
      0.001333355814641693531,   0.00015403530441736050155, 0.000015252733829836118394, 1.3215442587921689653e-6,
      1.0178062445845773521e-7, 7.0725859492692236999e-9,  4.4549605981865183938e-10};
};

// 2^(factor · x) as scale · (1 + rest), with factor · x clamped to ±limit. `rest` is kept apart because tanh subtracts
// 1, which would cancel the digits of a single number.
template <class T>
struct Power {
  Vec<T> scale, rest;
};

template <class T>
GATEWISE_INLINE Power<T> power_of_two(Vec<T> x, T factor, T limit) {
  using E = Exponential<T>;
  using Integers = typename Vector<T>::Integers;
  const Vec<T> magic = splat<T>(E::magic), t = within(x * factor, splat<T>(limit));
  const Vec<T> shifted = t + magic;
  const Vec<T> r = t - (shifted - magic);
  Vec<T> q = splat<T>(E::q[E::terms - 1]);
#pragma GCC unroll 16
  for (int k = E::terms - 2; k >= 0; --k) q = q * r + E::q[k];
  const Integers scale = ((Integers)shifted << E::mantissa) + E::one;
  return {(Vec<T>)scale, r * q};
}

template <class T>
GATEWISE_INLINE Vec<T> sigmoid(Vec<T> x) {
  const Power<T> e = power_of_two<T>(x, -Exponential<T>::log2_e, Exponential<T>::limit);
  return T(1) / (T(1) + (e.scale * e.rest + e.scale));
}

// (e^2x - 1) / (e^2x + 1). The numerator comes from `rest` and keeps its relative accuracy around 0; the usual form
// 1 - 2 / (e^2x + 1) subtracts two numbers near 1 there and loses it. At 2^±64 tanh is ±1 in both number types.
template <class T>
GATEWISE_INLINE Vec<T> tanh(Vec<T> x) {
  const Power<T> e = power_of_two<T>(x, 2 * Exponential<T>::log2_e, T(64));
  const Vec<T> less_one = e.scale * e.rest + (e.scale - T(1));
  return less_one / (less_one + T(2));
}

// Derivatives at a point, from the value y of the function there: backward keeps the values, not the sums.
template <class T>
GATEWISE_INLINE Vec<T> sigmoid_slope(Vec<T> y) {
  return y - y * y;
}

template <class T>
GATEWISE_INLINE Vec<T> tanh_slope(Vec<T> y) {
  return T(1) - y * y;
}

}  // namespace gatewise::GATEWISE_SET

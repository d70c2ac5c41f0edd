// Where the fields of a pass lie. Python fills Forward and Backward by name (src/gatewise/kernels/call.py, the same fields
// in the same order) and compares its own table with this one when it loads the extension.
#pragma once

#include <type_traits>

#include "training.h"

namespace gatewise {

struct Field {
  const char* name;
  size_t first, bytes;
};

namespace fields {

// Whatever a pointer points to, it is as long: float's fields lie where double's do.
using F = Forward<float>;
using B = Backward<float>;
static_assert(std::is_standard_layout_v<B>);
static_assert(sizeof(F) == sizeof(Forward<double>) && sizeof(B) == sizeof(Backward<double>));

#define AT(Struct, name) {#name, offsetof(Struct, name), sizeof(Struct::name)}

constexpr Field SHAPE[] = {
    AT(Shape, cell), AT(Shape, models), AT(Shape, steps), AT(Shape, rows), AT(Shape, inputs), AT(Shape, hidden),
    AT(Shape, reverse), AT(Shape, update_is_state), AT(Shape, normed),
};
constexpr Field STRIDES[] = {AT(Strides, model), AT(Strides, time), AT(Strides, row)};

using W = Weights<float>;
constexpr Field WEIGHTS[] = {AT(W, weight_ih), AT(W, weight_hh), AT(W, bias_ih), AT(W, bias_hh)};

using E = Extras<float>;
constexpr Field EXTRAS[] = {
    AT(E, hard_slope), AT(E, peepholes), AT(E, gains), AT(E, cell_norm), AT(E, dropped), AT(E, still_h),
    AT(E, still_h_strides), AT(E, still_c), AT(E, still_c_strides),
};
constexpr Field FORWARD[] = {
    AT(F, shape), AT(F, weights), AT(F, extras), AT(F, x), AT(F, x_strides), AT(F, h_0), AT(F, c_0), AT(F, lengths),
    AT(F, mask), AT(F, reset), AT(F, y), AT(F, y_strides), AT(F, h_n), AT(F, c_n), AT(F, gates), AT(F, cells),
    AT(F, products), AT(F, states), AT(F, stretch),
};
constexpr Field BACKWARD[] = {
    AT(B, forward), AT(B, dy), AT(B, dy_strides), AT(B, dh_n), AT(B, dc_n), AT(B, dgates), AT(B, dcells), AT(B, dx),
    AT(B, dx_strides), AT(B, dweight_ih), AT(B, dweight_hh), AT(B, dbias_ih), AT(B, dbias_hh), AT(B, dpeepholes),
    AT(B, dgains), AT(B, dcell_norm), AT(B, dh_0), AT(B, dc_0),
};

using N = Network;
constexpr Field TENSORS[] = {
    AT(Tensors, weight_ih), AT(Tensors, weight_hh), AT(Tensors, bias_ih), AT(Tensors, bias_hh),
};
constexpr Field TABLE[] = {AT(Table, channel), AT(Table, rows), AT(Table, width), AT(Table, weight)};
constexpr Field NETWORK[] = {
    AT(N, cell), AT(N, channels), AT(N, inputs), AT(N, hidden), AT(N, outputs), AT(N, directions),
    AT(N, update_is_state), AT(N, each), AT(N, pooled), AT(N, scaled), AT(N, flattest), AT(N, coded), AT(N, tables),
    AT(N, layer), AT(N, head_weight), AT(N, head_bias), AT(N, parameters),
};

using X = Examples<float>;
using A = Answers<float>;
using R = Training<float>;
static_assert(sizeof(A) == sizeof(Answers<double>) && sizeof(R) == sizeof(Training<double>));
constexpr Field EXAMPLES[] = {
    AT(X, network), AT(X, x), AT(X, rows), AT(X, steps), AT(X, starts), AT(X, lengths), AT(X, h_0), AT(X, c_0),
    AT(X, h_n), AT(X, c_n), AT(X, workspace),
};
constexpr Field ANSWERS[] = {
    AT(A, examples), AT(A, parameters), AT(A, outputs), AT(A, loss), AT(A, targets), AT(A, places), AT(A, told),
};
constexpr Field TRAINING[] = {
    AT(R, examples), AT(R, loss), AT(R, targets), AT(R, places), AT(R, levels), AT(R, quantiles), AT(R, dropout),
    AT(R, drawn), AT(R, clip), AT(R, rate), AT(R, first_decay), AT(R, second_decay), AT(R, epsilon), AT(R, count),
    AT(R, fresh), AT(R, parameters), AT(R, gradient), AT(R, first), AT(R, second), AT(R, average),
    AT(R, spent),
};

#undef AT

}  // namespace fields
}  // namespace gatewise

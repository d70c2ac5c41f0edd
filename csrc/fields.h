// Where the fields of a pass lie. Python fills Forward and Backward by name (src/gatewise/kernels/call.py, the same fields
// in the same order) and compares its own table with this one when it loads the extension.
#pragma once

#include <type_traits>

#include "contract.h"

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

#undef AT

}  // namespace fields
}  // namespace gatewise

// Plain vectors of 16 bytes: what every compiler for every machine can do. Reference and fallback.
#define GATEWISE_SET portable
#define GATEWISE_VECTOR_BYTES 16
#define GATEWISE_TILE_ROWS 6
#include "kernels.h"

namespace gatewise {

extern const Kernels<float> portable_f32 = portable::TABLE<float>;
extern const Kernels<double> portable_f64 = portable::TABLE<double>;

}  // namespace gatewise

// NEON of 64-bit ARM: 32 registers of 16 bytes. Every such processor has it.
#define GATEWISE_SET neon
#define GATEWISE_VECTOR_BYTES 16
#define GATEWISE_TILE_ROWS 10  // with 12, GCC 12 keeps some sums in memory
#include "kernels.h"

namespace gatewise {

extern const Kernels<float> neon_f32 = neon::TABLE<float>;
extern const Kernels<double> neon_f64 = neon::TABLE<double>;

}  // namespace gatewise

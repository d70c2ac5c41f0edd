// AVX-512: 32 registers of 64 bytes.
#define GATEWISE_SET avx512
#define GATEWISE_VECTOR_BYTES 64
#define GATEWISE_TILE_ROWS 12
#include "kernels.h"

namespace gatewise {

extern const Kernels<float> avx512_f32 = avx512::TABLE<float>;
extern const Kernels<double> avx512_f64 = avx512::TABLE<double>;

}  // namespace gatewise

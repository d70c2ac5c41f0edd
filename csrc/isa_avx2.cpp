// AVX2 with fused multiply-add: 16 registers of 32 bytes.
#define GATEWISE_SET avx2
#define GATEWISE_VECTOR_BYTES 32
#define GATEWISE_TILE_ROWS 6
#include "kernels.h"

namespace gatewise {

extern const Kernels<float> avx2_f32 = avx2::TABLE<float>;
extern const Kernels<double> avx2_f64 = avx2::TABLE<double>;

}  // namespace gatewise

// The list of instruction sets, and the clock. This file is compiled for the oldest processor: the code of a set is in its isa_*.cpp,
// and only these tables of functions are mentioned here.
#include "dispatch.h"

#include <ctime>

#include "training.h"

namespace gatewise {

#define GATEWISE_DECLARE(set)            \
  extern const Kernels<float> set##_f32; \
  extern const Kernels<double> set##_f64;

GATEWISE_DECLARE(portable)
#ifdef GATEWISE_X86
GATEWISE_DECLARE(avx2)
GATEWISE_DECLARE(avx512)
#endif
#ifdef GATEWISE_NEON
GATEWISE_DECLARE(neon)
#endif

namespace {

bool always() { return true; }

#ifdef GATEWISE_X86
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#endif

const InstructionSet SETS[] = {
#ifdef GATEWISE_X86
    {"avx512", has_avx512, &avx512_f32, &avx512_f64},
    {"avx2", has_avx2, &avx2_f32, &avx2_f64},
#endif
#ifdef GATEWISE_NEON
    {"neon", always, &neon_f32, &neon_f64},
#endif
    {"portable", always, &portable_f32, &portable_f64},
};

constexpr int BUILT = sizeof(SETS) / sizeof(SETS[0]);

struct Found {
  const InstructionSet* sets[BUILT];
  int count = 0;

  Found() {
    for (const InstructionSet& set : SETS) {
      if (set.runs_here()) sets[count++] = &set;
    }
  }
};

}  // namespace

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

const InstructionSet* const* instruction_sets(int* count) {
  static const Found found;
  *count = found.count;
  return found.sets;
}

}  // namespace gatewise

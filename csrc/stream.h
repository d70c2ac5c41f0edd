// Prefetching of the next step's memory during this step's matrix products.
//
// A product of packed matrices is limited by the multipliers and leaves the memory bus idle. So the products call
// next_portion() from time to time, and each call prefetches a few cache lines of the rows that the next step reads and
// writes.
#pragma once

#include "simd.h"

namespace gatewise::GATEWISE_SET {

class Stream {
 public:
  static constexpr int64_t LINE = 64;  // bytes of a cache line

  // Adds `rows` rows of `count` numbers, `stride` apart, to what is to be prefetched.
  template <class T>
  void add(const T* first, int64_t count, int64_t stride, int64_t rows) {
    constexpr int64_t size = sizeof(T);
    if (!first || count <= 0 || rows <= 0) return;
    if (stride == count) count *= rows, rows = 1;
    areas_[count_++] = {reinterpret_cast<const char*>(first), count * size, stride * size, rows};
    lines_ += (count * size + LINE - 1) / LINE * rows;
  }
  // Divides all that was added into so many portions: the number of calls of next_portion that the products make.
  void spread(int64_t portions) { portion_ = lines_ / (portions > 0 ? portions : 1) + 1; }

  __attribute__((always_inline)) void next_portion() {
    for (int64_t line = 0; line < portion_ && at_ < count_; ++line) {
      Area& area = areas_[at_];
      __builtin_prefetch(area.row + done_, 0, 2);  // for reading, into the second-level cache
      if ((done_ += LINE) < area.length) continue;
      done_ = 0, area.row += area.stride;
      if (--area.rows == 0) ++at_;
    }
  }

 private:
  struct Area {
    const char* row;
    int64_t length, stride, rows;
  };

  Area areas_[4];
  int count_ = 0, at_ = 0;
  int64_t lines_ = 0, portion_ = 0, done_ = 0;
};

// Whether prefetching pays for a block. Not if a step's rows are so small that they lie in the first-level cache
// anyway, and not if the weights are so large that they push the prefetched lines out of the cache before the next
// step.
template <class T>
GATEWISE_INLINE bool streams(int64_t rows, int64_t width, int64_t weights) {
  constexpr int64_t SMALL = int64_t(8) << 10, LARGE = int64_t(4) << 20;
  return rows * width * int64_t(sizeof(T)) > SMALL && weights * int64_t(sizeof(T)) < LARGE;
}

}  // namespace gatewise::GATEWISE_SET

// Prefetch: loads memory that is used soon into the core's cache during matrix products, which compute and hardly load.
#pragma once

#include "simd.h"

namespace gatewise::GATEWISE_SET {

class Stream {
 public:
  static constexpr int64_t LINE = 64;

  // `rows` rows of `count` numbers, `stride` apart.
  template <class T>
  void add(const T* first, int64_t count, int64_t stride, int64_t rows) {
    constexpr int64_t size = sizeof(T);
    if (!first || count <= 0 || rows <= 0) return;
    if (stride == count) count *= rows, rows = 1;
    areas_[count_++] = {reinterpret_cast<const char*>(first), count * size, stride * size, rows};
    lines_ += (count * size + LINE - 1) / LINE * rows;
  }
  // In how many portions it comes.
  void spread(int64_t portions) { portion_ = lines_ / (portions > 0 ? portions : 1) + 1; }

  __attribute__((always_inline)) void next_portion() {
    for (int64_t line = 0; line < portion_ && at_ < count_; ++line) {
      Area& area = areas_[at_];
      __builtin_prefetch(area.row + done_, 0, 2);
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

// Whether a block's steps are worth that: their rows are more than the nearest cache has anyway, and are still there
// when they are used, which weights that fill the core's own cache many times would prevent.
template <class T>
GATEWISE_INLINE bool streams(int64_t rows, int64_t width, int64_t weights) {
  constexpr int64_t SMALL = int64_t(8) << 10, LARGE = int64_t(4) << 20;
  return rows * width * int64_t(sizeof(T)) > SMALL && weights * int64_t(sizeof(T)) < LARGE;
}

}  // namespace gatewise::GATEWISE_SET

// Work spread over torch's own threads.
#pragma once

#include <cstdint>

#include "memory.h"

namespace gatewise {

using Work = void (*)(void* context, int64_t job, Arena&);

// Calls work(context, job, arena) for every job, on at most `threads` threads of the OpenMP runtime that is already
// loaded (torch's), or on the calling thread alone where there is none. Which thread takes which job is not fixed.
void parallel(int threads, int64_t jobs, Work work, void* context);

// Threads that work on one thing together, each on its share.
class Team {
 public:
  Team() = default;
  Team(int64_t member, int64_t size, int64_t* meeting) : member_(member), size_(size), meeting_(meeting) {}

  // Waits until all members have come here.
  void meet() const {
    if (size_ > 1) wait();
  }
  // This member's share of `count` pieces.
  int64_t begin(int64_t count) const { return count * member_ / size_; }
  int64_t end(int64_t count) const { return count * (member_ + 1) / size_; }
  // Whether the piece `number` that cannot be shared is this member's.
  bool has(int64_t number) const { return number % size_ == member_; }

 private:
  void wait() const;

  int64_t member_ = 0, size_ = 1;
  int64_t* meeting_ = nullptr;
};

using Shared = void (*)(void* context, const Team&);

// Calls work(context, team) on every thread of a team of at most `threads`. The work must not throw.
void together(int threads, Shared work, void* context);

// The file of that runtime; empty where none was found.
const char* openmp_runtime();

}  // namespace gatewise

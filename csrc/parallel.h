// Work spread over the threads that torch has already, so that a process does not run two sets of threads on its cores.
#pragma once

#include <cstdint>

#include "memory.h"

namespace gatewise {

using Work = void (*)(void* context, int64_t job, Arena&);

// Calls work(context, job, arena) for every job from 0 to `jobs`, on at most `threads` threads of the OpenMP runtime
// that torch has loaded, or on the calling thread alone if there is none. A thread takes the next job when it is done
// with one, so results must not depend on which thread runs a job.
void parallel(int threads, int64_t jobs, Work work, void* context);

// Threads that work on one block together, each on a share of it; by default the calling thread alone. `meeting` is a
// counter of arrivals that the members share.
class Team {
 public:
  Team() = default;
  Team(int64_t member, int64_t size, int64_t* meeting) : member_(member), size_(size), meeting_(meeting) {}

  // Waits until all members have called this.
  void meet() const {
    if (size_ > 1) wait();
  }
  // This member's share of `count` pieces: `begin` to `end`.
  int64_t begin(int64_t count) const { return count * member_ / size_; }
  int64_t end(int64_t count) const { return count * (member_ + 1) / size_; }
  // Whether this member is to do the task of this number; each task is done by one member.
  bool has(int64_t number) const { return number % size_ == member_; }

 private:
  void wait() const;

  int64_t member_ = 0, size_ = 1;
  int64_t* meeting_ = nullptr;
};

using Shared = void (*)(void* context, const Team&);

// Calls work(context, team) on every thread of a team of at most `threads`. The work must not throw.
void together(int threads, Shared work, void* context);

// The file of the OpenMP runtime in use; empty if none was found.
const char* openmp_runtime();

}  // namespace gatewise

#include "parallel.h"

#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#ifdef __linux__
#include <dlfcn.h>
#include <link.h>
#endif

namespace gatewise {
namespace {

// GOMP_parallel of libgomp, which libomp and libiomp5 offer too: it calls fn(data) on every thread of a team. It is
// what compilers call for `#pragma omp parallel`; called by address, it needs no OpenMP library when this file is
// linked.
using StartTeam = void (*)(void (*fn)(void*), void* data, unsigned threads, unsigned flags);

struct Runtime {
  StartTeam start = nullptr;
  int (*thread)() = nullptr;
  int (*threads)() = nullptr;
  std::string file;
};

#ifdef __linux__
// Called for every library that the process has loaded; leaves the name of the OpenMP runtime in `found`.
int find(dl_phdr_info* info, size_t, void* found) {
  const char* name = info->dlpi_name ? info->dlpi_name : "";
  const char* slash = std::strrchr(name, '/');
  const char* file = slash ? slash + 1 : name;
  const bool openmp = !std::strncmp(file, "libgomp", 7) || !std::strncmp(file, "libomp", 6) ||
                     !std::strncmp(file, "libiomp5", 8);
  if (!openmp) return 0;
  // Other packages bring runtimes of their own: torch's is the one in torch's folder.
  std::string& best = *static_cast<std::string*>(found);
  if (best.empty() || std::strstr(name, "/torch/")) best = name;
  return 0;
}

Runtime look() {
  Runtime runtime;
  std::string name;
  dl_iterate_phdr(find, &name);
  if (name.empty()) return runtime;
  void* library = dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (!library) return runtime;
  runtime.start = reinterpret_cast<StartTeam>(dlsym(library, "GOMP_parallel"));
  runtime.thread = reinterpret_cast<int (*)()>(dlsym(library, "omp_get_thread_num"));
  runtime.threads = reinterpret_cast<int (*)()>(dlsym(library, "omp_get_num_threads"));
  if (!runtime.start || !runtime.thread || !runtime.threads) return {};
  runtime.file = name;
  return runtime;
}
#else
Runtime look() { return {}; }
#endif

// The runtime is looked for until it is found, since torch may be loaded after this library.
const Runtime& runtime() {
  static std::mutex mutex;
  static Runtime found;
  static std::atomic<bool> known{false};
  if (!known.load(std::memory_order_acquire)) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!found.start) found = look();
    if (found.start) known.store(true, std::memory_order_release);
  }
  return found;
}

// The jobs of one call. Every thread runs `run`; the first exception is kept, since none may leave an OpenMP thread.
struct Jobs {
  Work work;
  void* context;
  int64_t jobs;
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error{};

  void run() {
    Arena arena;
    try {
      for (int64_t job; (job = next.fetch_add(1, std::memory_order_relaxed)) < jobs;) {
        work(context, job, arena);
        arena.give_back();
      }
    } catch (...) {
      arena.give_back();
      if (!failed.exchange(true)) error = std::current_exception();
    }
  }
};

}  // namespace

void parallel(int threads, int64_t jobs, Work work, void* context) {
  Jobs all{work, context, jobs};
  if (threads > jobs) threads = int(jobs);
  const StartTeam start = threads > 1 ? runtime().start : nullptr;
  if (start) {
    start([](void* data) { static_cast<Jobs*>(data)->run(); }, &all, unsigned(threads), 0);
  } else {
    all.run();
  }
  if (all.error) std::rethrow_exception(all.error);
}

namespace {

// A team's work; the counter has a cache line of its own, as all members write it.
struct Meeting {
  Shared work;
  void* context;
  alignas(ALIGNMENT) int64_t place = 0;
};

void take_part(void* data) {
  Meeting& meeting = *static_cast<Meeting*>(data);
  meeting.work(meeting.context, Team(runtime().thread(), runtime().threads(), &meeting.place));
}

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void together(int threads, Shared work, void* context) {
  Meeting meeting{work, context};
  const StartTeam start = threads > 1 ? runtime().start : nullptr;
  if (start) start(take_part, &meeting, unsigned(threads), 0);
  else work(context, Team());
}

// The counter of arrivals is never set back: this meeting is over when it reaches the next multiple of the team's size.
// Waiting is a loop, since a meeting is short. A member that waits long gives up its processor, since there may be
// fewer processors than members.
void Team::wait() const {
  constexpr int PATIENCE = 4096;
  const int64_t arrived = __atomic_fetch_add(meeting_, 1, __ATOMIC_ACQ_REL);
  const int64_t over = (arrived / size_ + 1) * size_;
  for (int spins = 0; __atomic_load_n(meeting_, __ATOMIC_ACQUIRE) < over; ++spins) {
    if (spins < PATIENCE) pause();
    else std::this_thread::yield();
  }
}

const char* openmp_runtime() { return runtime().file.c_str(); }

}  // namespace gatewise

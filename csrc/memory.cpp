#include "memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace gatewise {
namespace {

constexpr size_t LARGE_PAGE = size_t(2) << 20;
constexpr size_t LARGE = 2 * LARGE_PAGE;    // from this on memory is asked for in large pages
constexpr size_t SMALL = size_t(64) << 10;  // below this the system's allocator keeps freed memory itself

// Bytes of 0xff are NaN in float and in double.
void* allocate_watched(size_t size) {
  void* memory = nullptr;
  if (posix_memalign(&memory, ALIGNMENT, size)) throw std::bad_alloc();
  return std::memset(memory, 0xff, size);
}

}  // namespace

void* allocate(size_t size) {
  if (WATCHED) return allocate_watched(size);
  const size_t unit = size >= LARGE ? LARGE_PAGE : ALIGNMENT, whole = (size + unit - 1) / unit * unit;
  void* memory = std::aligned_alloc(unit, whole);
  if (!memory) throw std::bad_alloc();
  in_large_pages(memory, whole);
  return memory;
}

void in_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) {
#ifdef __linux__
  if (!memory || bytes < LARGE) return;
  const uintptr_t page = uintptr_t(sysconf(_SC_PAGESIZE)), from = (uintptr_t(memory) + page - 1) / page * page;
  madvise(reinterpret_cast<void*>(from), (uintptr_t(memory) + bytes - from) / page * page, MADV_HUGEPAGE);
#endif
}

namespace {

struct Free {
  void* memory;
  size_t size;
};

// Blocks given back, the latest last. It is searched from its end, since the latest is the likeliest to be in a cache;
// if there is too much, the oldest are freed.
struct Reserve {
  std::mutex mutex;
  std::vector<Free> blocks;
  size_t total = 0;

  Free take(size_t bytes) {
    const std::lock_guard<std::mutex> locked(mutex);
    for (size_t i = blocks.size(); i-- > 0;) {
      const Free found = blocks[i];
      if (found.size < bytes || found.size - bytes > bytes / 8) continue;
      blocks.erase(blocks.begin() + ptrdiff_t(i));
      total -= found.size;
      return found;
    }
    return {nullptr, 0};
  }

  void give_back(Free block) {
    const std::lock_guard<std::mutex> locked(mutex);
    blocks.push_back(block);
    total += block.size;
    while (total > KEPT) {
      total -= blocks.front().size;
      std::free(blocks.front().memory);
      blocks.erase(blocks.begin());
    }
  }
};

// Never destroyed: a tensor may give its block back after static objects have been destroyed, at the end of the
// process.
Reserve& reserve() {
  static Reserve& only = *new Reserve;
  return only;
}

}  // namespace

Block::Block(size_t bytes) {
  const Free found = WATCHED || bytes < SMALL ? Free{nullptr, 0} : reserve().take(bytes);
  memory_ = found.memory ? found.memory : allocate(bytes);
  size_ = found.memory ? found.size : bytes;
}

Block::~Block() {
  if (WATCHED || size_ < SMALL) std::free(memory_);
  else reserve().give_back({memory_, size_});
}

namespace {

// A piece of a thread's scratch, of which the first `used` bytes are taken.
struct Piece {
  char* memory;
  size_t size, used;
};

// All scratch of a thread.
struct Store {
  std::vector<Piece> pieces;

  ~Store() { clear(); }
  void clear() {
    for (const Piece& piece : pieces) std::free(piece.memory);
    pieces.clear();
  }
  void add(size_t size) {
    pieces.push_back({static_cast<char*>(allocate(size)), size, 0});
  }
};

thread_local Store store;

}  // namespace

void* Arena::bytes(size_t count) {
  if (WATCHED) {
    store.add(count);
    return store.pieces.back().memory;
  }
  count = (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (store.pieces.empty() || store.pieces.back().size - store.pieces.back().used < count) {
    store.add(count > size_t(1) << 20 ? count : size_t(1) << 20);
  }
  Piece& piece = store.pieces.back();
  void* found = piece.memory + piece.used;
  piece.used += count;
  return found;
}

// Replaces several pieces by one of their total size, so that the next call of this kind finds room in one piece.
void Arena::give_back() {
  size_t total = 0;
  for (const Piece& piece : store.pieces) total += piece.size;
  if (store.pieces.size() > 1 || total > KEPT || WATCHED) {
    store.clear();
    if (total <= KEPT && !WATCHED) store.add(total);
  }
  for (Piece& piece : store.pieces) piece.used = 0;
}

namespace {

// The memory of a thread's last Lease, kept for its next one.
struct Spare {
  void* memory = nullptr;
  size_t size = 0;

  ~Spare() { std::free(memory); }
};

thread_local Spare spare;

}  // namespace

Lease::Lease(size_t bytes) : memory_(spare.memory), size_(spare.size) {
  spare.memory = nullptr;
  spare.size = 0;
  if (size_ >= bytes && memory_ && !WATCHED) return;
  std::free(memory_);
  size_ = WATCHED ? bytes : (bytes / ALIGNMENT + 1) * ALIGNMENT;
  memory_ = allocate(size_);
}

Lease::~Lease() {
  if (size_ > KEPT || spare.size >= size_) {
    std::free(memory_);
    return;
  }
  std::free(spare.memory);
  spare.memory = memory_;
  spare.size = size_;
}

}  // namespace gatewise

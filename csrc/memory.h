// Memory that is kept from call to call: blocks for tensors, shared by the process, and scratch, one store a thread.
//
// Training asks for the same sizes at every step. Memory that is new from the system costs time: the system clears each
// page when it is first touched, and none of it is in a cache.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatewise {

constexpr size_t ALIGNMENT = 64;
constexpr size_t KEPT = size_t(256) << 20;  // the most that a thread keeps as scratch, and the process as free blocks

// Under AddressSanitizer nothing is kept: every piece of memory is an allocation of its own, filled with NaN. So the
// sanitizer notices an access beyond its end, and memory that is read before it was written shows as NaN in the
// results.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool WATCHED = true;
#else
constexpr bool WATCHED = false;
#endif

// Memory of unspecified contents, 64-byte aligned, to be given back by std::free. Throws std::bad_alloc.
void* allocate(size_t bytes);

// Asks the system to provide memory that was not written yet in pages of 2 MB, if it is large enough for that. In pages
// of 4 KB the system interrupts the first write to every one, and the processor's table of page addresses is too small
// for them. Only Linux has this; elsewhere it does nothing.
void in_large_pages(void* memory, size_t bytes);

// Memory of one tensor. It is one of the blocks given back before if one of them is large enough and at most an eighth
// larger than needed, else new memory.
class Block {
 public:
  explicit Block(size_t bytes);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  void* memory() const { return memory_; }

 private:
  void* memory_;
  size_t size_;
};

// Scratch of the calling thread: taken piece by piece, given back all at once, and kept for the thread's next call.
class Arena {
 public:
  template <class T>
  T* take(int64_t count) {
    return static_cast<T*>(bytes(size_t(count) * sizeof(T)));
  }
  void give_back();

 private:
  void* bytes(size_t count);  // 64-byte aligned, contents unspecified
};

// Memory of one call that all its threads use, such as packed weights: 64-byte aligned, contents unspecified. The
// calling thread keeps it for its next call.
class Lease {
 public:
  explicit Lease(size_t bytes);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  template <class T>
  T* as() const {
    return static_cast<T*>(memory_);
  }

 private:
  void* memory_;
  size_t size_;
};

}  // namespace gatewise

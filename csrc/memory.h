// Memory from the system in large pages; blocks of the process and scratch of a thread, both kept for later calls.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatewise {

constexpr size_t ALIGNMENT = 64;
constexpr size_t KEPT = size_t(256) << 20;  // scratch of a thread, and free blocks of the process: at most this much

// Under AddressSanitizer every piece of memory is an allocation of its own and full of NaN, so that a step over its end
// is seen, and what is read before it was written shows in the results.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool WATCHED = true;
#else
constexpr bool WATCHED = false;
#endif

// 64-byte aligned, contents unspecified; std::free gives it back. Throws std::bad_alloc.
void* allocate(size_t bytes);

// Asks for large memory that was not written yet in large pages: page by page the system takes long to give it, and the
// processor remembers where few of them lie.
void in_large_pages(void* memory, size_t bytes);

// A block that comes from those given back before, where one is large enough and not much too large: training asks for
// the same sizes every step, and memory fresh from the system has to be cleared by it and fetched by the processor.
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

// Scratch of one thread: taken piece by piece, all given back together, kept for the next call.
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

// Memory of one call, 64-byte aligned, contents unspecified; the calling thread keeps it for its next call.
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

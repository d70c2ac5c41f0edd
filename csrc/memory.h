// Memory from the system in large pages, and blocks that go from hand to hand instead of back to the system.
#pragma once

#include <cstddef>

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

}  // namespace gatewise

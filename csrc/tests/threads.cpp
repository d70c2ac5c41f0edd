// The three functions of an OpenMP runtime that the kernels use, on plain threads. A thread sanitizer follows how these
// wait for each other, which it cannot inside libgomp. The kernels find this library by its name, as they find libgomp.
#include <thread>
#include <vector>

namespace {

thread_local int member = 0, size = 1;

}  // namespace

extern "C" {

void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned) {
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) {
    others.emplace_back([=] {
      member = int(i), size = int(threads);
      work(data);
    });
  }
  size = int(threads);
  work(data);
  size = 1;
  for (std::thread& other : others) other.join();
}

int omp_get_thread_num() { return member; }
int omp_get_num_threads() { return size; }

}  // extern "C"

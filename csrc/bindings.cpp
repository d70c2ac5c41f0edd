// The Python extension gatewise._native; no other file here knows Python. Pointers are passed as whole numbers
// (tensor.data_ptr()), since converting a tensor takes longer than a step of a small layer. A pass is given as the
// address of a Forward or Backward of contract.h, which kernels/call.py fills in. The caller has checked shapes, types
// and devices (src/gatewise/kernels); this file checks lengths and the stretch.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "dispatch.h"
#include "fields.h"
#include "memory.h"
#include "parallel.h"

namespace nb = nanobind;
using namespace gatewise;

namespace {

using Address = uint64_t;

const InstructionSet* chosen = nullptr;  // null until `choose`, or the first kernel that is asked for

std::vector<std::string> names() {
  int count = 0;
  const InstructionSet* const* sets = instruction_sets(&count);
  std::vector<std::string> found;
  for (int i = 0; i < count; ++i) found.emplace_back(sets[i]->name);
  return found;
}

std::string choose(const std::string& name) {
  int count = 0;
  const InstructionSet* const* sets = instruction_sets(&count);
  for (int i = 0; i < count; ++i) {
    if (name.empty() || name == sets[i]->name) {
      chosen = sets[i];
      return chosen->name;
    }
  }
  throw nb::value_error(("no kernels for '" + name + "' run here").c_str());
}

const InstructionSet& set() {
  if (!chosen) choose("");
  return *chosen;
}

template <class T>
const Kernels<T>& kernels();
template <>
const Kernels<float>& kernels<float>() {
  return *set().f32;
}
template <>
const Kernels<double>& kernels<double>() {
  return *set().f64;
}

template <class T>
T* at(Address address) {
  return reinterpret_cast<T*>(address);
}

void check_lengths(const int64_t* lengths, int64_t count, int64_t steps) {
  for (int64_t i = 0; lengths && i < count; ++i) {
    if (lengths[i] < 0 || lengths[i] > steps) {
      throw nb::value_error(("got a length of " + std::to_string(lengths[i]) + ", expected 0 to T = " +
                             std::to_string(steps) + ". Type lengths.clamp(0, " + std::to_string(steps) + ")")
                                .c_str());
    }
  }
}

void check_stretch(bool states, int64_t stretch) {
  if (stretch % STRETCH == 0 && (stretch > 0 || (stretch == 0 && !states))) return;
  throw nb::value_error(("got a stretch of " + std::to_string(stretch) + " steps, expected a multiple of " +
                         std::to_string(STRETCH))
                            .c_str());
}

template <class T>
void check(const Forward<T>& f) {
  check_lengths(f.lengths, f.shape.models * f.shape.rows, f.shape.steps);
  check_stretch(f.states != nullptr, f.stretch);
}

template <class T>
void run_forward(const Forward<T>& f, int threads) {
  check(f);
  const nb::gil_scoped_release released;
  const Shape& s = f.shape;
  in_large_pages(f.y, sizeof(T) * s.models * s.steps * s.rows * s.hidden);
  kernels<T>().forward(f, threads);
}

template <class T>
void run_backward(const Backward<T>& b, int threads) {
  check(b.forward);
  const nb::gil_scoped_release released;
  const Shape& s = b.forward.shape;
  in_large_pages(b.dx, sizeof(T) * s.models * s.steps * s.rows * s.inputs);
  kernels<T>().backward(b, threads);
}

// A tensor of unspecified contents in a Block of memory.h: when the tensor is freed, its memory is kept for the next
// one of about its size.
template <class T>
nb::object kept_of(const std::vector<size_t>& shape) {
  size_t count = 1;
  for (const size_t size : shape) count *= size;
  auto block = std::make_unique<Block>(count * sizeof(T));
  void* memory = block->memory();
  const nb::capsule owner(block.get(), [](void* gone) noexcept { delete static_cast<Block*>(gone); });
  block.release();
  return nb::cast(nb::ndarray<nb::pytorch, T, nb::device::cpu>(memory, shape.size(), shape.data(), owner));
}

nb::object kept(bool is_double, const std::vector<size_t>& shape) {
  return is_double ? kept_of<double>(shape) : kept_of<float>(shape);
}

// `pass` is a Forward in the caller's memory, `is_double` the type that its pointers point to.
void forward(Address pass, bool is_double, int threads) {
  if (is_double) run_forward(*at<const Forward<double>>(pass), threads);
  else run_forward(*at<const Forward<float>>(pass), threads);
}

// `pass` is a Backward.
void backward(Address pass, bool is_double, int threads) {
  if (is_double) run_backward(*at<const Backward<double>>(pass), threads);
  else run_backward(*at<const Backward<float>>(pass), threads);
}

// `examples` is an Examples; returns the numbers of its workspace.
int64_t workspace(Address examples, bool is_double, bool training) {
  if (is_double) return kernels<double>().workspace(*at<const Examples<double>>(examples), training);
  return kernels<float>().workspace(*at<const Examples<float>>(examples), training);
}

// `answers` is an Answers.
void answer(Address answers, bool is_double) {
  const nb::gil_scoped_release released;
  if (is_double) kernels<double>().answer(*at<const Answers<double>>(answers));
  else kernels<float>().answer(*at<const Answers<float>>(answers));
}

// `training` is a Training; returns the mean loss before the step.
double train(Address training, bool is_double) {
  const nb::gil_scoped_release released;
  if (is_double) return kernels<double>().train(*at<const Training<double>>(training));
  return kernels<float>().train(*at<const Training<float>>(training));
}

template <size_t count>
nb::list listed(const Field (&fields)[count], size_t end) {
  nb::list all;
  for (const Field& field : fields) all.append(nb::make_tuple(field.name, field.first, field.bytes));
  all.append(nb::make_tuple("", end, 0));
  return all;
}

// By structure: name, first byte and number of bytes of every field; then a field without a name where it ends.
nb::dict structures() {
  nb::dict all;
  all["Shape"] = listed(fields::SHAPE, sizeof(Shape));
  all["Strides"] = listed(fields::STRIDES, sizeof(Strides));
  all["Weights"] = listed(fields::WEIGHTS, sizeof(fields::W));
  all["Extras"] = listed(fields::EXTRAS, sizeof(fields::E));
  all["Forward"] = listed(fields::FORWARD, sizeof(fields::F));
  all["Backward"] = listed(fields::BACKWARD, sizeof(fields::B));
  all["Tensors"] = listed(fields::TENSORS, sizeof(Tensors));
  all["Table"] = listed(fields::TABLE, sizeof(Table));
  all["Network"] = listed(fields::NETWORK, sizeof(Network));
  all["Examples"] = listed(fields::EXAMPLES, sizeof(fields::X));
  all["Answers"] = listed(fields::ANSWERS, sizeof(fields::A));
  all["Training"] = listed(fields::TRAINING, sizeof(fields::R));
  return all;
}

nb::tuple layout(bool is_double, int cell, int64_t hidden, bool normed) {
  const Layout l = is_double ? kernels<double>().layout(Cell(cell), hidden, normed)
                             : kernels<float>().layout(Cell(cell), hidden, normed);
  const std::vector<int64_t> x(l.x_block, l.x_block + l.blocks), h(l.h_block, l.h_block + l.blocks);
  return nb::make_tuple(l.blocks, l.padded, l.width, l.products, x, h);
}

// A step with the weights of one layer. They are packed at the first step, and again when their checksum has changed:
// so a change is noticed whichever way it was made, by an optimiser, a copy into the tensor or another library.
class Stepper {
 public:
  Stepper(bool is_double, int cell, bool update_is_state, int64_t I, int64_t H)
      : is_double_(is_double), shape_{Cell(cell), 1, 1, 1, I, H, false, update_is_state, false} {}
  ~Stepper() { std::free(packed_); }
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  // Takes one step; copies h_next to `output` if that is not null. b_ih, b_hh, h, c and c_next may be null.
  void step(Address w_ih, Address w_hh, Address b_ih, Address b_hh, int64_t N, Address x, Address h, Address c,
            Address h_next, Address c_next, Address output) {
    shape_.rows = N;
    if (is_double_) run<double>({w_ih, w_hh, b_ih, b_hh, x, h, c, h_next, c_next});
    else run<float>({w_ih, w_hh, b_ih, b_hh, x, h, c, h_next, c_next});
    const size_t bytes = size_t(N * shape_.hidden) * (is_double_ ? sizeof(double) : sizeof(float));
    if (output) std::memcpy(at<char>(output), at<char>(h_next), bytes);
  }

 private:
  struct Addresses {
    Address w_ih, w_hh, b_ih, b_hh, x, h, c, h_next, c_next;
  };

  template <class T>
  void run(const Addresses& a) {
    const Weights<T> weights{at<T>(a.w_ih), at<T>(a.w_hh), at<T>(a.b_ih), at<T>(a.b_hh)};
    Fingerprint now;
    kernels<T>().fingerprint(shape_, weights, &now);
    if (!packed_ || std::memcmp(&now, &packed_from_, sizeof now)) pack(weights, now);
    Step<T> s{};
    s.shape = shape_, s.packed = packed_, s.x = at<T>(a.x), s.h = at<T>(a.h), s.c = at<T>(a.c);
    s.h_next = at<T>(a.h_next), s.c_next = at<T>(a.c_next);
    kernels<T>().step(s);
  }

  template <class T>
  void pack(const Weights<T>& weights, const Fingerprint& now) {
    if (!packed_) packed_ = std::aligned_alloc(64, (kernels<T>().packed_bytes(shape_) + 63) / 64 * 64);
    if (!packed_) throw std::bad_alloc();
    kernels<T>().pack(shape_, weights, packed_);
    packed_from_ = now;
  }

  const bool is_double_;
  Shape shape_;
  void* packed_ = nullptr;
  Fingerprint packed_from_;
};

struct Peak {
  double (*run)(int64_t);
  int64_t rounds;
};

// Runs multiply-adds in registers on `threads` threads; returns the seconds they took and the number of floating-point
// operations.
std::pair<double, double> fused_multiply_adds(bool is_double, int threads, int64_t rounds) {
  Peak peak{is_double ? kernels<double>().fused_multiply_adds : kernels<float>().fused_multiply_adds, rounds};
  const double each = peak.run(1) * double(rounds);
  const nb::gil_scoped_release released;
  const auto started = std::chrono::steady_clock::now();
  parallel(threads, threads, [](void* p, int64_t, Arena&) { static_cast<Peak*>(p)->run(static_cast<Peak*>(p)->rounds); }, &peak);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
  return {spent.count(), 2 * each * threads};
}

}  // namespace

NB_MODULE(_native, m) {
  m.doc() = "Kernels of the recurrent layers; use them through gatewise.kernels.";
  m.def("instruction_sets", names);
  m.def("choose", choose);
  m.def("openmp", [] { return std::string(openmp_runtime()); });
  m.def("structures", structures);
  m.def("layout", layout);
  m.def("kept", kept);
  m.def("forward", forward);
  m.def("backward", backward);
  m.def("workspace", workspace);
  m.def("answer", answer);
  m.def("train", train);
  m.def("fused_multiply_adds", fused_multiply_adds);
  nb::class_<Stepper>(m, "Stepper")
      .def(nb::init<bool, int, bool, int64_t, int64_t>())
      .def("step", &Stepper::step);
}

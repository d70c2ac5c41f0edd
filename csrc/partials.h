// Gradients of the weights: partial sums of each block of rows, and their reduction into the caller's arrays.
//
// Blocks run on different threads, so each sums its part by itself. The parts are added in the order of the blocks, not
// in the order in which threads finish: floating-point sums depend on their order, and the gradients must not depend on
// the number of threads.
#pragma once

#include "forward.h"

namespace gatewise::GATEWISE_SET {

// What all jobs of a backward pass share.
template <class T>
struct BackwardCall {
  const Backward<T>& b;
  Sizes<T> sizes;
  Blocks blocks;
  T* packed;                // weights of all models, each `packed_size` numbers after the one before
  int64_t packed_size;
  ForwardCall<T> again;     // with `states`: the forward pass that computes stretches again
  T* partials;              // a matrix for every model and block, lines of `columns` numbers: I of the inputs, H of the
                            // state, 1 of the bias, then those of the extras, see `extra_lines`; null if not wanted
  int64_t partial_size;     // numbers of one of these matrices

  // How many numbers of memory it takes, and where in such memory everything lies.
  int64_t numbers() const { return models() * (packed_size + blocks.count * partial_size + again_size()); }
  void lay(T* memory) {
    packed = memory;
    T* const behind = packed + models() * packed_size;
    partials = partial_size ? behind : nullptr;
    again.packed = behind + models() * blocks.count * partial_size;
  }

 private:
  int64_t models() const { return b.forward.shape.models; }
  int64_t again_size() const { return b.forward.states ? again.packed_size : 0; }
};

// How many lines of a partial sum hold gradients of the extras. The first has those of the peepholes, each in the
// columns of its gate, or those of the gains, each in the columns of its product. The second has those of the cell
// state's gain and, `padded` columns on, of its shift.
template <class T>
static int64_t extra_lines(const Extras<T>& e) {
  return e.cell_norm ? 2 : e.gains || e.peepholes ? 1 : 0;
}

// Adds the blocks' partial sums of one model in order and writes them in the caller's layout.
template <class T>
struct Reduction {
  const BackwardCall<T>& call;
  const Backward<T>& b;
  const Layout& layout;
  int64_t model;
  T* sum;

  explicit Reduction(const BackwardCall<T>& c, int64_t model)
      : call(c),
        b(c.b),
        layout(c.sizes.layout),
        model(model),
        sum(c.partials + model * c.blocks.count * c.partial_size) {}

  // Does so for the units `begin` to `end` of every gate block.
  void run(int64_t begin, int64_t end) const {
    const int64_t I = call.sizes.inputs, H = call.sizes.hidden, W = layout.columns(), first = model * layout.blocks * H;
    for (int64_t g = 0; g < layout.blocks; ++g) {
      add(0, I, layout.x_product[g], begin, end);
      add(I, I + H, layout.h_product[g], begin, end);
      const T *inputs = sum + layout.x_product[g], *state = sum + I * W + layout.h_product[g];
      copy_transposed(inputs + begin, W, I, end - begin, b.dweight_ih + (first + g * H + begin) * I, I);
      copy_transposed(state + begin, W, H, end - begin, b.dweight_hh + (first + g * H + begin) * H, H);
      one_line(0, layout.x_block[g], begin, end, advance(b.dbias_ih, first + g * H));
      one_line(0, layout.h_block[g], begin, end, advance(b.dbias_hh, first + g * H));
    }
    for (int64_t k = 0; k < 3 && b.dpeepholes; ++k) {
      one_line(1, layout.x_block[k == 2 ? 3 : k], begin, end, b.dpeepholes + (model * 3 + k) * H);
    }
    for (int64_t g = 0; g < layout.blocks && b.dgains; ++g) {
      T* to = b.dgains + 2 * first + g * H;
      one_line(1, layout.x_product[g], begin, end, to);
      one_line(1, layout.h_product[g], begin, end, to + layout.blocks * H);
    }
    for (int64_t k = 0; k < 2 && b.dcell_norm; ++k) {
      one_line(2, k * layout.padded, begin, end, b.dcell_norm + (model * 2 + k) * H);
    }
  }

 private:
  // Adds the lines `from` to `to` of all further blocks to the first block's.
  void add(int64_t from, int64_t to, int64_t column, int64_t begin, int64_t end) const {
    for (int64_t block = 1; block < call.blocks.count; ++block) {
      for (int64_t line = from; line < to; ++line) {
        T* into = sum + line * layout.columns() + column;
        const T* other = into + block * call.partial_size;
        for (int64_t u = begin; u < end; ++u) into[u] += other[u];
      }
    }
  }

  // Adds up one of the lines behind those of the weights and writes it to `to`: line 0 is that of the biases, the
  // others are those of the extras.
  void one_line(int64_t number, int64_t column, int64_t begin, int64_t end, T* to) const {
    if (!to) return;
    const T* line = sum + (call.sizes.inputs + call.sizes.hidden + number) * layout.columns() + column;
    for (int64_t u = begin; u < end; ++u) {
      T total = line[u];
      for (int64_t block = 1; block < call.blocks.count; ++block) total += line[block * call.partial_size + u];
      to[u] = total;
    }
  }
};

// Units that one job reduces: a cache line of float, so that no two jobs add in one line.
constexpr int64_t STRIPE = 16;

template <class T>
static void reduce_job(void* context, int64_t job, Arena&) {
  const auto& call = *static_cast<const BackwardCall<T>*>(context);
  const int64_t H = call.sizes.hidden, stripes = up_to(H, STRIPE) / STRIPE, begin = job % stripes * STRIPE;
  Reduction<T>(call, job / stripes).run(begin, begin + STRIPE < H ? begin + STRIPE : H);
}

}  // namespace gatewise::GATEWISE_SET

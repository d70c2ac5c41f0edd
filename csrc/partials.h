// Gradients of the weights: what every block sums up by itself, and how these partial sums become the caller's.
#pragma once

#include "forward.h"

namespace gatewise::GATEWISE_SET {

template <class T>
struct BackwardCall {
  const Backward<T>& b;
  Sizes<T> sizes;
  Blocks blocks;
  T* packed;
  int64_t packed_size;
  ForwardCall<T> again;     // with `states`: to run stretches once more
  T* partials;              // of every model and block, rows of `columns`: I of the inputs, H of the state, 1 of the bias,
                            // then those of the extras, see `extra_lines`
  int64_t partial_size;
};

// Rows of gradients beside those of weights and biases: one of peepholes, where their gates stand, and of gains, where
// the products are summed; one of the cell state's gain and, `padded` further, its shift.
template <class T>
static int64_t extra_lines(const Extras<T>& e) {
  return e.cell_norm ? 2 : e.gains || e.peepholes ? 1 : 0;
}

// The blocks' partial sums of one model, added in their order, and out of the kernel's layout.
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

  // A stripe of `columns` (units) of every gate block.
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
  // Lines `from` to `to` of all blocks into the first block's.
  void add(int64_t from, int64_t to, int64_t column, int64_t begin, int64_t end) const {
    for (int64_t block = 1; block < call.blocks.count; ++block) {
      for (int64_t line = from; line < to; ++line) {
        T* into = sum + line * layout.columns() + column;
        const T* other = into + block * call.partial_size;
        for (int64_t u = begin; u < end; ++u) into[u] += other[u];
      }
    }
  }

  // A line behind those of the weights: 0 of the biases, then those of the extras.
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

constexpr int64_t STRIPE = 16;

template <class T>
static void reduce_job(void* context, int64_t job, Arena&) {
  const auto& call = *static_cast<const BackwardCall<T>*>(context);
  const int64_t H = call.sizes.hidden, stripes = up_to(H, STRIPE) / STRIPE, begin = job % stripes * STRIPE;
  Reduction<T>(call, job / stripes).run(begin, begin + STRIPE < H ? begin + STRIPE : H);
}

}  // namespace gatewise::GATEWISE_SET

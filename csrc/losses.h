// The losses of a head that answers at every step, and what is told of its answers.
#pragma once

#include "activations.h"
#include "batch.h"

namespace gatewise::GATEWISE_SET {

template <class T>
class StepLoss {
 public:
  // `from`: a Training or an Answers, of which `first` is the first example of the batch.
  template <class From>
  StepLoss(const From& from, int64_t first, const Batch<T>& batch)
      : of_classes_(from.loss == Loss::cross_entropy),
        targets_(from.targets),
        places_(advance(from.places, first)),
        batch_(batch),
        outputs_(from.examples.network.outputs) {}

  // Whether there is a target for this step, which is one of the row's own.
  bool told(int64_t step, int64_t row) const {
    return of_classes_ ? target_class(step, row) >= 0 : target_channels(step, row)[0] >= T(0);
  }

  int64_t told_in_all() const {
    int64_t count = 0;
    for (int64_t row = 0; row < batch_.rows; ++row) {
      for (int64_t step = 0; step < batch_.length(row); ++step) count += told(step, row);
    }
    return count;
  }

  // The loss of one row of outputs, which become their gradient times `share`.
  T of_row(int64_t step, int64_t row, T share, T* out) const {
    if (of_classes_) return of_class(target_class(step, row), share, out);
    return of_channels(target_channels(step, row), share, out);
  }

  // Whether the target of one row of outputs is the likeliest: of several that are as likely, the first.
  bool likeliest(int64_t step, int64_t row, const T* out) const {
    if (of_classes_) {
      const int64_t own = target_class(step, row);
      int64_t best = 0;
      for (int64_t o = 1; o <= own; ++o) best = out[o] > out[best] ? o : best;
      return best == own && out[own] >= largest(out);
    }
    const T* targets = target_channels(step, row);
    bool right = true;
    for (int64_t o = 0; o < outputs_; ++o) right &= targets[o] > T(0.5) ? out[o] > T(0) : out[o] < T(0);
    return right;
  }

 private:
  int64_t target_class(int64_t step, int64_t row) const {
    return static_cast<const int64_t*>(targets_)[places_[row] + step];
  }
  const T* target_channels(int64_t step, int64_t row) const {
    return static_cast<const T*>(targets_) + (places_[row] + step) * outputs_;
  }

  // The logarithm of the sum of all exponentials, less the class's own output.
  T of_class(int64_t own, T share, T* out) const {
    const T target = out[own], most = largest(out);
    Vec<T> sums{};
    each_vector<T>(0, outputs_, outputs_, [&](int64_t o, auto edge) {
      const Power<T> e = power_of_two<T>(edge.load(out + o) - most, Exponential<T>::log2_e, Exponential<T>::limit);
      const Vec<T> power = edge.only(e.scale * e.rest + e.scale);
      sums += power;
      edge.store(out + o, power);
    });
    const T sum = over_lanes(sums), scale = share / sum;
    each_vector<T>(0, outputs_, outputs_, [&](int64_t o, auto edge) { edge.store(out + o, edge.load(out + o) * scale); });
    out[own] -= share;
    return T(__builtin_log(double(sum))) - (target - most);
  }

  // Of each channel log(1 + e^-|out|), and |out| where it is on the wrong side of 0. The logarithms of a lane are those
  // of a product of numbers between 1 and 2, which are gathered first.
  T of_channels(const T* targets, T share, T* out) const {
    Vec<T> wrong{}, product = splat(T(1));
    double logarithms = 0;
    int64_t gathered = 0;
    const auto collect = [&] { logarithms += log_of_product(product), product = splat(T(1)), gathered = 0; };
    each_vector<T>(0, outputs_, outputs_, [&](int64_t o, auto edge) {
      const Vec<T> x = edge.load(out + o), target = edge.load(targets + o), size = x < T(0) ? -x : x;
      const Power<T> e = power_of_two<T>(size, -Exponential<T>::log2_e, Exponential<T>::limit);
      product *= T(1) + edge.only(e.scale * e.rest + e.scale);
      wrong += edge.only((x > T(0) ? x : Vec<T>{}) - x * target);
      edge.store(out + o, (sigmoid<T>(x) - target) * share);
      if (++gathered == 64) collect();
    });
    collect();
    return T(logarithms) + over_lanes(wrong);
  }

  static double log_of_product(const Vec<T>& factors) {
    double sum = 0, product = 1;
    for (int64_t lane = 0; lane < LANES<T>; ++lane) {
      product *= double(factors[lane]);
      if (product > 1e200) sum += __builtin_log(product), product = 1;
    }
    return sum + __builtin_log(product);
  }

  T largest(const T* out) const {
    T most = out[0];
    int64_t o = 0;
    if (outputs_ >= LANES<T>) {
      Vec<T> all = load(out);
      for (o = LANES<T>; o + LANES<T> <= outputs_; o += LANES<T>) {
        const Vec<T> next = load(out + o);
        all = next > all ? next : all;
      }
      for (int64_t lane = 0; lane < LANES<T>; ++lane) most = all[lane] > most ? all[lane] : most;
    }
    for (; o < outputs_; ++o) most = out[o] > most ? out[o] : most;
    return most;
  }
  static T over_lanes(const Vec<T>& v) {
    T sum = 0;
    for (int64_t lane = 0; lane < LANES<T>; ++lane) sum += v[lane];
    return sum;
  }

  const bool of_classes_;
  const void* const targets_;
  const int64_t* const places_;
  const Batch<T>& batch_;
  const int64_t outputs_;
};

}  // namespace gatewise::GATEWISE_SET

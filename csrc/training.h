// The contract of a network: its parameters, the examples it reads, its answers, and one optimiser step of it.
//
// A network is one recurrent layer, run forward in time or both ways, and a linear head on a summary of its outputs, or
// on those of every step. Channels that number the values of a category are read as rows of tables. All its parameters
// lie in one array, and so do their gradients, their moments and their running average, so that a step goes through each
// of them once. Letters as in contract.h; D directions, C channels, O outputs, K numbers that the head reads.
//
// Memory. The caller owns all of it, as in contract.h. `workspace` is scratch, but what a step does is quickest when it
// finds there what the last one left in the cache. It has as many numbers as Kernels::workspace says.
//
// Numbers. A step is computed on the calling thread. What a row is answered depends on that row and the parameters
// alone, not on its company.
#pragma once

#include "contract.h"

namespace gatewise {

// The first number of each tensor of one direction among the parameters; -1 where there is no such tensor.
struct Tensors {
  int64_t weight_ih, weight_hh, bias_ih, bias_hh;
};

// A table of a category's values: a row of numbers for each, which the layer reads in the place of the row's number.
struct Table {
  int64_t channel;          // which channel has the numbers of rows; of a number that no row has, row 0 is read
  int64_t rows, width;
  int64_t weight;           // (rows, width): its first number among the parameters
};

constexpr int64_t MOST_TABLES = 16;

struct Network {
  Cell cell;
  int64_t channels;         // C, of a step of the data
  int64_t inputs;           // I, of a step of the layer: the other channels, then a row of each table
  int64_t hidden, outputs, directions;
  bool update_is_state;     // see Shape
  bool each;                // whether the head reads the outputs of every step, K = D·H, and answers at every step
  bool pooled;              // what the head reads of each direction side by side: the final state; or final states,
                            // means and maxima of the outputs: K = D·H or 3·D·H
  int64_t scaled;           // so many of the first inputs are read less their mean in the example and in units of their
                            // spread in it, and output k is answered in the unit of input k modulo `scaled`; 0 for none
  double flattest;          // the least of these units
  int64_t coded;            // how many tables there are
  Table tables[MOST_TABLES];  // in the order of their channels
  Tensors layer[2];         // of the direction forward, and of the one back
  int64_t head_weight;      // (O, K)
  int64_t head_bias;        // (O)
  int64_t parameters;       // how many there are
};

// What a network reads: the steps of all data, of which each example is a run. Examples may overlap.
template <class T>
struct Examples {
  Network network;
  const T* x;               // (steps of all data, C)
  int64_t rows;             // N
  int64_t steps;            // T, the most steps that an example has
  const int64_t* starts;    // (N): the first step of each example in x
  const int64_t* lengths;   // (N): steps of each example, 1 to T, or null where all have T
  const T *h_0, *c_0;       // (D, N, H): the states that examples begin with, or null for zeros; c of an LSTM
  T *h_n, *c_n;             // (D, N, H): where the states after them are wanted, or null; these may be h_0 and c_0
  T* workspace;
};

// Where the head answers at every step, the loss is cross_entropy, or binary: of outputs that are each on or off, the
// sum of their cross-entropies. It is the mean over the steps for which a target is told.
enum class Loss : int { squared = 0, absolute = 1, cross_entropy = 2, pinball = 3, binary = 4 };

template <class T>
struct Answers {
  Examples<T> examples;
  const T* parameters;
  T* outputs;               // (N, O); at every step (N, T, O), 0 behind the end of an example, or null
  Loss loss;                // at every step, with `told`; it and the two after it are as in Training
  const void* targets;
  const int64_t* places;
  T* told;                  // (N, T, 2): the log-probability of each step's target, in nats, and 1 where it is the
                            // likeliest; 0 where nothing is told; or null
};

// One step of Adam (Kingma and Ba 2015, arXiv:1412.6980) on the mean loss of the examples.
template <class T>
struct Training {
  Examples<T> examples;
  Loss loss;
  const void* targets;      // a row for each target: O numbers, for pinball O / quantiles; for cross-entropy the number
                            // of its class, an int64_t. At every step, where the first is below 0 nothing is told
  const int64_t* places;    // (N): the row of each example; at every step that of its first step, the others follow
  const T* levels;          // pinball: the quantiles, which are neighbours among the outputs
  int64_t quantiles;
  double dropout;           // share of what the head reads that is set to 0, the rest scaled up
  const float* drawn;       // (N, K), at every step (N, T, K), with dropout: from U(0, 1); what is below `dropout` is
                            // set to 0
  double clip;              // the largest norm of the gradient; a longer one is scaled down to it
  double rate, first_decay, second_decay, epsilon;  // of Adam
  int64_t count;            // the number of this step, from 1
  double fresh;             // share of the new parameters in the running average; 1 where there is no average
  T* parameters;
  T* gradient;              // of each parameter
  T *first, *second;        // moments of the gradient
  T* average;               // running average of the parameters
  double* spent;            // the seconds of each Stage are added to these; or null
};

enum class Stage : int { gather = 0, forward = 1, head = 2, backward = 3, update = 4 };

// Seconds of processor time that the calling thread has taken.
double processor_seconds();

}  // namespace gatewise

// Tables of categories: their rows in the place of the channels that number them, and the gradients of these rows.
#pragma once

#include "simd.h"
#include "training.h"

namespace gatewise::GATEWISE_SET {

// Copies `count` numbers in vectors; a call of memcpy takes longer for a few.
template <class T>
GATEWISE_INLINE void copy_numbers(const T* from, int64_t count, T* to) {
  each_vector<T>(0, count, count, [&](int64_t u, auto edge) { edge.store(to + u, edge.load(from + u)); });
}

// The first number, among all of a table's, of the row that stands for a number in a channel.
template <class T>
GATEWISE_INLINE int64_t row_of(const Table& table, T number) {
  const bool there = number >= T(0) && number < T(table.rows);  // false for NaN
  return there ? int64_t(number) * table.width : 0;
}

// Makes the inputs of one step of the layer of the channels of one step of the data.
template <class T>
static void read_step(const Network& net, const T* parameters, const T* channels, T* inputs) {
  int64_t channel = 0;
  const auto others_before = [&](int64_t end) {
    copy_numbers(channels + channel, end - channel, inputs), inputs += end - channel, channel = end + 1;
  };
  for (int64_t k = 0; k < net.coded; ++k) others_before(net.tables[k].channel);
  others_before(net.channels);
  for (int64_t k = 0; k < net.coded; ++k) {
    const Table& table = net.tables[k];
    copy_numbers(parameters + table.weight + row_of(table, channels[table.channel]), table.width, inputs);
    inputs += table.width;
  }
}

// Adds the gradient of the inputs of one step to those of the tables' rows that they were read from.
template <class T>
static void add_to_tables(const Network& net, const T* channels, const T* dinputs, T* gradient) {
  dinputs += net.channels - net.coded;
  for (int64_t k = 0; k < net.coded; ++k) {
    const Table& table = net.tables[k];
    T* to = gradient + table.weight + row_of(table, channels[table.channel]);
    each_vector<T>(0, table.width, table.width, [&](int64_t u, auto edge) {
      edge.store(to + u, edge.load(to + u) + edge.load(dinputs + u));
    });
    dinputs += table.width;
  }
}

}  // namespace gatewise::GATEWISE_SET

// Which instruction sets were built, and which of them run here.
#pragma once

#include "contract.h"

namespace gatewise {

// Those that run on this processor, best first; `count` of them. The portable one is always there.
const InstructionSet* const* instruction_sets(int* count);

}  // namespace gatewise

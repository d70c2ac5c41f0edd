// Which of the instruction sets that were built the processor can run.
#pragma once

#include "contract.h"

namespace gatewise {

// The instruction sets that run on this processor, fastest first, and their number in `count`. The portable one always
// is among them.
const InstructionSet* const* instruction_sets(int* count);

}  // namespace gatewise

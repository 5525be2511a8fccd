// SPDX-License-Identifier: MIT
//
// Made-up programs, the same each time: mixes of sizes and lifetimes.
#ifndef IRQGC_BENCH_MIX_H
#define IRQGC_BENCH_MIX_H

#include "rig/trace.h"

#define N_MIXES 5u

// Mix `i`, with its name. It is never given back.
rig_trace_t mix_make(unsigned i);

#endif

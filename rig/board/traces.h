// SPDX-License-Identifier: MIT
//
// The traces of this image, in a source that embed.sh has made.
#ifndef IRQGC_RIG_BOARD_TRACES_H
#define IRQGC_RIG_BOARD_TRACES_H

#include "rig/trace.h"

extern const rig_trace_t *const embedded_traces[]; // NULL ends them

#endif

// SPDX-License-Identifier: MIT
//
// The trace hook for SEGGER's SystemView: heap events, collections as markers,
// refusals as warnings. Compiled together with SEGGER's sources and a core
// with -DIRQGC_TRACE=1; nothing else is to be done but to call this once.
#ifndef EXAMPLES_TRACE_SYSTEMVIEW_H
#define EXAMPLES_TRACE_SYSTEMVIEW_H

#include "irqgc/irqgc.h"

// Tells SystemView of the heap, which has been made of this region.
//
// Context: thread, behind irqgc_init and SEGGER_SYSVIEW_Conf.
void systemview_heap_define(irqgc_t *heap, const irqgc_region_t *region);

#endif

// SPDX-License-Identifier: MIT
//
// SystemView does not hear of the single objects that a collection frees: it
// takes them for used until their addresses are allocated again.
#include "systemview.h"

#include "SEGGER_SYSVIEW.h"
#include "irqgc/trace.h"

enum { COLLECTION = 1 }; // a marker; those of handlers nest in it

void systemview_heap_define(irqgc_t *heap, const irqgc_region_t *region) {
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    // Bytes that an object takes beside its own: none.
    SEGGER_SYSVIEW_HeapDefine(heap, region->start, (unsigned)stats.total, 0);
    SEGGER_SYSVIEW_NameMarker(COLLECTION, "collection");
}

void irqgc_trace(irqgc_trace_event_t event, irqgc_t *heap, void *object,
                 size_t size) {
    switch (event) {
    case IRQGC_TRACE_ALLOC:
        SEGGER_SYSVIEW_HeapAlloc(heap, object, (unsigned)size);
        break;
    case IRQGC_TRACE_FREE:
        SEGGER_SYSVIEW_HeapFree(heap, object);
        break;
    case IRQGC_TRACE_COLLECT_BEGIN:
        SEGGER_SYSVIEW_MarkStart(COLLECTION);
        break;
    case IRQGC_TRACE_COLLECT_END:
        SEGGER_SYSVIEW_MarkStop(COLLECTION);
        break;
    case IRQGC_TRACE_REFUSED:
        SEGGER_SYSVIEW_Warn("irqgc: no room");
        break;
    }
}

// SPDX-License-Identifier: MIT
//
// Prototypes of the calls of SystemView that examples/trace/systemview.c makes.
// Not SEGGER's file: enough to compile, and no more.
#ifndef SEGGER_SYSVIEW_H
#define SEGGER_SYSVIEW_H

void SEGGER_SYSVIEW_HeapDefine(void *heap, void *start, unsigned size,
                               unsigned metadata);
void SEGGER_SYSVIEW_HeapAlloc(void *heap, void *object, unsigned size);
void SEGGER_SYSVIEW_HeapFree(void *heap, void *object);
void SEGGER_SYSVIEW_MarkStart(unsigned marker);
void SEGGER_SYSVIEW_MarkStop(unsigned marker);
void SEGGER_SYSVIEW_NameMarker(unsigned marker, const char *name);
void SEGGER_SYSVIEW_Warn(const char *text);

#endif

// SPDX-License-Identifier: MIT
//
// The table that an image measures: a dictionary of irqgc's, or khash inside
// masked windows, which is what a user has to do who lets handlers use it.
#ifndef IRQGC_BENCH_FIGURES_TABLE_H
#define IRQGC_BENCH_FIGURES_TABLE_H

#include "peer.h"

// An empty table, in place of the one before.
void table_open(void);

// Makes room for `n` keys, so that as many can be set without growth.
void table_reserve(uint32_t n);

// Measured calls (see call_took). They return whether the key was there.
bool table_get(uintptr_t key);
bool table_set(uintptr_t key, uintptr_t value);
bool table_delete(uintptr_t key);

// Bytes of memory that the table keeps for itself.
uint32_t table_bytes(void);

#endif

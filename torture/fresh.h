// SPDX-License-Identifier: MIT
#ifndef IRQGC_TORTURE_FRESH_H
#define IRQGC_TORTURE_FRESH_H

#include "kit_names.h"

// Calls the function as if nothing had been before: its frame is the first that
// a collection scans, and all registers are empty. What its callers had in
// either, a collection would look at, word by word; and so would take another
// path from run to run.
void fresh_call(void (*function)(void)) KIT_NAME(fresh_call);

// Calls the function with its frame at an offset in a page that is always the
// same.
void fresh_page_call(void (*function)(void)) KIT_NAME(fresh_page_call);

// Empties the registers for vectors and floating point alone.
void fresh_vectors(void) KIT_NAME(fresh_vectors);

#endif

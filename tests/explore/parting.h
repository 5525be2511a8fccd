// SPDX-License-Identifier: MIT
#ifndef EXPLORE_PARTING_H
#define EXPLORE_PARTING_H

// Measures world.parting_alloc and world.parting_realloc, for the oracle.
void parting_measure(void);

#endif

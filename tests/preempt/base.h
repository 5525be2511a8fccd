// SPDX-License-Identifier: MIT
#ifndef PREEMPT_BASE_H
#define PREEMPT_BASE_H

// Ends the stack that collections scan just below this address.
void base_set(const void *base);

#endif

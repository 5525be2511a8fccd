// SPDX-License-Identifier: MIT
//
// A driver that a break must not cut: a page whose program sequence is not
// ended is lost.
#ifndef RIG_DEVICES_FLASH_H
#define RIG_DEVICES_FLASH_H

#include "bus.h"

// Programs a page. Held from the first command to the last.
//
// Context: thread.
void flash_program(unsigned page, const uint32_t words[FLASH_WORDS]);

#endif

// SPDX-License-Identifier: MIT
#include "flash.h"

#include "irqgc/brk.h"

void flash_program(unsigned page, const uint32_t words[FLASH_WORDS]) {
    irqgc_brk_hold();
    bus_write(FLASH_KEY, FLASH_UNLOCK);
    bus_write(FLASH_PAGE, page);
    bus_write(FLASH_CONTROL, FLASH_ERASE);
    for (unsigned i = 0; i < FLASH_WORDS; i++) {
        bus_write(FLASH_DATA, words[i]);
    }
    bus_write(FLASH_CONTROL, FLASH_LOCK);
    irqgc_brk_release();
}

// SPDX-License-Identifier: MIT
//
// The registers of two devices: a UART, and a flash memory. bus.c is a model of
// both, which remembers what a cut has spoiled.
#ifndef RIG_DEVICES_BUS_H
#define RIG_DEVICES_BUS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    UART_DATA, // written: sent; read: the byte received
    UART_READY,
    FLASH_KEY, // FLASH_UNLOCK opens the device for one page
    FLASH_PAGE,
    FLASH_DATA,   // the next word of the page
    FLASH_CONTROL // FLASH_ERASE, before the words; FLASH_LOCK, after them
} bus_register_t;

enum { FLASH_PAGES = 4, FLASH_WORDS = 4 };
enum { FLASH_UNLOCK = 0x4653, FLASH_ERASE = 1, FLASH_LOCK = 2 };

void bus_write(bus_register_t which, uint32_t value);
uint32_t bus_read(bus_register_t which);

// ---- The model's other side ------------------------------------------------

void bus_reset(void);

// The byte that the UART has received. Its interrupt is the caller's to raise.
void bus_receive(uint8_t byte);

// Messages that were sent whole, and those that were cut.
typedef struct {
    unsigned whole, cut;
} bus_messages_t;
bus_messages_t bus_messages(void);

// A page whose program sequence was cut is lost for ever.
bool bus_page_is_lost(unsigned page);
bool bus_page_is_open(void);
uint32_t bus_page_word(unsigned page, unsigned i);

#endif

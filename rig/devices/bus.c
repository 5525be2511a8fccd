// SPDX-License-Identifier: MIT
#include "bus.h"

#include <string.h>

enum { NO_PAGE = FLASH_PAGES };

typedef struct {
    uint32_t words[FLASH_WORDS];
    bool is_lost;
} page_t;

static struct {
    uint8_t received;
    bool is_ready;
    unsigned due; // bytes until the message ends, with its sum; 0: none begun
    uint8_t sum;
    bus_messages_t messages;

    page_t pages[FLASH_PAGES];
    bool is_unlocked;
    unsigned page; // the one that is programmed, or NO_PAGE
    unsigned n_words;
} bus;

void bus_reset(void) {
    memset(&bus, 0, sizeof bus);
    bus.page = NO_PAGE;
}

// ---- UART: messages of a length, as many bytes, and their sum --------------

static void byte_sent(uint8_t byte) {
    if (bus.due == 0) {
        bus.due = byte + 1u;
        bus.sum = 0;
        return;
    }
    bus.due--;
    if (bus.due > 0) {
        bus.sum = (uint8_t)(bus.sum + byte);
    } else if (byte == bus.sum) {
        bus.messages.whole++;
    } else {
        bus.messages.cut++;
    }
}

void bus_receive(uint8_t byte) {
    bus.received = byte;
    bus.is_ready = true;
}

bus_messages_t bus_messages(void) {
    return bus.messages;
}

// ---- Flash -----------------------------------------------------------------

// Who begins anew has not ended.
static void flash_unlock(void) {
    if (bus.page != NO_PAGE) {
        bus.pages[bus.page].is_lost = true;
    }
    bus.page = NO_PAGE;
    bus.is_unlocked = true;
}

static void flash_control(uint32_t command) {
    if (command == FLASH_ERASE && bus.is_unlocked && bus.page != NO_PAGE) {
        memset(bus.pages[bus.page].words, 0xFF,
               sizeof bus.pages[bus.page].words);
        bus.n_words = 0;
    } else if (command == FLASH_LOCK) {
        if (bus.page != NO_PAGE && bus.n_words != FLASH_WORDS) {
            bus.pages[bus.page].is_lost = true;
        }
        bus.page = NO_PAGE;
        bus.is_unlocked = false;
    }
}

static void flash_word(uint32_t word) {
    if (bus.page != NO_PAGE && bus.n_words < FLASH_WORDS) {
        bus.pages[bus.page].words[bus.n_words++] = word;
    }
}

bool bus_page_is_lost(unsigned page) {
    return bus.pages[page].is_lost;
}

bool bus_page_is_open(void) {
    return bus.is_unlocked;
}

uint32_t bus_page_word(unsigned page, unsigned i) {
    return bus.pages[page].words[i];
}

// ---- Registers -------------------------------------------------------------

void bus_write(bus_register_t which, uint32_t value) {
    switch (which) {
    case UART_DATA:
        byte_sent((uint8_t)value);
        break;
    case FLASH_KEY:
        if (value == FLASH_UNLOCK) {
            flash_unlock();
        }
        break;
    case FLASH_PAGE:
        if (bus.is_unlocked && value < FLASH_PAGES) {
            bus.page = value;
        }
        break;
    case FLASH_DATA:
        flash_word(value);
        break;
    case FLASH_CONTROL:
        flash_control(value);
        break;
    case UART_READY:
        break;
    }
}

uint32_t bus_read(bus_register_t which) {
    if (which == UART_READY) {
        return bus.is_ready;
    }
    bus.is_ready = false;
    return bus.received;
}

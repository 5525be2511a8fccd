// SPDX-License-Identifier: MIT
#include "uart.h"

#include "bus.h"
#include "irqgc/brk.h"

enum { CTRL_C = 3, MOST = 32 };

// One context puts in, another takes out; each changes its own count only, and
// a byte before the count that tells of it. Counts wrap.
typedef struct {
    volatile uint8_t bytes[UART_RING];
    volatile unsigned n_put, n_taken;
} ring_t;

static ring_t to_send;
static ring_t received;

static bool ring_put(ring_t *ring, uint8_t byte) {
    const unsigned at = ring->n_put;
    if (at - ring->n_taken == UART_RING) {
        return false;
    }
    ring->bytes[at % UART_RING] = byte;
    ring->n_put = at + 1;
    return true;
}

static int ring_take(ring_t *ring) {
    const unsigned at = ring->n_taken;
    if (at == ring->n_put) {
        return -1;
    }
    const int byte = ring->bytes[at % UART_RING];
    ring->n_taken = at + 1;
    return byte;
}

void uart_init(void) {
    to_send.n_taken = to_send.n_put;
    received.n_taken = received.n_put;
}

bool uart_send(const uint8_t *bytes, size_t n) {
    irqgc_brk_hold();
    const bool fits =
        n <= MOST && to_send.n_put - to_send.n_taken + n + 2 <= UART_RING;
    if (fits) {
        uint8_t sum = 0;
        ring_put(&to_send, (uint8_t)n);
        for (size_t i = 0; i < n; i++) {
            ring_put(&to_send, bytes[i]);
            sum = (uint8_t)(sum + bytes[i]);
        }
        ring_put(&to_send, sum);
    }
    irqgc_brk_release();
    return fits;
}

// Held: a byte that is taken is returned.
int uart_receive(void) {
    irqgc_brk_hold();
    const int byte = ring_take(&received);
    irqgc_brk_release();
    return byte;
}

void uart_interrupt(void) {
    if (bus_read(UART_READY) != 0) {
        const uint8_t byte = (uint8_t)bus_read(UART_DATA);
        if (byte == CTRL_C) {
            irqgc_brk_request();
        } else {
            ring_put(&received, byte); // or it is lost
        }
    }
    const int byte = ring_take(&to_send);
    if (byte >= 0) {
        bus_write(UART_DATA, (uint32_t)byte);
    }
}

// SPDX-License-Identifier: MIT
//
// A driver that a break must not cut: messages go into a ring, from where the
// interrupt handler sends them byte by byte. What the handler receives waits in
// another ring, but for 0x03, which requests a break.
#ifndef RIG_DEVICES_UART_H
#define RIG_DEVICES_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UART_RING = 64 }; // bytes

void uart_init(void);

// Sends a message of up to 32 bytes: its length, the bytes, and their sum.
// False iff there is no room for all of it; nothing is sent then. Held: half a
// message would make one with the next.
//
// Context: thread.
bool uart_send(const uint8_t *bytes, size_t n);

// The next byte received, or -1.
//
// Context: thread.
int uart_receive(void);

// Context: the handler of the UART.
void uart_interrupt(void);

#endif

// SPDX-License-Identifier: MIT
//
// What a sketch takes of an Arduino core.
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stddef.h>
#include <stdint.h>

enum { INPUT_PULLUP = 2, FALLING = 2 };

extern "C" {
unsigned long millis(void);
void pinMode(int pin, int mode);
void attachInterrupt(int interrupt, void (*handler)(void), int mode);
}
#define digitalPinToInterrupt(pin) (pin)

struct serial {
    void begin(unsigned long baud);
    void println(unsigned long number);
    void println(const char *text);
};
extern serial Serial;

#endif

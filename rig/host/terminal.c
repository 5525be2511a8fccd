// SPDX-License-Identifier: MIT
#include "terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MOST 10000ul

// What was said, or what the environment says, or `otherwise`.
static unsigned size_of(unsigned said, const char *name, unsigned otherwise) {
    const char *const text = getenv(name);
    if (said == 0 && text != NULL) {
        const unsigned long n = strtoul(text, NULL, 10);
        said = n < MOST ? (unsigned)n : 0;
    }
    return said != 0 ? said : otherwise;
}

terminal_t terminal_size(void) {
    struct winsize said = {0};
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &said);
    return (terminal_t){size_of(said.ws_col, "COLUMNS", 80),
                        size_of(said.ws_row, "LINES", 24)};
}

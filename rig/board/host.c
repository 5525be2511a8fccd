// SPDX-License-Identifier: MIT
//
// What a board does not have of rig/host: a terminal, and pages.
#include "rig/host/html.h"
#include "rig/host/terminal.h"
#include "rig/host/text.h"

terminal_t terminal_size(void) {
    return (terminal_t){80, 24};
}

void html_check(const char *path) {
    die("--html %s: not on a board", path);
}

FILE *html_open(const char *path) {
    (void)path;
    return NULL;
}

void html_close(FILE *stream) {
    (void)stream;
}

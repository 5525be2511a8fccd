// SPDX-License-Identifier: MIT
//
// The page, drawn by rig/report.py from what --json writes.
#ifndef IRQGC_RIG_HOST_HTML_H
#define IRQGC_RIG_HOST_HTML_H

#include <stdio.h>

// Dies, with what to do, if the page could not be drawn, or not be written
// there.
void html_check(const char *path);

// What is written into the stream becomes the page when it is closed. Dies if
// that fails.
FILE *html_open(const char *path);
void html_close(FILE *stream);

#endif

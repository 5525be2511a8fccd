// SPDX-License-Identifier: MIT
#include "html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#ifndef RIG_REPORT
#define RIG_REPORT "rig/report.py"
#endif

// The one that Debian's packages are for, if another has no matplotlib.
#define PYTHON                                                                 \
    "p=python3; $p -c 'import matplotlib' 2>/dev/null || "                     \
    "p=/usr/bin/python3; exec $p "

// NOLINTBEGIN(cert-env33-c): the commands are constants
void html_check(const char *path) {
    if (system(PYTHON "-c 'import matplotlib' 2>/dev/null") != 0) {
        die("--html needs Python's matplotlib; run: "
            "apt-get install -y --no-install-recommends python3-matplotlib");
    }
    FILE *const file = fopen(path, "a");
    if (file == NULL || fclose(file) != 0) {
        die("--html %s: %s", path, strerror(errno));
    }
}

// By the environment, since the shell takes names apart.
FILE *html_open(const char *path) {
    (void)setenv("RIG_REPORT", RIG_REPORT, 1);
    (void)setenv("RIG_HTML", path, 1);
    FILE *const stream = popen(PYTHON "\"$RIG_REPORT\" - \"$RIG_HTML\"", "w");
    if (stream == NULL) {
        die("--html: %s", strerror(errno));
    }
    return stream;
}

// NOLINTEND(cert-env33-c)

void html_close(FILE *stream) {
    if (pclose(stream) != 0) {
        die("--html: the page has not been drawn");
    }
}

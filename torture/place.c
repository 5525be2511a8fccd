// SPDX-License-Identifier: MIT
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <unistd.h>

bool place_settle(char **argv) {
    const int flags = personality(0xffffffff);
    const bool fixed = (flags & ADDR_NO_RANDOMIZE) != 0;
    if (fixed && getenv("LD_BIND_NOW") != NULL) {
        return true;
    }
    const unsigned long wanted = (unsigned long)flags | ADDR_NO_RANDOMIZE;
    if (personality(wanted) == -1 || setenv("LD_BIND_NOW", "1", 1) != 0) {
        return false;
    }
    execv("/proc/self/exe", argv);
    return false;
}

// Where the program itself begins, which addr2line counts from unless the
// program has fixed addresses.
extern const char __executable_start[];

static uintptr_t offset_of(uintptr_t pc) {
#ifdef __PIE__
    return pc - (uintptr_t)__executable_start;
#else
    return pc;
#endif
}

void place_name(uintptr_t pc, char *name, size_t size) {
    char command[128];
    (void)snprintf(command, sizeof command,
                   "addr2line -sfe /proc/%d/exe %#lx 2>/dev/null",
                   (int)getpid(), (unsigned long)offset_of(pc));
    char function[64] = "";
    char line[64] = "";
    FILE *p = popen(command, "r"); // NOLINT(cert-env33-c): nothing foreign
    if (p != NULL) {
        if (fscanf(p, "%63s %63s", function, line) != 2) {
            line[0] = '\0';
        }
        pclose(p);
    }
    (void)snprintf(name, size, "%#lx %s %s", (unsigned long)pc, function, line);
}

// SPDX-License-Identifier: MIT
//
// A board has one signal: SIGSEGV, its fault. fault.c calls the handler.
#ifndef RIG_BOARD_SIGNAL_H
#define RIG_BOARD_SIGNAL_H

enum {
    SIGINT = 2,
    SIGILL = 4,
    SIGTRAP = 5,
    SIGABRT = 6,
    SIGBUS = 7,
    SIGFPE = 8,
    SIGSEGV = 11,
    SIGTERM = 15
};

#define SA_RESTART 0
#define SIG_DFL ((void (*)(int))0)

typedef int sig_atomic_t;

struct sigaction {
    void (*sa_handler)(int signal);
    int sa_flags;
};

int sigaction(int signal, const struct sigaction *now, struct sigaction *old);

#endif

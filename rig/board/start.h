// SPDX-License-Identifier: MIT
#ifndef IRQGC_RIG_BOARD_START_H
#define IRQGC_RIG_BOARD_START_H

// The main function of rig/host/main.c, compiled with that name.
int rig_main(int argc, char **argv);

#endif

// SPDX-License-Identifier: MIT
//
// What sources of the kit share with each other: for the linker each name
// begins with irqgc_torture_, so that it meets none of the user's.
#ifndef IRQGC_TORTURE_KIT_NAMES_H
#define IRQGC_TORTURE_KIT_NAMES_H

#define KIT_NAME(name) __asm__("irqgc_torture_" #name)

#endif

// SPDX-License-Identifier: MIT
//
// What sources of the core share with each other, and with the ports, has short
// names in C; for the linker each begins with irqgc_core_, so that a program's
// own `count` or `mark` meets none of them.
#ifndef IRQGC_SRC_NAMES_H
#define IRQGC_SRC_NAMES_H

#define NAMES_TEXT(text) #text
#define NAMES_PREFIX(label) NAMES_TEXT(label)
#define CORE_NAME(name)                                                        \
    __asm__(NAMES_PREFIX(__USER_LABEL_PREFIX__) "irqgc_core_" #name)

#endif

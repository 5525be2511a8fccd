#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The version, which include/irqgc/irqgc.h has.
cd "$(dirname "$0")/.." &&
    sed -n 's|^#define IRQGC_VERSION_[MP][A-Z]* ||p' include/irqgc/irqgc.h |
    paste -sd .

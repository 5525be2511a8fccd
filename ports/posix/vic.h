// SPDX-License-Identifier: MIT
//
// By its former name.
#include "irqgc/vic.h"

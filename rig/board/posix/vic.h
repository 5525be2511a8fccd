// SPDX-License-Identifier: MIT
#include "ports/posix/vic.h"

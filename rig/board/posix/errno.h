// SPDX-License-Identifier: MIT
#ifndef RIG_BOARD_ERRNO_H
#define RIG_BOARD_ERRNO_H

// The only thing that goes wrong: see strerror.
#define errno 1

#endif

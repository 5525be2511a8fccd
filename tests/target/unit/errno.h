// SPDX-License-Identifier: MIT
#ifndef TESTS_TARGET_UNIT_ERRNO_H
#define TESTS_TARGET_UNIT_ERRNO_H

#define program_invocation_name BOARD_NAME

#endif

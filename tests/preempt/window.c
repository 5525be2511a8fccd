// SPDX-License-Identifier: MIT
//
// The linker puts this function before the controller's, which is called at
// the end of a window if something is pending.
#include "step.h"

void __real_irqgc_posix_dispatch(void);
void __wrap_irqgc_posix_dispatch(void);

void __wrap_irqgc_posix_dispatch(void) {
    step_window_ended();
    __real_irqgc_posix_dispatch();
}

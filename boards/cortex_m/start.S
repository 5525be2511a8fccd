// SPDX-License-Identifier: MIT
//
// Start, vectors, and what cannot be said in C, in the instructions that all
// Cortex-M have.
    .syntax unified
    .thumb

    .macro function name
    .global \name
    .thumb_func
    .type \name, %function
\name:
    .endm

    .section .start, "ax"
    .global board_vectors
board_vectors:
    .word __stack_top
    .word board_reset
    .rept 9 // NMI and faults, and those reserved
    .word board_fault_entry
    .endr
    .word irqgc_cortex_m_svcall
    .rept 2
    .word board_fault_entry
    .endr
    .word irqgc_cortex_m_pendsv
    .rept 1 + 64 // SysTick, IRQs
    .word board_entry
    .endr

    .text
    .balign 4
function board_reset
    ldr r0, =board_data_image
    ldr r1, =board_data_start
    ldr r2, =board_data_end
    b 2f
1:  ldmia r0!, {r3}
    stmia r1!, {r3}
2:  cmp r1, r2
    blo 1b
    ldr r1, =board_bss_start
    ldr r2, =board_bss_end
    movs r3, #0
    b 4f
3:  stmia r1!, {r3}
4:  cmp r1, r2
    blo 3b
#ifdef __ARM_FP
    ldr r0, =0xE000ED88 // CPACR: full access to CP10 and CP11
    ldr r1, [r0]
    ldr r2, =0x00F00000
    orrs r1, r2
    str r1, [r0]
    dsb
    isb
#endif
    bl board_main // does not return
    .ltorg

// All interrupts: board_exception(number, frame). It returns from the
// interrupt by itself, as lr is left alone.
function board_entry
    mov r0, lr
    lsrs r0, r0, #3 // EXC_RETURN bit 2, into the carry: on which stack
    mrs r1, msp
    bcc 1f
    mrs r1, psp
1:  mrs r0, ipsr
    ldr r2, =board_exception
    bx r2
    .ltorg

// An image without BOARD_BREAK has no use for these two.
    .weak irqgc_cortex_m_svcall, irqgc_cortex_m_pendsv
    .thumb_set irqgc_cortex_m_svcall, board_fault_entry
    .thumb_set irqgc_cortex_m_pendsv, board_fault_entry

// Faults: notes what the frame does not hold, and goes over to a stack that is
// still good.
function board_fault_entry
    ldr r0, =board_fault_registers
    stmia r0!, {r4-r7}
    mov r1, r8
    mov r2, r9
    mov r3, r10
    mov r4, r11
    stmia r0!, {r1-r4}
    mrs r1, msp
    mrs r2, psp
    mov r3, lr
    mrs r4, ipsr
    stmia r0!, {r1-r4}
#ifdef __ARM_ARCH_8M_MAIN__
    movs r0, #0
    msr msplim, r0
#endif
    ldr r0, =board_fault_stack_end
    mov sp, r0
    ldr r0, =board_fault_report
    bx r0
    .ltorg

// board_semihosting(operation, arguments)
function board_semihosting
    bkpt #0xAB
    bx lr

// board_spin(n): the compiler sees to it that n is not 0
    .balign 4
function board_spin
    subs r0, r0, #1
    bne board_spin
    bx lr

// board_shot(function, arg, SYST_CSR, its value)
    .balign 4
function board_shot
    push {r4, lr}
    mov r4, r2
    mov r12, r0
    mov r0, r1
    str r3, [r4] // the timer runs
    blx r12      // 1 instruction later
function board_shot_over
    movs r0, #0
    str r0, [r4]
    pop {r4, pc}
function board_shot_end
    nop

    .bss
    .balign 8
    .global board_fault_registers
board_fault_registers:
    .space 12 * 4
    .balign 8
    .space 1024
board_fault_stack_end:

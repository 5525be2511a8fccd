// SPDX-License-Identifier: MIT
//
// Start, the trap entry, and what cannot be said in C.

#define CLINT_MTIMECMP 0x02004000
#define CLINT_MTIME 0x0200BFF8
#define MSTATUS_MIE 8

    .macro function name
    .global \name
    .type \name, @function
\name:
    .endm

    // op = sw or lw: the registers that a callee may change, in a trap's frame
    .macro frame_registers op
    \op ra, 0(sp)
    \op t0, 4(sp)
    \op t1, 8(sp)
    \op t2, 12(sp)
    \op a0, 16(sp)
    \op a1, 20(sp)
    \op a2, 24(sp)
    \op a3, 28(sp)
    \op a4, 32(sp)
    \op a5, 36(sp)
    \op a6, 40(sp)
    \op a7, 44(sp)
    \op t3, 48(sp)
    \op t4, 52(sp)
    \op t5, 56(sp)
    \op t6, 60(sp)
    .endm

    .section .start, "ax"
function board_reset
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    la t0, board_entry
    csrw mtvec, t0
    la t0, board_data_image
    la t1, board_data_start
    la t2, board_data_end
    bgeu t1, t2, 2f
1:  lw t3, 0(t0)
    sw t3, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
    bltu t1, t2, 1b
2:  la t1, board_bss_start
    la t2, board_bss_end
    bgeu t1, t2, 4f
3:  sw zero, 0(t1)
    addi t1, t1, 4
    bltu t1, t2, 3b
4:  call board_main // does not return

// All traps. An interrupt runs board_trap(cause, pc), which may let more
// urgent ones in: what that would overwrite is in the frame. mret enables
// interrupts again.
    .text
    .balign 4
function board_entry
    addi sp, sp, -80
    frame_registers sw
    csrr a0, mcause
    csrr a1, mepc
    csrr t0, mstatus
    csrr t1, mie
    sw a1, 64(sp)
    sw t0, 68(sp)
    sw t1, 72(sp)
    bgez a0, board_fault_entry
    la t0, irqgc_riscv_depth
    lw t1, 0(t0)
    addi t1, t1, 1
    sw t1, 0(t0)
    call board_trap
    csrci mstatus, MSTATUS_MIE
    la t0, irqgc_riscv_depth
    lw t1, 0(t0)
    addi t1, t1, -1
    sw t1, 0(t0)
    lw t0, 64(sp)
    lw t1, 68(sp)
    lw t2, 72(sp)
    csrw mepc, t0
    csrw mstatus, t1 // the masking before, for mret; masked until then
    csrw mie, t2
    frame_registers lw
    addi sp, sp, 80
    mret

// An exception: board_fault_report(cause, frame), on a stack that is still
// good.
board_fault_entry:
    la t0, board_fault_registers
    sw s0, 0(t0)
    sw s1, 4(t0)
    sw s2, 8(t0)
    sw s3, 12(t0)
    sw s4, 16(t0)
    sw s5, 20(t0)
    sw s6, 24(t0)
    sw s7, 28(t0)
    sw s8, 32(t0)
    sw s9, 36(t0)
    sw s10, 40(t0)
    sw s11, 44(t0)
    mv a1, sp
    la sp, board_fault_stack_end
    tail board_fault_report

// board_semihosting(operation, arguments): these three, not compressed, on one
// page
    .balign 16
function board_semihosting
    .option push
    .option norvc
    slli zero, zero, 0x1F
    ebreak
    srai zero, zero, 7
    .option pop
    ret

// board_spin(n): n is not 0
    .balign 4
function board_spin
    addi a0, a0, -1
    bnez a0, board_spin
    ret

// board_shot(function, arg, ticks). mtimecmp is at its largest.
    .balign 4
function board_shot
    addi sp, sp, -16
    sw ra, 12(sp)
    mv t0, a0
    mv a0, a1
    li t1, CLINT_MTIMECMP
    li t2, CLINT_MTIME
    lw a3, 4(t2)
    lw a4, 0(t2)
    add a2, a2, a4  // 5 instructions later the function begins
    sltu a4, a2, a4
    add a3, a3, a4
    sw a2, 0(t1)
    sw a3, 4(t1)
    jalr t0
function board_shot_over
    li t1, CLINT_MTIMECMP
    li t2, -1
    sw t2, 4(t1)
    lw ra, 12(sp)
    addi sp, sp, 16
    ret
function board_shot_end
    nop

    .bss
    .balign 16
    .global board_fault_registers
board_fault_registers:
    .space 12 * 4
    .balign 16
    .space 1024
board_fault_stack_end:

// SPDX-License-Identifier: MIT
//
// Going over to Zephyr's stacks: z_start(main_end, interrupt_end, function).
    .text
    .balign 4
    .global z_start

#ifdef __arm__
    .syntax unified
    .thumb_func
    .type z_start, %function
z_start:
    cpsid i
    msr psp, r0
    movs r3, #2
    msr control, r3
    isb
    msr msp, r1
    cpsie i
    blx r2
    bl board_exit

#else
    .macro frame op
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
    \op s0, 64(sp)
    .endm

z_start:
    csrci mstatus, 8
    la t0, trap
    csrw mtvec, t0
    mv sp, a0
    csrsi mstatus, 8
    jalr a2
    call board_exit

// The first handler leaves main's stack, and its pointer 16 bytes below the
// end of the other. What comes meanwhile stays there.
    .balign 4
trap:
    addi sp, sp, -80
    frame sw
    csrr a0, mcause
    bgez a0, fault
    csrr a1, mepc
    csrr t0, mstatus
    csrr t1, mie
    sw a1, 68(sp)
    sw t0, 72(sp)
    sw t1, 76(sp)
    la s0, _kernel
    lw t0, 0(s0)
    addi t1, t0, 1
    sw t1, 0(s0)
    bnez t0, 1f
    mv t0, sp
    lw sp, 4(s0)
    addi sp, sp, -16
    sw t0, 0(sp)
1:  call board_trap
    csrci mstatus, 8
    lw t0, 0(s0)
    addi t0, t0, -1
    sw t0, 0(s0)
    bnez t0, 2f
    lw sp, 0(sp)
2:  lw t0, 68(sp)
    lw t1, 72(sp)
    lw t2, 76(sp)
    csrw mepc, t0
    csrw mstatus, t1
    csrw mie, t2
    frame lw
    addi sp, sp, 80
    mret

fault:
    frame lw
    addi sp, sp, 80
    j board_entry
#endif

/* Start, traps, and the call into the model for RV32, machine mode, no C library. */
    .section .vectors, "ax"
    .global harness_reset
harness_reset:                  /* QEMU's virt machine starts at the first address of its memory */
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, harness_stack_top
    la t0, harness_trap
    /* The 64 KB below the model's stack may not be touched, by machine mode either: a locked region of the memory
     * protection unit, a power of two in size (Privileged Architecture, "Physical Memory Protection CSRs"). */
    la t1, harness_guard
    srli t1, t1, 2
    li t2, 0x1FFF
    or t1, t1, t2
    li t2, 0x98                 /* locked, power of two, no access */
    .option push
    .option arch, +zicsr
    csrw mtvec, t0
    csrw pmpaddr0, t1
    csrw pmpcfg0, t2
    .option pop
    call harness_start

    .text
    .balign 4
harness_trap:                   /* every trap is a fault: the harness uses none */
    .option push
    .option arch, +zicsr
    csrr a0, mcause
    csrr a1, mepc
    .option pop
    la sp, harness_stack_top
    call harness_fault

    .global port_invoke
port_invoke:
    addi sp, sp, -16
    sw ra, 12(sp)
    sw s0, 8(sp)
    mv s0, sp
    la sp, harness_model_stack_top
    call adapter_invoke
    .global harness_invoke_end
harness_invoke_end:
    mv sp, s0
    lw s0, 8(sp)
    lw ra, 12(sp)
    addi sp, sp, 16
    ret

/* Operation in a0, argument in a1. The three instructions are the call's signature: uncompressed, in one page. */
    .global port_semihosting
    .balign 16
    .option push
    .option norvc
port_semihosting:
    slli zero, zero, 0x1f
    ebreak
    srai zero, zero, 7
    ret
    .option pop

/* Vectors, faults, and the call into the model, for all M-profile cores; Armv6-M instructions only. */
    .syntax unified
    .thumb

    .section .vectors, "a"
    .word harness_stack_top
    .word harness_reset
    .rept 14                    /* every exception is a fault: the harness uses none */
    .word harness_fault_entry
    .endr

    .text
    .thumb_func
    .global harness_fault_entry
harness_fault_entry:
    mrs r0, ipsr
    mrs r2, msp
    movs r1, #0                 /* PC unknown when the stack ran over: the frame was not written */
    ldr r3, =harness_model_stack_limit
    cmp r2, r3
    blo 1f
    ldr r1, [r2, #24]           /* the stacked PC */
1:  ldr r2, =harness_stack_top
    mov sp, r2
    bl harness_fault

    .thumb_func
    .global port_invoke
port_invoke:
    push {r4, lr}
    mov r4, sp
    ldr r0, =harness_model_stack_top
    mov sp, r0
    bl adapter_invoke
    .global harness_invoke_end
harness_invoke_end:
    mov sp, r4
    pop {r4, pc}

    .thumb_func
    .global port_semihosting
port_semihosting:               /* operation in r0, argument in r1 */
    bkpt 0xAB
    bx lr

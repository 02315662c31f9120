/* Vectors, start, and the call into the model for AVRs with 16 bits of stack pointer. */
#include <avr/io.h>

#ifdef __AVR_HAVE_JMP_CALL__
#define JUMP jmp
#define CALL call
#define VECTOR_BYTES 4
#else
#define JUMP rjmp
#define CALL rcall
#define VECTOR_BYTES 2
#endif

    .section .vectors, "ax"
    .rept _VECTORS_SIZE / VECTOR_BYTES  /* the harness enables no interrupt; a jump into the vectors is a restart */
    JUMP harness_reset
    .endr

    .text
    .global harness_reset
harness_reset:
    clr r1
    out _SFR_IO_ADDR(SREG), r1
    ldi r28, lo8(harness_stack_top - 1)
    ldi r29, hi8(harness_stack_top - 1)
    out _SFR_IO_ADDR(SPH), r29
    out _SFR_IO_ADDR(SPL), r28
    /* A cookie that reset does not clear tells a restart from the start. */
    lds r24, harness_cookie
    cpi r24, 0x5A
    brne 1f
    JUMP harness_restarted
1:  ldi r24, 0x5A
    sts harness_cookie, r24
    /* .data from flash */
    ldi r30, lo8(harness_data_load)
    ldi r31, hi8(harness_data_load)
    ldi r26, lo8(harness_data_start)
    ldi r27, hi8(harness_data_start)
    ldi r25, hi8(harness_data_end)
    rjmp 3f
2:  lpm r24, Z+
    st X+, r24
3:  cpi r26, lo8(harness_data_end)
    cpc r27, r25
    brne 2b
    /* .bss */
    ldi r26, lo8(harness_bss_start)
    ldi r27, hi8(harness_bss_start)
    ldi r25, hi8(harness_bss_end)
    rjmp 5f
4:  st X+, r1
5:  cpi r26, lo8(harness_bss_end)
    cpc r27, r25
    brne 4b
    CALL harness_start
    rjmp .-2

/* avr-gcc asks for these of its start files; the code above does their work. */
    .global __do_copy_data
    .global __do_clear_bss
    .set __do_copy_data, 0
    .set __do_clear_bss, 0

/* r28:r29 are saved by whoever is called, so they may hold the old stack pointer. */
    .global port_invoke
port_invoke:
    push r28
    push r29
    in r28, _SFR_IO_ADDR(SPL)
    in r29, _SFR_IO_ADDR(SPH)
    ldi r24, lo8(harness_model_stack_top - 1)
    ldi r25, hi8(harness_model_stack_top - 1)
    out _SFR_IO_ADDR(SPH), r25
    out _SFR_IO_ADDR(SPL), r24
    CALL adapter_invoke
    .global harness_invoke_end
harness_invoke_end:
    out _SFR_IO_ADDR(SPH), r29
    out _SFR_IO_ADDR(SPL), r28
    pop r29
    pop r28
    ret

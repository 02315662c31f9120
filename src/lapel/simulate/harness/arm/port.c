/* What must happen between reset and C's assumptions on an M-profile core.
 * Registers: Armv8-M Architecture Reference Manual, B11 (CPACR, CCR). */
#include "harness.h"
#include "semihosting.h"

#define CCR (*(volatile uint32_t *)0xE000ED14u)
#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_LOB (1u << 19)
#define CPACR_CP10_CP11_FULL (0xFu << 20)

extern uint8_t harness_data_load[], harness_data_start[], harness_data_end[];
extern uint8_t harness_bss_start[], harness_bss_end[];
void harness_reset(void);

void harness_reset(void)
{
    const volatile uint8_t *from = harness_data_load;
    volatile uint8_t *to = harness_data_start;
#ifdef HARNESS_FPU
    CPACR |= CPACR_CP10_CP11_FULL; /* floating point, and with it Helium */
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
#ifdef HARNESS_LOOP_BRANCHES
    CCR |= CCR_LOB;
#endif
#ifdef HARNESS_TRAP_UNALIGNED
    CCR |= CCR_UNALIGN_TRP;
#endif
    while (to < harness_data_end) {
        *to++ = *from++;
    }
    for (to = harness_bss_start; to < harness_bss_end; to++) {
        *to = 0;
    }
    semihosting_open();
    harness_main();
}

/* What must happen between reset and C's assumptions on RV32. */
#include "harness.h"
#include "semihosting.h"

extern uint8_t harness_data_load[], harness_data_start[], harness_data_end[];
extern uint8_t harness_bss_start[], harness_bss_end[];
void harness_start(void);

void harness_start(void)
{
    const volatile uint8_t *from = harness_data_load;
    volatile uint8_t *to = harness_data_start;
    while (to < harness_data_end) {
        *to++ = *from++;
    }
    for (to = harness_bss_start; to < harness_bss_end; to++) {
        *to = 0;
    }
    semihosting_open();
    harness_main();
}

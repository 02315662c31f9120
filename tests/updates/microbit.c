/* A micro:bit (nRF51) as QEMU has it, with its flash controller, for lapel_device.c: the package is in its flash, and each
 * reset is one of the core. What is said goes to the host. */
#include "lapel_device.h"
#include "package.h"

extern uint32_t __bss_start, __bss_end;

int main(void);
void reset(void);
void fault(void);

static int host(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void say(const char *text)
{
    host(4, text);
}

static void say_hex(uint32_t value, int digits)
{
    char text[10];

    text[digits] = 0;
    for (; digits > 0; value >>= 4) {
        text[--digits] = "0123456789abcdef"[value & 15];
    }
    say(text);
}

void fault(void)
{
    say("fault\n");
    host(0x18, (const void *)0x20024);
}

void reset(void)
{
    for (uint32_t *p = &__bss_start; p < &__bss_end; p++) {
        *p = 0;
    }
    main();
    host(0x18, (const void *)0x20026);
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))0x20004000, reset, fault, fault,
};

static uint32_t taken;
static const lapel_update *shown;

uint32_t device_packet(uint8_t *bytes, uint32_t most, int head)
{
    const uint32_t left = (uint32_t)sizeof package - taken, count = left < most ? left : most;

    (void)head;
    for (uint32_t i = 0; i < count; i++) {
        bytes[i] = package[taken++];
    }
    return count;
}

int device_waits(void)
{
    return shown->running == 0 && shown->trouble == LAPEL_UPDATE_OK;
}

/* The sample of the model: the outputs are said when it stays. */
int device_work(lapel_model *model)
{
    const lapel_blob_header *const h = model->blob;
    const uint8_t *from = (const uint8_t *)h + h->sample;
    const lapel_blob_port *port;

    for (uint16_t k = 0; (port = lapel_input_port(model, k)) != 0; k++) {
        for (uint32_t i = 0; i < port->bytes; i++) {
            model->arena[port->place + i] = *from++;
        }
    }
    lapel_invoke(model);
    if (shown->running == 0 || lapel_update_on_trial(shown)) {
        return 1;
    }
    for (uint16_t k = 0; (port = lapel_output_port(model, k)) != 0; k++) {
        for (uint32_t i = 0; i < port->bytes; i++) {
            say_hex(model->arena[port->place + i], 2);
        }
    }
    say("\n");
    return 0;
}

void device_said(lapel_update_status status, const lapel_update *update)
{
    static uint8_t tried;
    const uint8_t confirmed = status == LAPEL_UPDATE_OK && tried && !lapel_update_on_trial(update);

    shown = update;
    say_hex(status, 2);
    say_hex(update->trouble, 2);
    say_hex(update->running, 1);
    say_hex(lapel_update_on_trial(update), 1);
    say(" ");
    tried = lapel_update_on_trial(update);
    if (confirmed) {
        device_reset();
    }
}

void device_reset(void)
{
    *(volatile uint32_t *)0xE000ED0Cu = 0x05FA0004u;
    for (;;) {
    }
}

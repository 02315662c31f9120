/* Input and output through the polled UART, 8N1 at the highest rate: data sheet DS40002061, section 19. A chip without
 * one reads GPIOR1 and writes GPIOR0, which simavr_run passes on. */
#include <avr/io.h>
#include <avr/sleep.h>

#include "harness.h"

extern uint8_t harness_model_stack_limit[], harness_model_stack_top[]; /* from the linker script */
uint8_t harness_cookie __attribute__((section(".noinit")));
void harness_start(void);
void harness_restarted(void);

#ifdef UCSR0A
static void open_port(void)
{
    UBRR0 = 0;
    UCSR0A = 1 << U2X0;
    UCSR0B = (1 << RXEN0) | (1 << TXEN0);
    UCSR0C = (1 << UCSZ01) | (1 << UCSZ00);
    (void)UDR0; /* without this QEMU looks for input only when its main loop wakes up, a second later */
}

static uint8_t read_byte(void)
{
    while (!(UCSR0A & (1 << RXC0))) {
    }
    return UDR0;
}

static void write_byte(uint8_t byte)
{
    while (!(UCSR0A & (1 << UDRE0))) {
    }
    UDR0 = byte;
}
#else
static void open_port(void)
{
}

static uint8_t read_byte(void)
{
    return GPIOR1;
}

static void write_byte(uint8_t byte)
{
    GPIOR0 = byte;
}
#endif

void port_read(uint8_t *dst, uint32_t bytes)
{
    for (uint16_t i = 0; i < (uint16_t)bytes; i++) {
        dst[i] = read_byte();
    }
}

void port_write(const uint8_t *src, uint32_t bytes)
{
    for (uint16_t i = 0; i < (uint16_t)bytes; i++) {
        write_byte(src[i]);
    }
}

void port_exit(int failed)
{
    (void)failed;
    for (;;) { /* sleep with interrupts off: simavr ends there; under QEMU the reader of the UART ends the run */
        sleep_enable();
        sleep_cpu();
    }
}

uint8_t *port_stack_limit(void)
{
    return harness_model_stack_limit;
}

uint8_t *port_stack_top(void)
{
    return harness_model_stack_top;
}

void harness_start(void)
{
    open_port();
    harness_main();
}

void harness_restarted(void)
{
    open_port();
    harness_fault(HARNESS_FAULT_RESTART, 0);
}

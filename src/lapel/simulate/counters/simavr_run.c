/* Runs an AVR firmware under simavr: bytes through the UART, exact cycles and instructions at marker addresses. A chip
 * without a UART gets bytes by reading GPIOR1 and gives them by writing GPIOR0.
 *
 *   simavr_run MCU HZ flash.bin markers.txt in.bin out.bin marks.bin STACK_LIMIT
 *
 * Ends with status 3 when the stack pointer goes below STACK_LIMIT, the address of the lowest byte it may use. */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_gdb.h>

#include "marks.h"
#include "tether.h"

struct uart {
    FILE *in, *out;
    avr_irq_t *input;
    bool ready; /* the receive queue has room */
};

static void on_output(struct avr_irq_t *irq, uint32_t value, void *data)
{
    struct uart *uart = data;
    (void)irq;
    fputc((int)(value & 0xFF), uart->out);
}

static void on_ready(struct avr_irq_t *irq, uint32_t value, void *data)
{
    struct uart *uart = data;
    (void)irq;
    (void)value;
    uart->ready = true;
}

static void on_full(struct avr_irq_t *irq, uint32_t value, void *data)
{
    struct uart *uart = data;
    (void)irq;
    (void)value;
    uart->ready = false;
}

/* Data addresses of the ATtiny25/45/85 (data sheet DS40002311, register summary). */
enum { GPIOR0 = 0x31, GPIOR1 = 0x32 };

static uint8_t on_read(avr_t *avr, avr_io_addr_t addr, void *data)
{
    const struct uart *uart = data;
    const int byte = fgetc(uart->in);
    avr->data[addr] = byte == EOF ? 0 : (uint8_t)byte;
    return avr->data[addr];
}

static void on_write(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *data)
{
    const struct uart *uart = data;
    avr->data[addr] = value;
    fputc(value, uart->out);
}

static void connect(avr_t *avr, struct uart *uart)
{
    uint32_t flags = 0; /* neither sleep while the firmware polls nor print its output */
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart->input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    if (!uart->input) {
        avr_register_io_read(avr, GPIOR1, on_read, uart);
        avr_register_io_write(avr, GPIOR0, on_write, uart);
        return;
    }
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_output, uart);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), on_ready, uart);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), on_full, uart);
}

static void feed(struct uart *uart)
{
    while (uart->ready) {
        const int byte = fgetc(uart->in);
        if (byte == EOF) {
            uart->ready = false;
            return;
        }
        avr_raise_irq(uart->input, (uint32_t)byte);
    }
}

/* The stack pointer is written in two halves with an instruction between: low for that long says nothing. */
enum { SETTLED = 4, STACK_OVERFLOW = 3 };

static int run(avr_t *avr, struct uart *uart, struct marks *marks, unsigned stack_limit)
{
    int state = cpu_Running, low = 0;
    for (uint64_t instructions = 0; state != cpu_Done && state != cpu_Crashed; instructions++) {
        marks_hit(marks, avr->pc, instructions, avr->cycle);
        feed(uart);
        avr->run_cycle_count = 1; /* one instruction a call */
        state = avr_run(avr);
        if (state == cpu_Stopped) { /* by GDB, wherever the stack pointer is just then */
            continue;
        }
        low = (avr->data[R_SPL] | avr->data[R_SPH] << 8) + 1u < stack_limit ? low + 1 : 0;
        if (low == SETTLED) {
            fprintf(stderr, "stack overflow at %x\n", (unsigned)avr->pc);
            return STACK_OVERFLOW;
        }
    }
    if (state == cpu_Crashed) {
        fprintf(stderr, "the core crashed at %x\n", (unsigned)avr->pc);
    }
    return state == cpu_Crashed;
}

/* A flat image: simavr's own ELF reader knows sections by name only, .text and .data. */
static int load_flash(avr_t *avr, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return -1;
    }
    avr_init(avr);
    memset(avr->flash, 0xFF, avr->flashend + 1);
    avr->codeend = (avr_flashaddr_t)fread(avr->flash, 1, avr->flashend + 1, file);
    fclose(file);
    return 0;
}

static void quiet(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr;
    if (level <= LOG_ERROR) {
        vfprintf(stderr, format, arguments);
    }
}

int main(int argc, char **argv)
{
    struct marks marks = {0};
    struct uart uart = {0};
    if (argc != 9 && argc != 10) {
        fprintf(stderr, "usage: simavr_run MCU HZ FLASH MARKERS IN OUT MARKS STACK_LIMIT [GDB_PORT]\n");
        return 2;
    }
    die_with_parent();
    avr_global_logger_set(quiet);
    avr_t *avr = avr_make_mcu_by_name(argv[1]);
    uart.in = fopen(argv[5], "rb");
    uart.out = fopen(argv[6], "wb");
    if (!avr || !uart.in || !uart.out || marks_open(&marks, argv[4], argv[7]) != 0 ||
        load_flash(avr, argv[3]) != 0) {
        fprintf(stderr, "simavr_run: a file or the MCU %s is not there\n", argv[1]);
        return 2;
    }
    avr->frequency = (uint32_t)strtoul(argv[2], NULL, 10);
    connect(avr, &uart);
    if (argc == 10) {
        avr->gdb_port = (int)strtol(argv[9], NULL, 10);
        avr->state = cpu_Stopped;
        avr_gdb_init(avr);
    }
    const int status = run(avr, &uart, &marks, (unsigned)strtoul(argv[8], NULL, 16));
    fclose(uart.out);
    fclose(marks.log);
    return status;
}

/* Runs an AVR firmware under simavr: bytes through the UART, exact cycles and instructions at marker addresses.
 *
 *   simavr_run MCU HZ flash.bin markers.txt in.bin out.bin marks.bin
 */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>

#include "marks.h"

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

static void connect(avr_t *avr, struct uart *uart)
{
    uint32_t flags = 0; /* neither sleep while the firmware polls nor print its output */
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart->input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
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

static int run(avr_t *avr, struct uart *uart, struct marks *marks)
{
    int state = cpu_Running;
    for (uint64_t instructions = 0; state != cpu_Done && state != cpu_Crashed; instructions++) {
        marks_hit(marks, avr->pc, instructions, avr->cycle);
        feed(uart);
        avr->run_cycle_count = 1; /* one instruction a call */
        state = avr_run(avr);
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
    if (argc != 8) {
        fprintf(stderr, "usage: simavr_run MCU HZ FLASH MARKERS IN OUT MARKS\n");
        return 2;
    }
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
    const int crashed = run(avr, &uart, &marks);
    if (crashed) {
        fprintf(stderr, "simavr_run: the core crashed at PC 0x%x\n", (unsigned)avr->pc);
    }
    fclose(uart.out);
    fclose(marks.log);
    return crashed;
}

/* What the generated adapter.c, this harness and its ports for each machine ask of each other. */
#ifndef LAPEL_HARNESS_H
#define LAPEL_HARNESS_H

#include <stdint.h>

/* The adapter: generated beside the model. */
void adapter_reset(void);           /* sets the model's state, if it has one, to its initial values */
void adapter_read_inputs(void);     /* calls harness_read once per model input */
void adapter_invoke(void);          /* one inference; the only code that is counted */
void adapter_write_outputs(void);   /* calls harness_write once per model output */
uint8_t *adapter_arena(void);       /* may be 0 where adapter_arena_bytes() is 0 */
uint32_t adapter_arena_bytes(void);
uint8_t *adapter_further_arena(uint8_t k, uint32_t *bytes); /* in another memory; 0 if there are not so many */

/* The harness, for the adapter and the probes. */
void harness_read(void *dst, uint32_t bytes);
void harness_write(const void *src, uint32_t bytes);
void harness_trace(uint16_t step, uint16_t tensor, const void *data, uint32_t bytes);

/* The harness, for the ports. */
void harness_main(void);
void harness_fault(uint32_t code, uint32_t pc); /* writes the fault record and ends the run */

/* A port: one per machine. */
void port_read(uint8_t *dst, uint32_t bytes);
void port_write(const uint8_t *src, uint32_t bytes);
void port_exit(int failed); /* does not return */
void port_invoke(void);     /* adapter_invoke() on the model's own stack, which is empty */
uint8_t *port_stack_limit(void);
uint8_t *port_stack_top(void);

/* Fault codes beside the machine's own exception numbers, which are below 256. */
enum { HARNESS_FAULT_RESTART = 256, HARNESS_FAULT_INPUT_ENDS = 257, HARNESS_FAULT_REREAD = 258,
       HARNESS_FAULT_REFUSED = 259 };

#endif

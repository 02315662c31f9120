/* Probes of an instruction-counting build for sources of the test bench's own: a label after each step and no
 * instruction. The emulator logs the count when the program counter reaches the label. In generated models the place of
 * the labels is part of what is shipped (with_labels in simulate/firmware.py).
 *
 * A label must not be there twice. GCC duplicates short blocks, and estimates the length of a piece of assembly
 * language by its lines: the empty ones make this one too long. */
#define LAPEL_PROBE_STEP(i) __asm__ volatile("lapel_step_" #i ":\n\n\n\n\n\n\n\n\n\n\n\n" ::: "memory")

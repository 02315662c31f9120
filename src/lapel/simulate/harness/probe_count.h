/* Probes of an instruction-counting build: a label after each step and no instruction, so that what is counted is
 * what is shipped. The emulator logs the count when the program counter reaches the label.
 *
 * A label must not be there twice. GCC duplicates short blocks, and estimates the length of a piece of assembly
 * language by its lines: the empty ones make this one too long. */
#define LAPEL_PROBE_STEP(i) __asm__ volatile("lapel_step_" #i ":\n\n\n\n\n\n\n\n\n\n\n\n" ::: "memory")

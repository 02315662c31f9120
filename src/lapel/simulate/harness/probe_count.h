/* Probes of an instruction-counting build: a label after each step and no instruction, so that what is counted is
 * what is shipped. The emulator logs the count when the program counter reaches the label. */
#define LAPEL_PROBE_STEP(i) __asm__ volatile("lapel_step_" #i ":" ::: "memory")

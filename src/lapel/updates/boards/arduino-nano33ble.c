/* Flash of the nRF52840: pages of 4 KB, words of 4 bytes (product specification, "NVMC"). The slots are the last 256 KB
 * below the first 64 KB from the end, which bootloaders take. The core waits while flash is written. The nRF51 has the
 * same registers, and pages of 1 KB. */
#include "lapel_flash.h"

#ifndef LAPEL_SECTOR_BYTES
#define LAPEL_SECTOR_BYTES 4096u
#endif
#ifndef LAPEL_SLOT_BYTES
#define LAPEL_SLOT_BYTES (112u * 1024u)
#endif
#ifndef LAPEL_SLOTS
#define LAPEL_SLOTS 0x000B0000u
#endif
#define LAPEL_STATES_AT (LAPEL_SLOTS + 2u * LAPEL_SLOT_BYTES)

#define NVMC_READY (*(volatile uint32_t *)0x4001E400u)
#define NVMC_CONFIG (*(volatile uint32_t *)0x4001E504u)
#define NVMC_ERASEPAGE (*(volatile uint32_t *)0x4001E508u)
enum { NVMC_READ = 0, NVMC_WRITE = 1, NVMC_ERASE = 2 };

static void nvmc_mode(uint32_t mode)
{
    while (NVMC_READY == 0) {
    }
    NVMC_CONFIG = mode;
    while (NVMC_READY == 0) {
    }
}

static int flash_read(void *context, uint32_t at, void *to, uint32_t bytes)
{
    const volatile uint8_t *const from = (const volatile uint8_t *)(uintptr_t)at;

    (void)context;
    for (uint32_t i = 0; i < bytes; i++) {
        ((uint8_t *)to)[i] = from[i];
    }
    return 0;
}

static int flash_program(void *context, uint32_t at, const void *from, uint32_t bytes)
{
    volatile uint32_t *const to = (volatile uint32_t *)(uintptr_t)at;

    (void)context;
    nvmc_mode(NVMC_WRITE);
    for (uint32_t i = 0; i < bytes / 4; i++) {
        to[i] = ((const uint32_t *)from)[i];
        while (NVMC_READY == 0) {
        }
    }
    nvmc_mode(NVMC_READ);
    for (uint32_t i = 0; i < bytes / 4; i++) {
        if (to[i] != ((const uint32_t *)from)[i]) {
            return 1;
        }
    }
    return 0;
}

static int flash_erase(void *context, uint32_t at)
{
    (void)context;
    nvmc_mode(NVMC_ERASE);
    NVMC_ERASEPAGE = at;
    nvmc_mode(NVMC_READ);
    return *(volatile uint32_t *)(uintptr_t)at != 0xFFFFFFFFu;
}

const lapel_flash lapel_board_flash = {
    .read = flash_read,
    .program = flash_program,
    .erase = flash_erase,
    .states = LAPEL_STATES_AT,
    .state_bytes = LAPEL_SECTOR_BYTES,
    .slots = {LAPEL_SLOTS, LAPEL_SLOTS + LAPEL_SLOT_BYTES},
    .slot_bytes = LAPEL_SLOT_BYTES,
    .sector_bytes = LAPEL_SECTOR_BYTES,
    .unit_bytes = 4,
    .erased = 0xFF,
    .mapped = {(const uint8_t *)(uintptr_t)LAPEL_SLOTS, (const uint8_t *)(uintptr_t)(LAPEL_SLOTS + LAPEL_SLOT_BYTES)},
};

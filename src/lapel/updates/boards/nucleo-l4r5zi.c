/* Flash of the STM32L4R5 with two banks, as it leaves the factory (DBANK = 1): pages of 4 KB, double words of 8 bytes,
 * each with its ECC (RM0432, "Embedded flash memory"). The slots are in bank 2, so that code in bank 1 runs on while they
 * are written. A double word whose programming was cut off may fail its ECC: reading it raises the NMI, which this file
 * takes, and the read fails, as it has to. */
#include "lapel_flash.h"

#ifndef LAPEL_SECTOR_BYTES
#define LAPEL_SECTOR_BYTES 4096u
#endif
#ifndef LAPEL_SLOT_BYTES
#define LAPEL_SLOT_BYTES (480u * 1024u)
#endif
#ifndef LAPEL_SLOTS
#define LAPEL_SLOTS 0x08100000u
#endif
#define LAPEL_STATES_AT (LAPEL_SLOTS + 2u * LAPEL_SLOT_BYTES)

/* A test on a computer puts them elsewhere. */
#ifndef FLASH_REGISTERS
#define FLASH_REGISTERS 0x40022000u
#endif
#ifndef FLASH_BANK2
#define FLASH_BANK2 0x08100000u
#endif
#define FLASH_ACR (*(volatile uint32_t *)(uintptr_t)(FLASH_REGISTERS + 0x00u))
#define FLASH_KEYR (*(volatile uint32_t *)(uintptr_t)(FLASH_REGISTERS + 0x08u))
#define FLASH_SR (*(volatile uint32_t *)(uintptr_t)(FLASH_REGISTERS + 0x10u))
#define FLASH_CR (*(volatile uint32_t *)(uintptr_t)(FLASH_REGISTERS + 0x14u))
#define FLASH_ECCR (*(volatile uint32_t *)(uintptr_t)(FLASH_REGISTERS + 0x18u))

#define ACR_DCEN (1u << 10)
#define ACR_DCRST (1u << 12)
#define SR_BSY (1u << 16)
#define SR_ERRORS 0x0000C3FAu
#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_PNB(page) ((uint32_t)(page) << 3)
#define CR_BKER (1u << 11)
#define CR_STRT (1u << 16)
#define CR_LOCK (1u << 31)
#define ECCR_ECCD (1u << 31)

void NMI_Handler(void);

static volatile uint8_t flash_torn;

/* Two wrong bits in a double word; of another cause, the reset is the answer to. */
void NMI_Handler(void)
{
    if ((FLASH_ECCR & ECCR_ECCD) == 0) {
        for (;;) {
        }
    }
    FLASH_ECCR |= ECCR_ECCD;
    flash_torn = 1;
}

static int flash_read(void *context, uint32_t at, void *to, uint32_t bytes)
{
    const volatile uint8_t *const from = (const volatile uint8_t *)(uintptr_t)at;

    (void)context;
    flash_torn = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        ((uint8_t *)to)[i] = from[i];
    }
#ifdef __arm__
    __asm__ volatile("dsb" ::: "memory");
#endif
    return flash_torn;
}

static void flash_unlock(void)
{
    while ((FLASH_SR & SR_BSY) != 0) {
    }
    FLASH_SR = SR_ERRORS;
    if ((FLASH_CR & CR_LOCK) != 0) {
        FLASH_KEYR = 0x45670123u;
        FLASH_KEYR = 0xCDEF89ABu;
    }
}

/* Ends an operation. The cache of constants may have what was there before. */
static int flash_done(void)
{
    uint32_t errors;

    while ((FLASH_SR & SR_BSY) != 0) {
    }
    errors = FLASH_SR & SR_ERRORS;
    FLASH_CR = CR_LOCK;
    FLASH_ACR &= ~ACR_DCEN;
    FLASH_ACR |= ACR_DCRST;
    FLASH_ACR &= ~ACR_DCRST;
    FLASH_ACR |= ACR_DCEN;
    return errors != 0;
}

static int flash_program(void *context, uint32_t at, const void *from, uint32_t bytes)
{
    volatile uint32_t *const to = (volatile uint32_t *)(uintptr_t)at;
    const uint32_t *const words = (const uint32_t *)from;

    (void)context;
    (void)bytes; /* one unit: a double word */
    flash_unlock();
    FLASH_CR = CR_PG;
    to[0] = words[0];
#ifdef __arm__
    __asm__ volatile("isb" ::: "memory");
#endif
    to[1] = words[1];
    return flash_done();
}

static int flash_erase(void *context, uint32_t at)
{
    const uint32_t page = (at - FLASH_BANK2) / LAPEL_SECTOR_BYTES;

    (void)context;
    flash_unlock();
    FLASH_CR = CR_PER | CR_PNB(page) | CR_BKER;
    FLASH_CR |= CR_STRT;
    return flash_done();
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
    .unit_bytes = 8,
    .erased = 0xFF,
    .mapped = {(const uint8_t *)(uintptr_t)LAPEL_SLOTS, (const uint8_t *)(uintptr_t)(LAPEL_SLOTS + LAPEL_SLOT_BYTES)},
};

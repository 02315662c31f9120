/* A flash whose power is cut, and a device that updates its model through that: over and over again.
 *
 * powercut MODE UNIT SECTOR SEED CHAINS < three blobs and the deltas from each to the next, each behind its length
 *
 * MODE: "whole" or "delta". First a cut at every program and every erase of one update, then CHAINS of updates with cuts
 * at random, several of them in one recovery. A unit that was cut reads as what was there, as what was to be there, or as
 * anything, each time anew, or not at all. What is not erased by a whole erase since the last reset must not be
 * programmed: the flash ends the program if it is. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "lapel_update.h"

#define MOST (1u << 18)
#define VERSIONS 3
enum { STABLE, TORN };

static uint8_t flash_now[MOST] __attribute__((aligned(16)));
static uint8_t flash_before[MOST], flash_after[MOST], flash_torn[MOST], flash_clean[MOST];
static uint8_t arena[1 << 17] __attribute__((aligned(16)));
static uint32_t unit, sector, size, erases[MOST / 64];
static long until_cut, until_critical, operations, cuts, boots, olds, news;
static int failing; /* 1, 2, 3: read, program, erase fail; 4: programs do nothing, and say that they did */
static jmp_buf power;
static lapel_flash flash;
static uint64_t seed;

static uint32_t draw(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16) % n;
}

static void fail(const char *what, long value)
{
    printf("failed: %s (%ld) after %ld cuts and %ld boots\n", what, value, cuts, boots);
    exit(1);
}

/* Critical: with this unit a state is complete, or with this erase the last other copy of something is gone. */
static int cut(int critical)
{
    operations++;
    return (until_cut > 0 && --until_cut == 0) || (critical && until_critical > 0 && --until_critical == 0);
}

static void torn(uint32_t at, uint32_t bytes, const uint8_t *after)
{
    for (uint32_t i = at; i < at + bytes; i++) {
        flash_before[i] = flash_torn[i] == TORN && draw(2) ? flash_before[i] : flash_now[i];
        flash_after[i] = after != 0 ? after[i - at] : 0xff;
        flash_torn[i] = TORN;
        flash_clean[i] = 0;
    }
    cuts++;
    longjmp(power, 1);
}

static int flash_read(void *context, uint32_t at, void *to, uint32_t bytes)
{
    const uint32_t how = draw(8);
    int any = 0;

    (void)context;
    if (at > size || bytes > size - at) {
        fail("read outside", at);
    }
    for (uint32_t i = at; i < at + bytes; i++) {
        if (flash_torn[i] == TORN) {
            any = 1;
            flash_now[i] = how < 3 ? flash_before[i] : how < 6 ? flash_after[i] : (uint8_t)draw(256);
        }
    }
    memcpy(to, flash_now + at, bytes);
    return failing == 1 || (any && how == 7 && draw(2));
}

static int flash_program(void *context, uint32_t at, const void *from, uint32_t bytes)
{
    (void)context;
    if (bytes != unit || at % unit != 0 || at >= size) {
        fail("no unit", at);
    }
    for (uint32_t i = at; i < at + bytes; i++) {
        if (!flash_clean[i]) {
            fail("programmed without an erase before", at);
        }
    }
    if (cut(at >= flash.states && (at - flash.states) % sector + unit >= 32)) {
        torn(at, bytes, (const uint8_t *)from);
    }
    if (failing == 2 || failing == 4) {
        return failing == 2;
    }
    memcpy(flash_now + at, from, bytes);
    memset(flash_clean + at, 0, bytes);
    return 0;
}

static int flash_erase(void *context, uint32_t at)
{
    (void)context;
    if (at % sector != 0 || at >= size) {
        fail("no sector", at);
    }
    erases[at / sector]++;
    if (cut(at >= flash.states || at % flash.slot_bytes == 0)) {
        torn(at, sector, 0);
    }
    if (failing == 3) {
        return 1;
    }
    memset(flash_now + at, 0xff, sector);
    memset(flash_torn + at, STABLE, sector);
    memset(flash_clean + at, 1, sector);
    return 0;
}

static lapel_flash flash = {flash_read, flash_program, flash_erase, 0, 0, 0, {0, 0}, 0, 0, 0, 0xff, {0, 0}};
static lapel_device device = {&flash, &kernels, "host", 0, 0};
static uint8_t *blobs[VERSIONS], *deltas[VERSIONS];
static uint32_t blob_bytes[VERSIONS], delta_bytes[VERSIONS];
static lapel_update update;
static int delta_mode;
static uint32_t confirmed, sent; /* the last version of which is known that it stays, and that was sent whole */

static void factory(void)
{
    memset(flash_now, 0xff, size);
    memset(flash_torn, STABLE, size);
    memset(flash_clean, 0, size);
    memset(erases, 0, sizeof erases);
    memcpy(flash_now + flash.slots[0], blobs[0], blob_bytes[0]);
    confirmed = sent = 0;
    failing = 0;
}

static void make_package(lapel_package *p, uint32_t version)
{
    const uint32_t k = version % VERSIONS, base = (version + VERSIONS - 1) % VERSIONS;

    memset(p, 0, sizeof *p);
    p->magic = LAPEL_PACKAGE_MAGIC;
    p->version = LAPEL_PACKAGE_VERSION;
    p->header_bytes = sizeof *p;
    p->kind = delta_mode ? LAPEL_DELTA : LAPEL_WHOLE;
    p->payload_bytes = delta_mode ? delta_bytes[base] : blob_bytes[k];
    p->counter = version;
    p->kernels = kernels.number;
    p->blob_bytes = blob_bytes[k];
    p->blob_crc = ((const lapel_blob_header *)(const void *)blobs[k])->crc;
    p->base_crc = ((const lapel_blob_header *)(const void *)blobs[base])->crc;
    strcpy(p->core, "host");
    p->crc = lapel_crc32(0, (const uint8_t *)p, sizeof *p - 4);
}

static lapel_update_status send(uint32_t version)
{
    const uint32_t k = version % VERSIONS, base = (version + VERSIONS - 1) % VERSIONS;
    const uint8_t *bytes = delta_mode ? deltas[base] : blobs[k];
    const uint32_t all = delta_mode ? delta_bytes[base] : blob_bytes[k];
    lapel_package package;
    lapel_update_status status;

    make_package(&package, version);
    status = lapel_update_begin(&update, (const uint8_t *)&package);
    if (status != LAPEL_UPDATE_OK) {
        return status;
    }
    confirmed = version - 1; /* the slot of the one before is gone, so that this one has to stay */
    for (uint32_t done = 0; done < all && status == LAPEL_UPDATE_OK;) {
        const uint32_t some = 1 + draw(100), count = some < all - done ? some : all - done;

        status = lapel_update_write(&update, bytes + done, count);
        done += count;
    }
    sent = version;
    return status == LAPEL_UPDATE_OK ? lapel_update_finish(&update) : status;
}

/* Which version runs; ends the program if it is none that there may be. */
static uint32_t boot(void)
{
    lapel_model model;
    memset(flash_clean, 0, sizeof flash_clean);
    const lapel_update_status status = lapel_update_boot(&update, &device, arena, sizeof arena, &model);

    boots++;
    if (status != LAPEL_UPDATE_OK) {
        fail("no model", status);
    }
    for (uint32_t version = confirmed; version <= sent; version++) {
        const uint32_t k = version % VERSIONS;

        if (memcmp(flash.mapped[update.running], blobs[k], blob_bytes[k]) == 0 && model.blob->bytes == blob_bytes[k]) {
            olds += version == confirmed;
            news += version != confirmed;
            return version;
        }
    }
    fail("another model", update.running);
    return 0;
}

/* One life: the model is confirmed if it is new, or else the next version is got. 1 if the power was not cut. */
static int live(uint32_t last)
{
    volatile int whole = 0;

    if (setjmp(power) == 0) {
        const uint32_t version = boot();

        if (lapel_update_on_trial(&update)) {
            const lapel_update_status status = lapel_update_confirm(&update);

            if (status != LAPEL_UPDATE_OK) {
                fail("not confirmed", status);
            }
            confirmed = version;
        }
        if (version < last) {
            const lapel_update_status status = send(version + 1);

            if (status != LAPEL_UPDATE_OK) {
                fail("not updated", status);
            }
        }
        whole = 1;
    }
    memset(&update, 0xa5, sizeof update);
    return whole;
}

static void every_cut(void)
{
    long all, second;

    factory();
    operations = 0;
    live(1);
    live(1);
    all = operations;
    for (long at = 1; at <= all; at++) {
        factory();
        until_cut = at;
        for (int lives = 0; lives < 2; lives++) {
            live(1);
        }
        until_cut = 0;
        for (int lives = 0; lives < 3; lives++) {
            live(1);
        }
        if (boot() != 1 || lapel_update_on_trial(&update)) {
            fail("an update that does not end", at);
        }
    }
    /* And a second one, in what comes after the first: both near the states, where it matters most. */
    for (long at = 1; at <= all; at = at < 40 || at > all - 40 ? at + 1 : at + all / 37) {
        for (second = 1; second <= 24; second++) {
            factory();
            until_cut = at;
            while (live(1)) {
            }
            until_cut = second;
            live(1);
            live(1);
            until_cut = 0;
            boot();
        }
    }
    printf("%ld operations, ", all);
}

static void failing_drivers(void)
{
    for (int how = 1; how <= 4; how++) {
        lapel_update_status status;

        factory();
        boot();
        failing = how;
        status = send(1);
        if (status == LAPEL_UPDATE_OK) {
            fail("a failure that nobody saw", how);
        }
        sent = 1;
        failing = how == 1 ? 0 : how;
        confirmed = 0;
        if (boot() != 0) {
            fail("another model than before", how);
        }
        failing = 0;
        while (boot() != 1) {
            send(1);
        }
    }
}

static uint8_t *take(uint32_t *bytes)
{
    uint8_t *made;

    if (fread(bytes, 4, 1, stdin) != 1 || (made = malloc(*bytes + 1)) == 0 || fread(made, 1, *bytes, stdin) != *bytes) {
        fail("input", 0);
    }
    return made;
}

int main(int count, char **words)
{
    uint32_t most_state = 0, most_slot = 0, versions = 0;
    long chains;

    if (count != 6) {
        return 2;
    }
    delta_mode = strcmp(words[1], "delta") == 0;
    unit = (uint32_t)atol(words[2]);
    sector = (uint32_t)atol(words[3]);
    seed = 88172645463325252u + (uint64_t)atol(words[4]);
    chains = atol(words[5]);
    for (int k = 0; k < VERSIONS; k++) {
        blobs[k] = take(blob_bytes + k);
        deltas[k] = take(delta_bytes + k);
        flash.slot_bytes = blob_bytes[k] > flash.slot_bytes ? blob_bytes[k] : flash.slot_bytes;
    }
    flash.slot_bytes = (flash.slot_bytes + sector - 1) / sector * sector;
    flash.unit_bytes = (uint16_t)unit;
    flash.sector_bytes = flash.state_bytes = sector;
    flash.states = 2 * flash.slot_bytes;
    flash.slots[1] = flash.slot_bytes;
    size = flash.states + 3 * sector;
    flash.mapped[0] = flash_now;
    flash.mapped[1] = flash_now + flash.slot_bytes;
    if (size > MOST) {
        fail("blobs are too large", size);
    }
    every_cut();
    failing_drivers();
    for (long chain = 0; chain < chains; chain++) {
        const uint32_t often = 2 + draw(40);

        factory();
        for (int lives = 0; lives < 400; lives++) {
            until_cut = draw(4) ? 1 + draw(often) : 1 + draw(4000);
            until_critical = draw(3) ? 1 + draw(5) : 0;
            live(50);
        }
        until_cut = until_critical = 0;
        boot();
        versions += confirmed;
    }
    factory();
    until_cut = 0;
    for (int lives = 0; lives < 101; lives++) {
        live(100);
    }
    for (uint32_t k = 0; k < size / sector; k++) {
        uint32_t *const most = k * sector >= flash.states ? &most_state : &most_slot;

        *most = erases[k] > *most ? erases[k] : *most;
    }
    if (update.state.erases[0] == 0) {
        fail("erases are not counted", 0);
    }
    boot();
    printf("%ld cuts, %ld boots: %ld the old, %ld the new model; %u versions on the way; 100 updates: a slot's sector "
           "was erased %u times, a state's %u, counted %u\n",
           cuts, boots, olds, news, versions, most_slot, most_state, update.state.erases[0] + update.state.erases[1]);
    return 0;
}

/* A device on this computer that is given packages: it says what it answered.
 *
 * packages SIGNED SLOT_BYTES confirm|leave < key, old blob, then packages, each behind its length
 *
 * The flash is that of one device: a package comes to what the ones before it left. A line each: the first status that is
 * not 0 of begin, write and finish; then status, trouble and slot of a reset, and whether the model is on trial; which is
 * then confirmed or left; then status, trouble and slot of another reset. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "lapel_update.h"

#define MOST (1u << 18)

static uint8_t flash_now[MOST] __attribute__((aligned(16)));
static uint8_t arena[1 << 17] __attribute__((aligned(16)));
static lapel_update update;
static lapel_model model;

static int flash_read(void *context, uint32_t at, void *to, uint32_t bytes)
{
    (void)context;
    memcpy(to, flash_now + at, bytes);
    return 0;
}

static int flash_program(void *context, uint32_t at, const void *from, uint32_t bytes)
{
    (void)context;
    memcpy(flash_now + at, from, bytes);
    return 0;
}

static int flash_erase(void *context, uint32_t at)
{
    (void)context;
    memset(flash_now + at, 0xff, 512);
    return 0;
}

static int verify(const void *key, const lapel_package *package, const uint8_t *blob)
{
    uint8_t digest[64];

    if (blob == 0) {
        return crypto_sign_verify_detached(package->signature, (const uint8_t *)package, LAPEL_PACKAGE_SIGNED, key) == 0;
    }
    crypto_hash_sha512(digest, blob, package->blob_bytes);
    return memcmp(digest, package->digest, sizeof digest) == 0;
}

static uint8_t *take(uint32_t *bytes)
{
    uint8_t *made;

    if (fread(bytes, 4, 1, stdin) != 1) {
        return 0;
    }
    made = malloc(*bytes + sizeof(lapel_package));
    if (made == 0 || fread(made, 1, *bytes, stdin) != *bytes) {
        exit(2);
    }
    return made;
}

static lapel_update_status receive(const uint8_t *package, uint32_t bytes)
{
    lapel_update_status status = lapel_update_begin(&update, package);

    for (uint32_t done = sizeof(lapel_package); status == LAPEL_UPDATE_OK && done < bytes; done++) {
        status = lapel_update_write(&update, package + done, 1);
    }
    return status == LAPEL_UPDATE_OK ? lapel_update_finish(&update) : status;
}

int main(int count, char **words)
{
    lapel_flash flash = {flash_read, flash_program, flash_erase, 0, 0, 512, {0, 0}, 0, 512, 8, 0xff, {0, 0}};
    lapel_device device = {&flash, &kernels, "host", 0, 0};
    uint32_t bytes, old_bytes;
    uint8_t *package, *old;

    device.key = take(&bytes);
    old = take(&old_bytes);
    if (count != 4 || old == 0) {
        return 2;
    }
    device.verify = atoi(words[1]) ? verify : 0;
    flash.slot_bytes = (uint32_t)atol(words[2]);
    flash.slots[1] = flash.slot_bytes;
    flash.states = 2 * flash.slot_bytes;
    flash.mapped[0] = flash_now;
    flash.mapped[1] = flash_now + flash.slot_bytes;
    memset(flash_now, 0xff, sizeof flash_now);
    memcpy(flash_now, old, old_bytes);
    while ((package = take(&bytes)) != 0) {
        lapel_update_status answer, status = lapel_update_boot(&update, &device, arena, sizeof arena, &model);

        answer = status == LAPEL_UPDATE_OK ? receive(package, bytes) : status;
        status = lapel_update_boot(&update, &device, arena, sizeof arena, &model);
        printf("%d %d %d %d %d", answer, status, update.trouble, update.running, lapel_update_on_trial(&update));
        if (lapel_update_on_trial(&update) && strcmp(words[3], "confirm") == 0) {
            status = lapel_update_confirm(&update);
        }
        status = lapel_update_boot(&update, &device, arena, sizeof arena, &model);
        printf(" %d %d %d\n", status, update.trouble, update.running);
        free(package);
    }
    free(old);
    free((void *)device.key);
    return 0;
}

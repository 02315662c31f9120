#include "update.h"

#include <stddef.h>

#include "crc.h"
#include "memory.h"

/* Bytes of a blob that are read at a time for its CRC. */
#define LAPEL_PIECE 64

#define LAPEL_SEALS 2

static uint32_t lapel_state_at(const lapel_flash *flash, uint8_t k)
{
    return flash->states + k * flash->state_bytes;
}

static uint8_t lapel_same(const void *a, const void *b, uint32_t bytes)
{
    const uint8_t *const x = (const uint8_t *)a, *const y = (const uint8_t *)b;
    uint8_t differ = 0;

    for (uint32_t k = 0; k < bytes; k++) {
        differ |= x[k] ^ y[k];
    }
    return differ == 0;
}

static uint8_t lapel_apart(uint32_t a, uint32_t a_bytes, uint32_t b, uint32_t b_bytes)
{
    return a < b ? b - a >= a_bytes : a - b >= b_bytes;
}

/* Where a sector of the state has its seal: two units, programmed one after the other when all before is complete. */
static uint32_t lapel_seal_offset(const lapel_flash *flash)
{
    const uint32_t unit = flash->unit_bytes;

    return ((uint32_t)sizeof(lapel_update_state) + unit - 1) / unit * unit;
}

static uint8_t lapel_check_flash(const lapel_flash *f)
{
    const uint32_t unit = f->unit_bytes, states = LAPEL_STATES * f->state_bytes;

    return unit > 0 && unit <= LAPEL_UPDATE_UNIT && (unit & (unit - 1)) == 0 && f->sector_bytes != 0 &&
           f->sector_bytes % unit == 0 && f->state_bytes % unit == 0 &&
           f->state_bytes >= lapel_seal_offset(f) + LAPEL_SEALS * unit && f->slot_bytes != 0 &&
           f->slot_bytes % f->sector_bytes == 0 &&
           lapel_apart(f->slots[0], f->slot_bytes, f->slots[1], f->slot_bytes) &&
           lapel_apart(f->states, states, f->slots[0], f->slot_bytes) &&
           lapel_apart(f->states, states, f->slots[1], f->slot_bytes);
}

static lapel_update_status lapel_failed(lapel_update *u, lapel_update_status status, uint32_t at)
{
    u->at = at;
    return status;
}

static lapel_update_status lapel_erase(lapel_update *u, uint32_t at)
{
    const lapel_flash *const flash = u->device->flash;

    return flash->erase(flash->context, at) == 0 ? LAPEL_UPDATE_OK : lapel_failed(u, LAPEL_UPDATE_ERASE_FAILED, at);
}

static lapel_update_status lapel_program(lapel_update *u, uint32_t at)
{
    const lapel_flash *const flash = u->device->flash;

    if (flash->program(flash->context, at, u->unit, flash->unit_bytes) != 0) {
        return lapel_failed(u, LAPEL_UPDATE_PROGRAM_FAILED, at);
    }
    return LAPEL_UPDATE_OK;
}

/* Units of the seal whose programming has begun. What stands before those is complete, whatever they read as. */
static uint8_t lapel_seal(lapel_update *u, uint8_t k)
{
    const lapel_flash *const flash = u->device->flash;
    const uint32_t at = lapel_state_at(flash, k) + lapel_seal_offset(flash);
    uint8_t *const seal = (uint8_t *)u->unit;
    uint8_t found = 0;

    for (uint8_t unit = 0; unit < LAPEL_SEALS; unit++) {
        const uint32_t from = at + unit * (uint32_t)flash->unit_bytes;
        uint8_t other = flash->read(flash->context, from, seal, flash->unit_bytes) != 0;

        for (uint16_t i = 0; i < flash->unit_bytes; i++) {
            other |= seal[i] ^ flash->erased;
        }
        found = other != 0 ? (uint8_t)(unit + 1) : found;
    }
    return found;
}

/* The state of a sector, and how much it counts for: 0 if it is none, or cannot be read; sealed ones, then newer. */
static uint64_t lapel_read_state(lapel_update *u, uint8_t k, lapel_update_state *state, uint8_t *failures)
{
    const lapel_flash *const flash = u->device->flash;
    const uint32_t at = lapel_state_at(flash, k);

    if (flash->read(flash->context, at, state, sizeof *state) != 0) {
        u->at = at;
        (*failures)++;
        return 0;
    }
    if (state->magic != LAPEL_STATE_MAGIC || state->current > 1 ||
        state->crc != lapel_crc32(0, (const uint8_t *)state, offsetof(lapel_update_state, crc))) {
        return 0;
    }
    return (uint64_t)(lapel_seal(u, k) != 0) << 32 | state->number;
}

/* The state that holds: that which counts most; before there was one, a model in the first slot, or in the second. 1:
 * it is sealed whole, so that it is read the next time, too. */
static uint8_t lapel_read_states(lapel_update *u)
{
    lapel_update_state read;
    uint64_t most = 0;
    uint8_t failures = 0, whole = 1;

    memset(&u->state, 0, sizeof u->state);
    u->state.magic = LAPEL_STATE_MAGIC;
    u->state.spare = 1;
    for (uint8_t k = 0; k < LAPEL_STATES; k++) {
        const uint64_t counts = lapel_read_state(u, k, &read, &failures);

        if (counts > most) {
            most = counts;
            u->state = read;
            whole = lapel_seal(u, k) == LAPEL_SEALS;
        }
    }
    return whole;
}

static lapel_update_status lapel_write_state(lapel_update *u, uint8_t k, const lapel_update_state *state)
{
    const lapel_flash *const flash = u->device->flash;
    const uint32_t at = lapel_state_at(flash, k), unit = flash->unit_bytes;
    lapel_update_state back;
    lapel_update_status status = lapel_erase(u, at);

    for (uint32_t done = 0; status == LAPEL_UPDATE_OK && done < sizeof *state; done += unit) {
        const uint32_t left = (uint32_t)sizeof *state - done;

        memset(u->unit, flash->erased, unit);
        memcpy(u->unit, (const uint8_t *)state + done, left < unit ? left : unit);
        status = lapel_program(u, at + done);
    }
    if (status != LAPEL_UPDATE_OK) {
        return status;
    }
    if (flash->read(flash->context, at, &back, sizeof back) != 0 || !lapel_same(&back, state, sizeof back)) {
        return lapel_failed(u, LAPEL_UPDATE_PROGRAM_FAILED, at);
    }
    for (uint8_t seal = 0; status == LAPEL_UPDATE_OK && seal < LAPEL_SEALS; seal++) {
        memset(u->unit, (uint8_t)~flash->erased, unit);
        status = lapel_program(u, at + lapel_seal_offset(flash) + seal * unit);
    }
    if (status == LAPEL_UPDATE_OK && lapel_seal(u, k) != LAPEL_SEALS) {
        status = lapel_failed(u, LAPEL_UPDATE_PROGRAM_FAILED, at);
    }
    return status;
}

/* A new state, in the sector that counts least: so the one that holds is whole all the time, and the one before it.
 * docs/SPEC.md says what power cuts can do to that. */
static lapel_update_status lapel_commit(lapel_update *u, lapel_update_state next)
{
    uint64_t least = UINT64_MAX;
    uint8_t target = 0, failures = 0;
    lapel_update_state read;
    lapel_update_status status;

    next.number = 0;
    for (uint8_t k = 0; k < LAPEL_STATES; k++) {
        const uint64_t counts = lapel_read_state(u, k, &read, &failures);

        next.number = (uint32_t)counts > next.number ? (uint32_t)counts : next.number;
        if (counts < least) {
            least = counts;
            target = k;
        }
    }
    if (failures == LAPEL_STATES) {
        return LAPEL_UPDATE_READ_FAILED;
    }
    next.number++;
    next.crc = lapel_crc32(0, (const uint8_t *)&next, offsetof(lapel_update_state, crc));
    status = lapel_write_state(u, target, &next);
    if (status == LAPEL_UPDATE_OK) {
        u->state = next;
    }
    return status;
}

/* The header of the blob in a slot, and whether all its bytes have its CRC. */
static lapel_update_status lapel_read_blob(lapel_update *u, uint8_t slot, lapel_blob_header *head)
{
    const lapel_flash *const flash = u->device->flash;
    const uint32_t from = (uint32_t)(offsetof(lapel_blob_header, crc) + sizeof head->crc);
    uint8_t piece[LAPEL_PIECE];
    uint32_t at = flash->slots[slot], left, crc = 0;

    if (flash->read(flash->context, at, head, sizeof *head) != 0) {
        return lapel_failed(u, LAPEL_UPDATE_READ_FAILED, at);
    }
    if (head->magic != LAPEL_BLOB_MAGIC || head->bytes < sizeof *head || head->bytes > flash->slot_bytes) {
        return lapel_failed(u, LAPEL_UPDATE_DAMAGED, at);
    }
    at += from;
    for (left = head->bytes - from; left > 0;) {
        const uint32_t count = left < sizeof piece ? left : (uint32_t)sizeof piece;

        if (flash->read(flash->context, at, piece, count) != 0) {
            return lapel_failed(u, LAPEL_UPDATE_READ_FAILED, at);
        }
        crc = lapel_crc32(crc, piece, count);
        at += count;
        left -= count;
    }
    return crc == head->crc ? LAPEL_UPDATE_OK : lapel_failed(u, LAPEL_UPDATE_DAMAGED, flash->slots[slot]);
}

/* The model of a slot, loaded, and tested if it is not the one that runs here since long. */
static lapel_update_status lapel_try(lapel_update *u, uint8_t slot, void *arena, uint32_t arena_bytes,
                                     lapel_model *model)
{
    lapel_blob_header head;
    const lapel_update_status status = lapel_read_blob(u, slot, &head);
    const LAPEL_ROM uint8_t *const blob = u->device->flash->mapped[slot];

    if (status != LAPEL_UPDATE_OK) {
        return status;
    }
    u->load = (uint8_t)lapel_load(blob, head.bytes, arena, arena_bytes, u->device->kernels, model);
    if (u->load != LAPEL_OK) {
        return lapel_failed(u, LAPEL_UPDATE_REFUSED, model->offset);
    }
    if (slot != u->state.current && lapel_self_test(model) == LAPEL_TEST_FAILED) {
        return LAPEL_UPDATE_SELF_TEST;
    }
    u->running = slot;
    return LAPEL_UPDATE_OK;
}

lapel_update_status lapel_update_boot(lapel_update *u, const lapel_device *device, void *arena, uint32_t arena_bytes,
                                      lapel_model *model)
{
    lapel_update_state next;
    lapel_update_status status;
    uint8_t other, tried = 0;

    memset(u, 0, sizeof *u);
    u->device = device;
    u->running = LAPEL_NO_SLOT;
    if (!lapel_check_flash(device->flash)) {
        return LAPEL_UPDATE_BAD_FLASH;
    }
    if (!lapel_read_states(u)) {
        /* A reset came while it was sealed: from now on it holds. */
        u->trouble = (uint8_t)lapel_commit(u, u->state);
    }
    other = u->state.current ^ 1u;
    next = u->state;
    if (next.stage == LAPEL_READY) {
        /* First it is written down that the new model is started: whatever it does then, the next reset knows. */
        next.stage = LAPEL_TRIED;
        status = lapel_commit(u, next);
        tried = status == LAPEL_UPDATE_OK;
        if (tried) {
            status = lapel_try(u, other, arena, arena_bytes, model);
            if (status == LAPEL_UPDATE_OK) {
                return status;
            }
        }
        u->trouble = (uint8_t)status;
    } else if (next.stage == LAPEL_TRIED) {
        u->trouble = LAPEL_UPDATE_NOT_CONFIRMED;
    }
    status = lapel_try(u, u->state.current, arena, arena_bytes, model);
    if (status == LAPEL_UPDATE_OK) {
        if (u->state.stage == LAPEL_TRIED) {
            next.stage = LAPEL_IDLE;
            next.spare = u->trouble == LAPEL_UPDATE_NOT_CONFIRMED;
            status = lapel_commit(u, next);
            u->trouble = status == LAPEL_UPDATE_OK ? u->trouble : (uint8_t)status;
        }
        return LAPEL_UPDATE_OK;
    }
    u->trouble = (uint8_t)status;
    if (tried || !u->state.spare || lapel_try(u, other, arena, arena_bytes, model) != LAPEL_UPDATE_OK) {
        return LAPEL_UPDATE_NO_MODEL;
    }
    return LAPEL_UPDATE_OK;
}

uint8_t lapel_update_on_trial(const lapel_update *u)
{
    return u->state.stage == LAPEL_TRIED && u->running == (u->state.current ^ 1u);
}

lapel_update_status lapel_update_confirm(lapel_update *u)
{
    lapel_update_state next = u->state;

    if (!lapel_update_on_trial(u)) {
        return LAPEL_UPDATE_NO_TRIAL;
    }
    next.current = u->running;
    next.stage = LAPEL_IDLE;
    next.spare = 1;
    next.floor = next.pending > next.floor ? next.pending : next.floor;
    return lapel_commit(u, next);
}

/* Whether the package is for this device. */
static lapel_update_status lapel_check_package(lapel_update *u)
{
    const lapel_package *const p = &u->package;
    const lapel_device *const device = u->device;
    uint8_t any = 0;

    if (p->magic != LAPEL_PACKAGE_MAGIC) {
        return LAPEL_UPDATE_NO_PACKAGE;
    }
    if (p->version != LAPEL_PACKAGE_VERSION || p->header_bytes != sizeof *p || p->kind > LAPEL_DELTA) {
        return LAPEL_UPDATE_NEWER;
    }
    if (p->crc != lapel_crc32(0, (const uint8_t *)p, offsetof(lapel_package, crc))) {
        return LAPEL_UPDATE_NO_PACKAGE;
    }
    for (uint8_t k = 0; k < sizeof p->core; k++) {
        if (p->core[k] != device->core[k]) {
            return LAPEL_UPDATE_OTHER_CORE;
        }
        if (p->core[k] == 0) {
            break;
        }
    }
    if (p->kernels != device->kernels->number) {
        return LAPEL_UPDATE_OTHER_KERNELS;
    }
    if (p->blob_bytes > device->flash->slot_bytes) {
        return LAPEL_UPDATE_SLOT_TOO_SMALL;
    }
    for (uint8_t k = 0; k < sizeof p->signature; k++) {
        any |= p->signature[k];
    }
    if (device->verify == 0 ? any != 0 : any == 0) {
        return device->verify == 0 ? LAPEL_UPDATE_NO_KEY : LAPEL_UPDATE_UNSIGNED;
    }
    if (device->verify != 0 && device->verify(device->key, p, 0) != 1) {
        return LAPEL_UPDATE_FORGED;
    }
    return p->counter < u->state.floor ? LAPEL_UPDATE_OLDER : LAPEL_UPDATE_OK;
}

static uint8_t lapel_free_slot(const lapel_update *u)
{
    return (u->running == LAPEL_NO_SLOT ? u->state.current : u->running) ^ 1u;
}

static int lapel_read_old(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const lapel_update *const u = (const lapel_update *)context;
    const lapel_flash *const flash = u->device->flash;

    return flash->read(flash->context, flash->slots[u->running] + offset, bytes, count);
}

/* A delta's start: its base has to be the model that runs. */
static lapel_update_status lapel_begin_delta(lapel_update *u)
{
    lapel_blob_header head;

    if (u->running == LAPEL_NO_SLOT || lapel_read_blob(u, u->running, &head) != LAPEL_UPDATE_OK ||
        head.crc != u->package.base_crc) {
        return LAPEL_UPDATE_OTHER_BASE;
    }
    lapel_delta_begin(&u->delta, lapel_read_old, u, head.bytes);
    return LAPEL_UPDATE_OK;
}

lapel_update_status lapel_update_begin(lapel_update *u, const uint8_t *package)
{
    const lapel_flash *const flash = u->device->flash;
    const uint8_t slot = lapel_free_slot(u);
    lapel_update_state next = u->state;
    lapel_update_status status;

    u->open = 0;
    if (lapel_update_on_trial(u)) {
        return LAPEL_UPDATE_ON_TRIAL;
    }
    memcpy(&u->package, package, sizeof u->package);
    status = lapel_check_package(u);
    if (status == LAPEL_UPDATE_OK && u->package.kind == LAPEL_DELTA) {
        status = lapel_begin_delta(u);
    }
    if (status != LAPEL_UPDATE_OK) {
        return status;
    }
    /* What runs is all that there is from now on: written down before the first erase, here and now. What was read may
     * have been half-written by a reset, and read otherwise the next time. */
    next.current = slot ^ 1u;
    next.stage = LAPEL_IDLE;
    next.spare = 0;
    next.erases[slot]++;
    status = lapel_commit(u, next);
    for (uint32_t done = 0; status == LAPEL_UPDATE_OK && done < u->package.blob_bytes; done += flash->sector_bytes) {
        status = lapel_erase(u, flash->slots[slot] + done);
    }
    u->taken = u->written = u->filled = 0;
    u->open = status == LAPEL_UPDATE_OK;
    return status;
}

/* Bytes of the new blob on their way to the slot, a unit at a time. 0: taken. */
static int lapel_sink(void *context, const uint8_t *bytes, uint32_t count)
{
    lapel_update *const u = (lapel_update *)context;
    const lapel_flash *const flash = u->device->flash;

    for (; count > 0; count--) {
        if (u->written == u->package.blob_bytes) {
            return LAPEL_UPDATE_TOO_MUCH;
        }
        ((uint8_t *)u->unit)[u->filled++] = *bytes++;
        u->written++;
        if (u->filled == flash->unit_bytes) {
            const uint32_t at = flash->slots[lapel_free_slot(u)] + u->written - u->filled;
            const lapel_update_status status = lapel_program(u, at);

            u->filled = 0;
            if (status != LAPEL_UPDATE_OK) {
                return status;
            }
        }
    }
    return LAPEL_UPDATE_OK;
}

static lapel_update_status lapel_take(lapel_update *u, const uint8_t *bytes, uint32_t count)
{
    u->at = 0;
    if (count > u->package.payload_bytes - u->taken) {
        return LAPEL_UPDATE_TOO_MUCH;
    }
    u->taken += count;
    if (u->package.kind == LAPEL_WHOLE) {
        return (lapel_update_status)lapel_sink(u, bytes, count);
    }
    switch (lapel_delta_push(&u->delta, bytes, count, lapel_sink, u)) {
    case LAPEL_DELTA_OK:
        return LAPEL_UPDATE_OK;
    case LAPEL_DELTA_SINK:
        return u->at != 0 ? LAPEL_UPDATE_PROGRAM_FAILED : LAPEL_UPDATE_TOO_MUCH;
    case LAPEL_DELTA_READ:
        return LAPEL_UPDATE_READ_FAILED;
    default:
        return LAPEL_UPDATE_BAD_DELTA;
    }
}

lapel_update_status lapel_update_write(lapel_update *u, const uint8_t *bytes, uint32_t count)
{
    lapel_update_status status = LAPEL_UPDATE_NOT_BEGUN;

    if (u->open) {
        status = lapel_take(u, bytes, count);
        u->open = status == LAPEL_UPDATE_OK;
    }
    return status;
}

/* What is in the slot now is what the package said. */
static lapel_update_status lapel_check_slot(lapel_update *u, uint8_t slot)
{
    const lapel_package *const p = &u->package;
    const lapel_device *const device = u->device;
    const LAPEL_ROM uint8_t *const blob = device->flash->mapped[slot];
    lapel_blob_header head;
    const lapel_update_status status = lapel_read_blob(u, slot, &head);

    if (status != LAPEL_UPDATE_OK) {
        return status;
    }
    if (head.bytes != p->blob_bytes || head.crc != p->blob_crc || head.kernels != p->kernels) {
        return LAPEL_UPDATE_DAMAGED;
    }
    if (head.slot != 0 && head.slot != (uint32_t)(uintptr_t)blob) {
        return LAPEL_UPDATE_OTHER_SLOT;
    }
    return device->verify != 0 && device->verify(device->key, p, blob) != 1 ? LAPEL_UPDATE_FORGED : LAPEL_UPDATE_OK;
}

lapel_update_status lapel_update_finish(lapel_update *u)
{
    const lapel_flash *const flash = u->device->flash;
    const uint8_t slot = lapel_free_slot(u);
    lapel_update_state next = u->state;
    lapel_update_status status = LAPEL_UPDATE_OK;

    if (!u->open) {
        return LAPEL_UPDATE_NOT_BEGUN;
    }
    u->open = 0;
    if (u->taken != u->package.payload_bytes) {
        return LAPEL_UPDATE_TRUNCATED;
    }
    if (u->package.kind == LAPEL_DELTA && lapel_delta_end(&u->delta) != LAPEL_DELTA_OK) {
        return LAPEL_UPDATE_BAD_DELTA;
    }
    if (u->written != u->package.blob_bytes) {
        return LAPEL_UPDATE_TRUNCATED;
    }
    if (u->filled != 0) {
        memset((uint8_t *)u->unit + u->filled, flash->erased, (size_t)(flash->unit_bytes - u->filled));
        status = lapel_program(u, flash->slots[slot] + u->written - u->filled);
    }
    if (status == LAPEL_UPDATE_OK) {
        status = lapel_check_slot(u, slot);
    }
    if (status == LAPEL_UPDATE_OK) {
        next.stage = LAPEL_READY;
        next.spare = 1;
        next.pending = u->package.counter;
        status = lapel_commit(u, next);
    }
    return status;
}

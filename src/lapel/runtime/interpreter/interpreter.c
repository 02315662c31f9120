#include "interpreter.h"

#include <stddef.h>

#include "facts.h"
#include "memory.h"

/* What takes time are kernels: small, not fast. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("Os")
#endif

static lapel_status lapel_refuse(lapel_model *model, lapel_status status, uint32_t offset)
{
    model->offset = offset;
    return status;
}

/* 1 if `count` entries of `size` bytes from `offset` on are in the blob, behind its header, and aligned. */
static uint8_t lapel_has_table(const LAPEL_ROM lapel_blob_header *h, uint32_t offset, uint16_t count, uint8_t size)
{
    const uint32_t need = (uint32_t)count * size;

    return (offset & 3u) == 0 && offset >= sizeof *h && offset <= h->bytes && need <= h->bytes - offset;
}

/* 1 if `bytes` from `offset` on are among `all`. */
static uint8_t lapel_within(uint32_t offset, uint32_t bytes, uint32_t all)
{
    return offset <= all && bytes <= all - offset;
}

static const LAPEL_ROM uint8_t *lapel_blob_at(const lapel_model *model, uint32_t offset)
{
    return (const LAPEL_ROM uint8_t *)model->blob + offset;
}

static const LAPEL_ROM lapel_blob_step *lapel_steps(const lapel_model *model)
{
    return (const LAPEL_ROM lapel_blob_step *)lapel_blob_at(model, model->blob->steps);
}

static const LAPEL_ROM uint32_t *lapel_operands(const lapel_model *model)
{
    return (const LAPEL_ROM uint32_t *)lapel_blob_at(model, model->blob->operands);
}

static const LAPEL_ROM lapel_blob_port *lapel_ports(const lapel_model *model)
{
    return (const LAPEL_ROM lapel_blob_port *)lapel_blob_at(model, model->blob->ports);
}

/* What the blob is, and what for. */
static lapel_status lapel_check_kind(lapel_model *model, uint32_t bytes)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;

    if (bytes < sizeof *h) {
        return lapel_refuse(model, LAPEL_TRUNCATED, bytes);
    }
    if (h->magic != LAPEL_BLOB_MAGIC) {
        return lapel_refuse(model, LAPEL_NO_BLOB, 0);
    }
    if (h->version != LAPEL_BLOB_VERSION || h->header_bytes != sizeof *h) {
        return lapel_refuse(model, LAPEL_NEWER, offsetof(lapel_blob_header, version));
    }
    if (h->bytes < sizeof *h || h->bytes > bytes || h->bytes > UINTPTR_MAX - (uintptr_t)h) {
        return lapel_refuse(model, LAPEL_TRUNCATED, offsetof(lapel_blob_header, bytes));
    }
    if (h->kernels != model->kernels->number) {
        return lapel_refuse(model, LAPEL_OTHER_KERNELS, offsetof(lapel_blob_header, kernels));
    }
    return LAPEL_OK;
}

/* Whether it may lie where it does, and the arena. */
static lapel_status lapel_check_places(lapel_model *model, uint32_t arena_bytes)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;
    const uintptr_t slot = (uintptr_t)h, arena = (uintptr_t)model->arena;

    model->need = h->arena_bytes;
    if (slot % model->kernels->align != 0 || arena % model->kernels->align != 0) {
        return lapel_refuse(model, LAPEL_MISALIGNED, offsetof(lapel_blob_header, arena_bytes));
    }
    if (h->slot != 0 ? h->slot != (uint32_t)slot : LAPEL_LINKED_ALONE) {
        return lapel_refuse(model, LAPEL_OTHER_SLOT, offsetof(lapel_blob_header, slot));
    }
    if (h->arena != 0 && (h->slot == 0 || h->arena != (uint32_t)arena)) {
        return lapel_refuse(model, LAPEL_OTHER_SLOT, offsetof(lapel_blob_header, arena));
    }
    if (h->arena_bytes > arena_bytes) {
        return lapel_refuse(model, LAPEL_ARENA_TOO_SMALL, offsetof(lapel_blob_header, arena_bytes));
    }
    return LAPEL_OK;
}

/* 1 if the kernel may be given this operand: what it writes is in the arena, and a stream is one. */
static uint8_t lapel_check_operand(const lapel_model *model, uint32_t place, uint8_t written, uint8_t stream)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;

    if (stream || place == LAPEL_STREAMED) {
        return stream && place == LAPEL_STREAMED && h->input_count == 1 && lapel_ports(model)->place == place;
    }
    if ((place & LAPEL_IN_BLOB) == 0) {
        return place < h->arena_bytes && place < LAPEL_STREAMED; /* as lapel_operand takes it */
    }
    return !written && !LAPEL_LINKED_ALONE && (place & ~LAPEL_IN_BLOB) < h->bytes;
}

/* One step: its kernel, its operands, and what the kernel asks of its params. */
static lapel_status lapel_check_step(lapel_model *model, const LAPEL_ROM lapel_blob_step *step, uint32_t at)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;
    const LAPEL_ROM lapel_kernel_entry *entry;
    lapel_bounds bounds;

    if (step->kernel >= model->kernels->count) {
        return lapel_refuse(model, LAPEL_BAD_STEP, at);
    }
    entry = model->kernels->entries + step->kernel;
    if (step->first_operand > h->operand_count || entry->operands > h->operand_count - step->first_operand) {
        return lapel_refuse(model, LAPEL_BAD_STEP, at);
    }
    bounds.operands = lapel_operands(model) + step->first_operand;
    for (uint8_t k = 0; k < entry->operands; k++) {
        if (!lapel_check_operand(model, bounds.operands[k], k < entry->outputs, k + 1 == entry->stream)) {
            return lapel_refuse(model, LAPEL_BAD_OPERAND, h->operands + 4u * (step->first_operand + (uint32_t)k));
        }
    }
    if (step->params % entry->params_align != 0 || !lapel_within(step->params, entry->params_bytes, h->bytes)) {
        return lapel_refuse(model, LAPEL_BAD_STEP, at);
    }
    bounds.h = h;
    bounds.params = lapel_blob_at(model, step->params);
    if (!lapel_proven(entry->facts, &bounds)) {
        return lapel_refuse(model, LAPEL_BAD_PARAMS, step->params);
    }
    return LAPEL_OK;
}

static lapel_status lapel_check_steps(lapel_model *model)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;

    if (!lapel_has_table(h, h->steps, h->step_count, sizeof(lapel_blob_step))) {
        return lapel_refuse(model, LAPEL_BAD_TABLE, offsetof(lapel_blob_header, steps));
    }
    if (!lapel_has_table(h, h->operands, h->operand_count, sizeof(uint32_t))) {
        return lapel_refuse(model, LAPEL_BAD_TABLE, offsetof(lapel_blob_header, operands));
    }
    for (uint16_t k = 0; k < h->step_count; k++) {
        const lapel_status status =
            lapel_check_step(model, lapel_steps(model) + k, h->steps + (uint32_t)(k * sizeof(lapel_blob_step)));

        if (status != LAPEL_OK) {
            return status;
        }
    }
    return LAPEL_OK;
}

static const LAPEL_ROM lapel_blob_state *lapel_states(const lapel_model *model)
{
    return (const LAPEL_ROM lapel_blob_state *)lapel_blob_at(model, model->blob->states);
}

/* 1 if a name may start there: the blob's last byte is 0, so that every name ends. */
static uint8_t lapel_check_name(const lapel_model *model, uint32_t offset)
{
    return offset < model->blob->bytes;
}

static lapel_status lapel_check_ports(lapel_model *model)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;
    const LAPEL_ROM lapel_blob_port *port = lapel_ports(model);
    const uint32_t count = (uint32_t)h->input_count + h->output_count;
    uint32_t at = h->ports;

    if (count > UINT16_MAX || !lapel_has_table(h, at, (uint16_t)count, sizeof *port)) {
        return lapel_refuse(model, LAPEL_BAD_TABLE, offsetof(lapel_blob_header, ports));
    }
    for (uint32_t k = 0; k < count; k++, port++, at += (uint32_t)sizeof *port) {
        const uint8_t streamed = port->place == LAPEL_STREAMED && k == 0 && h->input_count == 1;

        if ((!streamed && !lapel_within(port->place, port->bytes, h->arena_bytes)) || !lapel_check_name(model, port->name) ||
            !lapel_has_table(h, port->shape, port->rank, sizeof(uint32_t))) {
            return lapel_refuse(model, LAPEL_BAD_PORT, at);
        }
    }
    return LAPEL_OK;
}

static lapel_status lapel_check_states(lapel_model *model)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;
    const LAPEL_ROM lapel_blob_state *state = lapel_states(model);
    uint32_t at = h->states;

    if (!lapel_has_table(h, at, h->state_count, sizeof *state)) {
        return lapel_refuse(model, LAPEL_BAD_TABLE, offsetof(lapel_blob_header, states));
    }
    for (uint16_t k = 0; k < h->state_count; k++, state++, at += (uint32_t)sizeof *state) {
        if (!lapel_within(state->place, state->bytes, h->arena_bytes) ||
            ((state->from & LAPEL_FILL) == 0 && !lapel_within(state->from, state->bytes, h->bytes))) {
            return lapel_refuse(model, LAPEL_BAD_STATE, at);
        }
    }
    return LAPEL_OK;
}

static lapel_status lapel_check_names(lapel_model *model)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;
    const LAPEL_ROM uint32_t *const classes = (const LAPEL_ROM uint32_t *)lapel_blob_at(model, h->classes);

    if (!lapel_check_name(model, h->name) || *lapel_blob_at(model, h->bytes - 1) != 0) {
        return lapel_refuse(model, LAPEL_BAD_TABLE, offsetof(lapel_blob_header, name));
    }
    if (!lapel_has_table(h, h->classes, h->class_count, sizeof *classes)) {
        return lapel_refuse(model, LAPEL_BAD_TABLE, offsetof(lapel_blob_header, classes));
    }
    for (uint16_t k = 0; k < h->class_count; k++) {
        if (!lapel_check_name(model, classes[k])) {
            return lapel_refuse(model, LAPEL_BAD_TABLE, h->classes + 4u * k);
        }
    }
    return LAPEL_OK;
}

static void lapel_read_zeros(void *context, void *to, uint32_t first, uint32_t count)
{
    (void)context;
    (void)first;
    memset(to, 0, (size_t)count);
}

static const lapel_stream lapel_zeros = {lapel_read_zeros, 0};

lapel_status lapel_load(const LAPEL_ROM void *blob, uint32_t bytes, void *arena, uint32_t arena_bytes,
                        const LAPEL_ROM lapel_kernel_set *kernels, lapel_model *model)
{
    lapel_status status;

    model->blob = (const LAPEL_ROM lapel_blob_header *)blob;
    model->kernels = kernels;
    model->arena = (uint8_t *)arena;
    model->stream = &lapel_zeros;
    model->need = 0;
    model->offset = 0;
    status = lapel_check_kind(model, bytes);
    if (status == LAPEL_OK) {
        status = lapel_check_places(model, arena_bytes);
    }
    if (status == LAPEL_OK) {
        status = lapel_check_ports(model); /* first, as steps may read a streamed input */
    }
    if (status == LAPEL_OK) {
        status = lapel_check_steps(model);
    }
    if (status == LAPEL_OK) {
        status = lapel_check_states(model);
    }
    if (status == LAPEL_OK) {
        status = lapel_check_names(model);
    }
    if (status == LAPEL_OK) {
        lapel_reset(model);
    }
    return status;
}

void lapel_reset(const lapel_model *model)
{
    const LAPEL_ROM lapel_blob_state *state = lapel_states(model);

    for (uint16_t k = model->blob->state_count; k > 0; k--, state++) {
        uint8_t *const to = model->arena + state->place;
        const uint32_t from = state->from;
        const uint8_t fill = (uint8_t)((from & LAPEL_FILL) != 0);

        for (uint32_t i = 0; i < state->bytes; i++) {
            to[i] = fill ? (uint8_t)from : *lapel_blob_at(model, from + i);
        }
    }
}

/* A frame as small as it can be lies under all kernels: nothing of a step is kept for the next one. */
void lapel_invoke(const lapel_model *model)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;
    const LAPEL_ROM lapel_blob_step *step = lapel_steps(model);
    uint_fast16_t left = h->step_count;

    if (left == 0) {
        return;
    }
    do {
        const LAPEL_ROM lapel_kernel_entry *const entry = model->kernels->entries + step->kernel;
        const LAPEL_ROM uint8_t *const bytes = (const LAPEL_ROM uint8_t *)h;

        entry->run(model, (const LAPEL_ROM uint32_t *)(bytes + h->operands) + step->first_operand, bytes + step->params);
        step++;
    } while (--left > 0);
}

void lapel_invoke_from(lapel_model *model, const lapel_stream *stream)
{
    model->stream = stream;
    lapel_invoke(model);
}

const LAPEL_ROM lapel_blob_port *lapel_input_port(const lapel_model *model, uint16_t k)
{
    return k < model->blob->input_count ? lapel_ports(model) + k : 0;
}

const LAPEL_ROM lapel_blob_port *lapel_output_port(const lapel_model *model, uint16_t k)
{
    return k < model->blob->output_count ? lapel_ports(model) + model->blob->input_count + k : 0;
}

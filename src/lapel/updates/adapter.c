/* A device whose flash is RAM, on which an update is tried: each call of the harness is what it does until it waits for
 * the next thing. Before this text stand the sizes, and the old blob. */
#include "harness.h"
#include "lapel_update.h"

enum { BOOTED, UPDATED, TRIED, CONFIRMED, BOOTED_AGAIN, CALLS };

static uint8_t __attribute__((aligned(16))) adapter_flash[2 * DEVICE_SLOT_BYTES + LAPEL_STATES * DEVICE_SECTOR_BYTES];
static uint8_t __attribute__((aligned(16))) adapter_bytes[DEVICE_ARENA_BYTES];
static uint8_t adapter_package[DEVICE_PACKAGE_BYTES];
static uint8_t adapter_outputs[DEVICE_OUTPUT_BYTES + 1];
static lapel_update adapter_update;
static lapel_model adapter_model;
static uint32_t adapter_call;
static struct {
    uint32_t status, trouble, running, on_trial, erased_slots, erased_states, programmed, size;
} adapter_answer;

static int device_read(void *context, uint32_t at, void *to, uint32_t bytes)
{
    (void)context;
    __builtin_memcpy(to, adapter_flash + at, bytes);
    return 0;
}

static int device_program(void *context, uint32_t at, const void *from, uint32_t bytes)
{
    (void)context;
    for (uint32_t i = 0; i < bytes; i++) {
        if (adapter_flash[at + i] != 0xff) {
            return 1;
        }
    }
    __builtin_memcpy(adapter_flash + at, from, bytes);
    adapter_answer.programmed++;
    return 0;
}

static int device_erase(void *context, uint32_t at)
{
    (void)context;
    __builtin_memset(adapter_flash + at, 0xff, DEVICE_SECTOR_BYTES);
    adapter_answer.erased_slots += at < 2 * DEVICE_SLOT_BYTES;
    adapter_answer.erased_states += at >= 2 * DEVICE_SLOT_BYTES;
    return 0;
}

/* The host has looked at the signature: it has the key's other half and the library. */
static int device_verify(const void *key, const lapel_package *package, const uint8_t *blob)
{
    (void)key;
    (void)package;
    (void)blob;
    return 1;
}

static const lapel_flash adapter_driver = {
    device_read, device_program, device_erase, 0, 2 * DEVICE_SLOT_BYTES, DEVICE_SECTOR_BYTES,
    {0, DEVICE_SLOT_BYTES}, DEVICE_SLOT_BYTES, DEVICE_SECTOR_BYTES, DEVICE_UNIT_BYTES, 0xff,
    {adapter_flash, adapter_flash + DEVICE_SLOT_BYTES},
};
static const lapel_device adapter_device = {&adapter_driver, &DEVICE_KERNELS, DEVICE_CORE,
                                            DEVICE_SIGNED ? device_verify : 0, 0};

void adapter_reset(void)
{
    __builtin_memset(adapter_flash, 0xff, sizeof adapter_flash);
    __builtin_memcpy(adapter_flash, device_old, sizeof device_old);
    __builtin_memset(&adapter_answer, 0, sizeof adapter_answer);
    adapter_call = 0;
}

void adapter_read_inputs(void)
{
    harness_read(adapter_package, sizeof adapter_package);
}

static lapel_update_status device_boot(void)
{
    return lapel_update_boot(&adapter_update, &adapter_device, adapter_bytes, sizeof adapter_bytes, &adapter_model);
}

static lapel_update_status device_receive(void)
{
    lapel_update_status status = lapel_update_begin(&adapter_update, adapter_package);
    uint32_t done = sizeof(lapel_package);

    while (status == LAPEL_UPDATE_OK && done < sizeof adapter_package) {
        const uint32_t left = (uint32_t)sizeof adapter_package - done, count = left < 256 ? left : 256;

        status = lapel_update_write(&adapter_update, adapter_package + done, count);
        done += count;
    }
    return status == LAPEL_UPDATE_OK ? lapel_update_finish(&adapter_update) : status;
}

/* The sample of the model that runs. */
static void device_infer(void)
{
    const lapel_blob_header *const h = adapter_model.blob;
    const uint8_t *from = (const uint8_t *)h + h->sample;
    const lapel_blob_port *port;
    uint8_t *to = adapter_outputs;

    for (uint16_t k = 0; h->sample != 0 && (port = lapel_input_port(&adapter_model, k)) != 0; k++) {
        __builtin_memcpy(adapter_bytes + port->place, from, port->bytes);
        from += port->bytes;
    }
    lapel_invoke(&adapter_model);
    for (uint16_t k = 0; (port = lapel_output_port(&adapter_model, k)) != 0; k++) {
        __builtin_memcpy(to, adapter_bytes + port->place, port->bytes);
        to += port->bytes;
    }
}

void adapter_invoke(void)
{
    lapel_update_status status = LAPEL_UPDATE_OK;

    switch (adapter_call++ % CALLS) {
    case UPDATED:
        status = device_receive();
        break;
    case CONFIRMED:
        status = lapel_update_confirm(&adapter_update);
        break;
    default:
        status = device_boot();
    }
    adapter_answer.status = status;
    adapter_answer.trouble = adapter_update.trouble;
    adapter_answer.running = adapter_update.running;
    adapter_answer.on_trial = lapel_update_on_trial(&adapter_update);
    adapter_answer.size = sizeof adapter_update;
}

void adapter_write_outputs(void)
{
    if (adapter_call == CALLS && adapter_answer.status == LAPEL_UPDATE_OK) {
        device_infer();
    }
    harness_write(&adapter_answer, sizeof adapter_answer);
    harness_write(adapter_outputs, DEVICE_OUTPUT_BYTES);
}

uint8_t *adapter_arena(void)
{
    return adapter_bytes;
}

uint32_t adapter_arena_bytes(void)
{
    return sizeof adapter_bytes;
}

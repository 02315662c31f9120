#include "selftest.h"

/* Bytes of all inputs or outputs; the blob's, if those are fewer, so that sums stay small. */
static uint32_t lapel_ports_bytes(const lapel_model *model,
                                  const LAPEL_ROM lapel_blob_port *(*port_of)(const lapel_model *, uint16_t))
{
    const uint32_t most = model->blob->bytes;
    const LAPEL_ROM lapel_blob_port *port;
    uint32_t sum = 0;

    for (uint16_t k = 0; (port = port_of(model, k)) != 0; k++) {
        if (port->bytes > most - sum) {
            return most;
        }
        sum += port->bytes;
    }
    return sum;
}

/* A streamed input's bytes, of which context is the address of the first one's. */
static void lapel_read_sample(void *context, void *to, uint32_t first, uint32_t count)
{
    const LAPEL_ROM uint8_t *from = *(const LAPEL_ROM uint8_t *const *)context + first;

    for (uint32_t i = 0; i < count; i++) {
        ((uint8_t *)to)[i] = *from++;
    }
}

static const LAPEL_ROM uint8_t *lapel_put_inputs(const lapel_model *model, const LAPEL_ROM uint8_t *from)
{
    const LAPEL_ROM lapel_blob_port *port;

    for (uint16_t k = 0; (port = lapel_input_port(model, k)) != 0; k++) {
        if (port->place == LAPEL_STREAMED) {
            from += port->bytes;
            continue;
        }
        for (uint32_t i = 0; i < port->bytes; i++) {
            model->arena[port->place + i] = *from++;
        }
    }
    return from;
}

static uint8_t lapel_same_outputs(const lapel_model *model, const LAPEL_ROM uint8_t *expected)
{
    const LAPEL_ROM lapel_blob_port *port;

    for (uint16_t k = 0; (port = lapel_output_port(model, k)) != 0; k++) {
        for (uint32_t i = 0; i < port->bytes; i++) {
            if (model->arena[port->place + i] != *expected++) {
                return 0;
            }
        }
    }
    return 1;
}

lapel_test lapel_self_test(const lapel_model *model)
{
    const LAPEL_ROM lapel_blob_header *const h = model->blob;
    const uint32_t inputs = lapel_ports_bytes(model, lapel_input_port);
    const uint32_t outputs = lapel_ports_bytes(model, lapel_output_port);
    const LAPEL_ROM uint8_t *sample = (const LAPEL_ROM uint8_t *)h + h->sample, *expected;
    const lapel_stream stream = {lapel_read_sample, &sample};
    lapel_model tested = *model;
    uint8_t same;

    if (h->sample == 0) {
        return LAPEL_TEST_NONE;
    }
    if (h->sample > h->bytes || inputs > h->bytes - h->sample || outputs > h->bytes - h->sample - inputs) {
        return LAPEL_TEST_FAILED;
    }
    lapel_reset(model);
    expected = lapel_put_inputs(model, sample);
    lapel_invoke_from(&tested, &stream);
    same = lapel_same_outputs(model, expected);
    lapel_reset(model);
    return same ? LAPEL_TEST_PASSED : LAPEL_TEST_FAILED;
}

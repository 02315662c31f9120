/* A device that takes updates: what it does after each reset. What comes over the air, what watches over the program and
 * what the model is for is yours, in the four functions of lapel_device.h. */
#include "lapel_device.h"

#include "lapel_flash.h"
@key include@
static uint8_t __attribute__((aligned(16))) device_arena[LAPEL_DEVICE_ARENA_BYTES];
static lapel_update device_update;
static lapel_model device_model;
@verify@
static const lapel_device device_itself = {&lapel_board_flash, &@kernels@, "@core@", @check@};

/* A package, as it comes. */
static lapel_update_status device_receive(void)
{
    uint8_t bytes[sizeof(lapel_package)];
    uint32_t count = device_packet(bytes, sizeof bytes, 1);
    lapel_update_status status = LAPEL_UPDATE_TRUNCATED;

    if (count == sizeof bytes) {
        status = lapel_update_begin(&device_update, bytes);
    }
    while (status == LAPEL_UPDATE_OK && (count = device_packet(bytes, sizeof bytes, 0)) != 0) {
        status = lapel_update_write(&device_update, bytes, count);
    }
    return status == LAPEL_UPDATE_OK ? lapel_update_finish(&device_update) : status;
}

int main(void)
{
    lapel_update_status status =
        lapel_update_boot(&device_update, &device_itself, device_arena, sizeof device_arena, &device_model);

    device_said(status, &device_update);
    while (status != LAPEL_UPDATE_OK || device_work(&device_model)) {
        /* A model that has done its work once is good. Before that, each reset brings the one before back. */
        if (lapel_update_on_trial(&device_update)) {
            device_said(lapel_update_confirm(&device_update), &device_update);
        }
        if (device_waits()) {
            const lapel_update_status answer = device_receive();

            device_said(answer, &device_update);
            if (answer == LAPEL_UPDATE_OK) {
                device_reset();
            }
        }
    }
    return 0;
}

/* What a device is asked to have beside its flash. */
#ifndef LAPEL_DEVICE_H
#define LAPEL_DEVICE_H

#include "@kernels@.h"
#include "lapel_update.h"

#ifndef LAPEL_DEVICE_ARENA_BYTES
#define LAPEL_DEVICE_ARENA_BYTES @arena@ /* of the first model: later ones have this much */
#endif

/* The next at most `most` bytes of a package, exactly as many for its head; 0: there are no more. */
uint32_t device_packet(uint8_t *bytes, uint32_t most, int head);

/* 1 if a package has begun to come. */
int device_waits(void);

/* One inference with all that belongs to it. 0: the program ends. */
int device_work(lapel_model *model);

/* What happened, for who listens: `update->trouble` says why the newest model does not run. */
void device_said(lapel_update_status status, const lapel_update *update);

/* The core starts again; a watchdog does the same. */
void device_reset(void);

#endif

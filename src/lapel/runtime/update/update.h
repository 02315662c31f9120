/* Two slots of flash for a model that is data, and the way from one to the next that no power cut breaks (docs/SPEC.md,
 * "Updates"): there is always the old model or the new one. No heap, no variables of its own; flash is reached by three
 * functions. */
#ifndef LAPEL_UPDATE_H
#define LAPEL_UPDATE_H

#include <stdint.h>

#include "delta.h"
#include "interpreter.h"
#include "rom.h"
#include "selftest.h"

/* Bytes that flash can program at a time, at most: a buffer of the state has as many. */
#ifndef LAPEL_UPDATE_UNIT
#define LAPEL_UPDATE_UNIT 32
#endif

#define LAPEL_PACKAGE_MAGIC 0x554C504Cu /* "LPLU" */
#define LAPEL_PACKAGE_VERSION 1u
#define LAPEL_STATE_MAGIC 0x534C504Cu /* "LPLS" */
#define LAPEL_STATES 3

typedef enum {
    LAPEL_UPDATE_OK = 0,
    LAPEL_UPDATE_BAD_FLASH = 1,      /* the lapel_flash says what cannot be: units, sectors, slots that overlap */
    LAPEL_UPDATE_READ_FAILED = 2,    /* `at` says where; of the three functions the one that failed */
    LAPEL_UPDATE_PROGRAM_FAILED = 3, /* the function, or other bytes were read back */
    LAPEL_UPDATE_ERASE_FAILED = 4,   /* the function */
    LAPEL_UPDATE_NO_MODEL = 5,       /* neither slot has one that can be loaded */
    LAPEL_UPDATE_REFUSED = 6,        /* lapel_load refused the model: `load` says why */
    LAPEL_UPDATE_DAMAGED = 7,        /* the blob in flash has another CRC than it says, or another kernel set */
    LAPEL_UPDATE_SELF_TEST = 8,      /* the model gave other outputs than its sample says */
    LAPEL_UPDATE_NOT_CONFIRMED = 9,  /* the new model was started, and then there was a reset */
    LAPEL_UPDATE_ON_TRIAL = 10,      /* the model that runs is not confirmed, and the other slot has the one before */
    LAPEL_UPDATE_NO_TRIAL = 11,      /* there is nothing to confirm */
    LAPEL_UPDATE_NOT_BEGUN = 12,     /* lapel_update_begin was not called, or a call since then failed */
    LAPEL_UPDATE_NO_PACKAGE = 13,    /* other first bytes, or a header with another CRC */
    LAPEL_UPDATE_NEWER = 14,         /* a version or kind of package that this code does not know */
    LAPEL_UPDATE_OTHER_CORE = 15,    /* made for another core */
    LAPEL_UPDATE_OTHER_KERNELS = 16, /* made for another set of kernels than the firmware has */
    LAPEL_UPDATE_SLOT_TOO_SMALL = 17, /* the blob has more bytes than a slot */
    LAPEL_UPDATE_OTHER_SLOT = 18,    /* linked for another address than that of the slot that is free */
    LAPEL_UPDATE_OLDER = 19,         /* its counter is below that of a model that was confirmed here */
    LAPEL_UPDATE_UNSIGNED = 20,      /* no signature, and the device asks for one */
    LAPEL_UPDATE_FORGED = 21,        /* the signature is of something else, or by another key */
    LAPEL_UPDATE_OTHER_BASE = 22,    /* a delta of another model than the one that runs */
    LAPEL_UPDATE_BAD_DELTA = 23,     /* `delta.status` says why */
    LAPEL_UPDATE_TOO_MUCH = 24,      /* more bytes than the package says */
    LAPEL_UPDATE_TRUNCATED = 25,     /* fewer bytes than the package says */
    LAPEL_UPDATE_NO_KEY = 26         /* it is signed, and the device has no key to look at that */
} lapel_update_status;

/* Where models lie, and how flash is written. Functions return 0 if they did it; addresses are the functions' own. A
 * read of a unit whose programming was cut off may fail: that is a bad sector, no error. */
typedef struct {
    int (*read)(void *context, uint32_t at, void *to, uint32_t bytes);
    int (*program)(void *context, uint32_t at, const void *from, uint32_t bytes); /* one unit, erased before */
    int (*erase)(void *context, uint32_t at);                                     /* the sector that begins there */
    void *context;
    uint32_t states;       /* three sectors, one behind the other */
    uint32_t state_bytes;  /* of each of these */
    uint32_t slots[2];     /* where each begins, with a sector */
    uint32_t slot_bytes;   /* of each: whole sectors */
    uint32_t sector_bytes; /* of a slot's sectors */
    uint16_t unit_bytes;   /* 1, 2, 4 ... LAPEL_UPDATE_UNIT */
    uint8_t erased;        /* what bytes are after an erase */
    const LAPEL_ROM uint8_t *mapped[2]; /* the slots in the core's address space, aligned as kernels want it */
} lapel_flash;

/* What is sent before the blob or its delta: numbers are little-endian. */
typedef struct {
    uint32_t magic;
    uint16_t version;
    uint16_t header_bytes;
    uint32_t kind;          /* LAPEL_WHOLE, LAPEL_DELTA: what follows */
    uint32_t payload_bytes; /* of what follows */
    uint32_t counter;       /* models that are newer have higher ones */
    uint32_t kernels;       /* number of the kernel set */
    uint32_t blob_bytes;
    uint32_t blob_crc;      /* as in the blob's header */
    uint32_t base_crc;      /* the same of the blob that a delta is of */
    char core[16];          /* filled up with zeros */
    uint8_t digest[64];     /* SHA-512 of the new blob */
    uint8_t signature[64];  /* Ed25519, of all bytes before; zeros: none */
    uint32_t crc;           /* CRC-32 of all bytes before */
} lapel_package;

enum { LAPEL_WHOLE = 0, LAPEL_DELTA = 1 };

/* What is signed: the bytes before the signature. */
#define LAPEL_PACKAGE_SIGNED 116

/* 1 if the package's signature is by this key, and the blob has the digest that it says. blob: 0 before it is there. */
typedef int lapel_verify_fn(const void *key, const lapel_package *package, const LAPEL_ROM uint8_t *blob);

/* What a firmware knows of itself: constant. */
typedef struct {
    const lapel_flash *flash;
    const LAPEL_ROM lapel_kernel_set *kernels;
    const char *core;        /* as of the target: "cortex-m4" */
    lapel_verify_fn *verify; /* 0: packages need no signature */
    const void *key;
} lapel_device;

/* The state as it is in flash, in three sectors of which the newest holds. Behind it is its seal: two units. */
typedef struct {
    uint32_t magic;
    uint32_t number;    /* the highest one holds: writes of this state so far */
    uint32_t floor;     /* packages with lower counters are refused */
    uint32_t pending;   /* counter of the model in the other slot, before it is confirmed */
    uint32_t erases[2]; /* how often each slot was erased */
    uint8_t current;    /* slot of the model that was confirmed last */
    uint8_t stage;
    uint8_t spare; /* 1: the other slot has a model that was verified */
    uint8_t zero;
    uint32_t crc; /* CRC-32 of all bytes before */
} lapel_update_state;

/* Stages. */
enum {
    LAPEL_IDLE = 0,
    LAPEL_READY = 1, /* the other slot has a new model, which was never started */
    LAPEL_TRIED = 2  /* it was started, and not confirmed */
};

#define LAPEL_NO_SLOT 2

/* Read by callers: state, running, trouble, load, at, taken. The rest is the functions' own. */
typedef struct {
    const lapel_device *device;
    lapel_update_state state;
    uint32_t at;      /* address at which flash failed */
    uint32_t taken;   /* bytes of the payload so far */
    uint32_t written; /* bytes of the new blob so far */
    lapel_package package;
    uint32_t unit[(LAPEL_UPDATE_UNIT + 3) / 4];
    uint16_t filled; /* of these, bytes that are to be programmed */
    uint8_t running; /* slot of the model that lapel_update_boot loaded, or LAPEL_NO_SLOT */
    uint8_t trouble; /* lapel_update_status: why it is not the newest one */
    uint8_t load;    /* lapel_status of the model that was refused last */
    uint8_t open;    /* 1 from begin to finish */
    lapel_delta delta;
} lapel_update;

/* First after each reset: loads a model. A new one gets its trial here, its self-test included: if it fails, or was
 * started before and not confirmed, that is the old one again. LAPEL_UPDATE_OK: `model` is loaded, from slot `running`;
 * `trouble` says why not from the other. A model on trial (lapel_update_on_trial) has to be confirmed before the next
 * reset. */
lapel_update_status lapel_update_boot(lapel_update *update, const lapel_device *device, void *arena,
                                      uint32_t arena_bytes, lapel_model *model);

/* 1 if the model that runs is new, and waits for lapel_update_confirm. */
uint8_t lapel_update_on_trial(const lapel_update *update);

/* The new model is good: it stays. */
lapel_update_status lapel_update_confirm(lapel_update *update);

/* A package arrives: its first sizeof(lapel_package) bytes. Refused ones change nothing; else the slot that is not
 * running is erased. */
lapel_update_status lapel_update_begin(lapel_update *update, const uint8_t *package);

/* The bytes behind these, in pieces of any size. */
lapel_update_status lapel_update_write(lapel_update *update, const uint8_t *bytes, uint32_t count);

/* All bytes are there: looks at what is in flash, and at its signature. LAPEL_UPDATE_OK: the next lapel_update_boot
 * tries it. */
lapel_update_status lapel_update_finish(lapel_update *update);

#endif

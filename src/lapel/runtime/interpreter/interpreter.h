/* Models as data: a blob (docs/SPEC.md, "Blobs") is checked once and then run where it lies. No heap, no variables of
 * its own; as many models as there are structs `lapel_model`, which may share kernels and, one after the other, an
 * arena. */
#ifndef LAPEL_INTERPRETER_H
#define LAPEL_INTERPRETER_H

#include <stdint.h>

#include "rom.h"
#include "stream.h"

#define LAPEL_BLOB_MAGIC 0x424C504Cu /* "LPLB" */
#define LAPEL_BLOB_VERSION 2u

/* Where an operand lies: an offset in the arena, or with this bit one in the blob. */
#define LAPEL_IN_BLOB 0x80000000u

/* In place of one: it is the only input, which is read while the inference runs (lapel_invoke_from). */
#define LAPEL_STREAMED 0x40000000u

/* Constants in an address space of their own cannot be copied to RAM for a kernel: such a core takes linked blobs alone. */
#ifdef __AVR__
#define LAPEL_LINKED_ALONE 1
#else
#define LAPEL_LINKED_ALONE 0
#endif

/* What lapel_load finds; `offset` of the model says where in the blob. Nothing has been run, nothing written. */
typedef enum {
    LAPEL_OK = 0,
    LAPEL_TRUNCATED = 1,        /* less bytes than a header, or than the header says */
    LAPEL_NO_BLOB = 2,          /* other first bytes */
    LAPEL_NEWER = 3,            /* a version that this interpreter does not know */
    LAPEL_OTHER_KERNELS = 4,    /* made for another set of kernels, or another core */
    LAPEL_MISALIGNED = 5,       /* blob or arena lie at an address that is no multiple of the kernels' alignment */
    LAPEL_OTHER_SLOT = 6,       /* linked for another address of the blob or of the arena */
    LAPEL_ARENA_TOO_SMALL = 7,  /* `need` of the model says how many bytes it takes */
    LAPEL_BAD_TABLE = 8,        /* a table of the blob sticks out of it, or is misaligned */
    LAPEL_BAD_STEP = 9,         /* a kernel that there is not, or another number of operands than it has */
    LAPEL_BAD_OPERAND = 10,     /* an operand sticks out of the arena or the blob, or is misaligned */
    LAPEL_BAD_PARAMS = 11,      /* a param is beyond what its kernel promises to work with */
    LAPEL_BAD_PORT = 12,        /* an input or output sticks out of the arena */
    LAPEL_BAD_STATE = 13,       /* initial values stick out of the blob or the arena */
    LAPEL_NOT_RELOCATABLE = 14  /* not linked for a slot, and this core cannot have params in RAM */
} lapel_status;

/* The start of a blob. Offsets are from there; all numbers are little-endian and lie at multiples of their size. */
typedef struct {
    uint32_t magic;
    uint16_t version;
    uint16_t header_bytes;
    uint32_t kernels;     /* the set's number: its kernels, their params and the core's layout of structs */
    uint32_t bytes;       /* of the whole blob */
    uint32_t crc;         /* of all bytes behind this one: CRC-32 of IEEE 802.3; of storage, lapel_load does not look */
    uint32_t slot;        /* the address that params point into, or 0: they hold offsets */
    uint32_t arena;       /* the same of the arena */
    uint32_t arena_bytes;
    uint32_t steps;       /* lapel_blob_step[step_count] */
    uint32_t operands;    /* uint32_t[operand_count]: LAPEL_IN_BLOB, or the arena */
    uint32_t ports;       /* lapel_blob_port[input_count + output_count], inputs first */
    uint32_t states;      /* lapel_blob_state[state_count] */
    uint32_t classes;     /* uint32_t[class_count]: offsets of names */
    uint32_t name;        /* offset of the model's; every name ends with a zero, and so does the blob */
    uint16_t step_count;
    uint16_t operand_count;
    uint16_t input_count;
    uint16_t output_count;
    uint16_t state_count;
    uint16_t class_count;
    uint32_t sample;      /* bytes of all inputs, then those of all outputs that they give; 0: none */
    uint8_t model[32];    /* SHA-256 of the model */
} lapel_blob_header;

typedef struct {
    uint16_t kernel;        /* in the set */
    uint16_t first_operand;
    uint32_t params;        /* offset */
} lapel_blob_step;

typedef struct {
    uint32_t place;  /* offset in the arena, or LAPEL_STREAMED */
    uint32_t bytes;
    uint32_t name;   /* offset */
    uint32_t shape;  /* offset: uint32_t[rank] */
    float scale;     /* real = scale * (q - zero); 0: no quantization, or one a channel */
    int32_t zero;
    uint16_t type;   /* index into the types of SPEC.md */
    uint16_t rank;
} lapel_blob_port;

/* Bytes of the arena that are set before the first inference of a sequence. */
typedef struct {
    uint32_t place;
    uint32_t bytes;
    uint32_t from; /* offset of as many bytes, or LAPEL_FILL + one value for all */
} lapel_blob_state;

#define LAPEL_FILL 0x80000000u

typedef struct lapel_model lapel_model;

typedef struct {
    /* Calls the kernel, whose operands lie at these places. */
    void (*run)(const lapel_model *model, const LAPEL_ROM uint32_t *places, const LAPEL_ROM void *params);
    const LAPEL_ROM uint8_t *facts; /* with params of which these are so it stays within operands, tables and scratch */
    uint8_t params_bytes;
    uint8_t params_align;
    uint8_t outputs;  /* operands that are written come first */
    uint8_t operands;
    uint8_t stream; /* the operand that is a stream, from 1; 0: none */
} lapel_kernel_entry;

/* The kernels of a firmware, as generated. */
typedef struct {
    uint32_t number;
    uint16_t count;
    uint16_t align; /* of blobs and arenas */
    const LAPEL_ROM lapel_kernel_entry *entries;
} lapel_kernel_set;

struct lapel_model {
    const LAPEL_ROM lapel_blob_header *blob;
    const LAPEL_ROM lapel_kernel_set *kernels;
    uint8_t *arena;
    const lapel_stream *stream; /* of a streamed input */
    uint32_t offset; /* where in the blob lapel_load found what it says */
    uint32_t need;   /* bytes of arena */
};

/* Looks at all of a blob and makes a model of it; states have their initial values. arena: at least as large and
 * aligned
 * as the blob says, and the model's alone from one inference to the next if it has states. */
lapel_status lapel_load(const LAPEL_ROM void *blob, uint32_t bytes, void *arena, uint32_t arena_bytes,
                        const LAPEL_ROM lapel_kernel_set *kernels, lapel_model *model);

/* One inference: inputs are where lapel_input_port says, and are overwritten; outputs are where lapel_output_port says.
 * */
void lapel_invoke(const lapel_model *model);

/* The same of a model whose input is streamed, and whose port has the place LAPEL_STREAMED: bytes are read in ascending
 * order, none twice, not always all, never beyond the port's. lapel_invoke reads zeros. */
void lapel_invoke_from(lapel_model *model, const lapel_stream *stream);

/* States get their initial values, for a new sequence. */
void lapel_reset(const lapel_model *model);

/* The k-th input or output; 0 if there is none. */
const LAPEL_ROM lapel_blob_port *lapel_input_port(const lapel_model *model, uint16_t k);
const LAPEL_ROM lapel_blob_port *lapel_output_port(const lapel_model *model, uint16_t k);

#endif

/* The log of counts at marker addresses, for the QEMU plugin and the simavr runner alike.
 *
 * The markers are an ordered list of addresses that each invocation of the model passes once. Only the next one of
 * the list is listened for: an address may be a loop's head too, and then its first pass is the marker. Markers that
 * follow each other at one address are one pass, but for those with MARKS_OWN: a function that is called again. */
#ifndef LAPEL_MARKS_H
#define LAPEL_MARKS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MARKS_OWN (UINT64_C(1) << 63)

struct marks {
    uint64_t *address;
    size_t count, next;
    size_t passed; /* marks since reset */
    FILE *log; /* per mark two uint64 in the host's byte order: instructions, cycles */
};

/* Reads one hexadecimal address a line; 0, or -1 when a file cannot be opened. */
static int marks_open(struct marks *marks, const char *list, const char *log)
{
    FILE *file = fopen(list, "r");
    uint64_t address;
    if (!file) {
        return -1;
    }
    while (fscanf(file, "%" SCNx64, &address) == 1) {
        marks->address = realloc(marks->address, (marks->count + 1) * sizeof *marks->address);
        if (!marks->address) {
            abort();
        }
        marks->address[marks->count++] = address;
    }
    fclose(file);
    marks->log = fopen(log, "wb");
    return marks->log ? 0 : -1;
}

static int marks_has(const struct marks *marks, uint64_t pc)
{
    for (size_t i = 0; i < marks->count; i++) {
        if ((marks->address[i] & ~MARKS_OWN) == pc) {
            return 1;
        }
    }
    return 0;
}

static void marks_hit(struct marks *marks, uint64_t pc, uint64_t instructions, uint64_t cycles)
{
    const uint64_t record[2] = {instructions, cycles};
    while (marks->count && (marks->address[marks->next] & ~MARKS_OWN) == pc) {
        fwrite(record, sizeof record, 1, marks->log);
        marks->passed++;
        if (++marks->next == marks->count) {
            marks->next = 0;
            break; /* one invocation is complete */
        }
        if ((marks->address[marks->next] & MARKS_OWN) != 0) {
            break;
        }
    }
}

#endif

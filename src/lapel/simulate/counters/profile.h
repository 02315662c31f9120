/* How often each translated block ran between two markers of chosen invocations, for the cycle models.
 *
 * The log has rows of six uint64 in the host's byte order; `interval` is the number of the marker that ends it, counted
 * on, by the number of markers and one, from one chosen invocation to the next:
 *
 *   interval, 0, first address, address after the last instruction, executions, jumps
 *   interval, 1, instruction,   data reads from the flash,          extra bus accesses, bytes of these reads
 *   interval, 2, block,         marker,                             0, 0
 *   interval, 3, 0,             pieces,                             0, 0
 *   interval, 4, instruction,   accesses that are not aligned,      0, 0
 *   interval, 5, range,         reads,                              writes, 0
 *
 * A jump is an execution after which the block at the next address did not follow: a taken branch. Extra accesses
 * are those that an unaligned word or halfword is split into. Pieces are the different 8 bytes of the flash, aligned,
 * that data was read from. Ranges are numbered in the order of the file that names them, ascending addresses that do
 * not overlap: `START END` in hexadecimal a line. A row of kind 2 says which block was running when the
 * marker was passed: it was counted in this interval, and its instructions from the marker on belong to the next. */
#ifndef LAPEL_PROFILE_H
#define LAPEL_PROFILE_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marks.h"
#include "qemu_plugin.h"

struct profile_access {
    uint64_t pc, flash, bytes, extra, unaligned;
};

struct profile_block {
    struct profile_block *older;
    uint64_t start, end, executions, jumps;
    size_t count;
    struct profile_access access[]; /* one an instruction */
};

struct profile_range {
    uint64_t start, end, reads, writes;
};

static struct {
    FILE *log;
    struct profile_block *blocks, *running;
    struct profile_range *ranges;
    size_t range_count;
    uint64_t flash_start, flash_end;
    uint8_t *pieces; /* of the flash, whether data was read from each */
    uint64_t piece_count, pieces_read;
    uint64_t first, every; /* invocation that is chosen, and each so many after it; every 0: it alone */
    uint64_t chosen;       /* how many were */
} profile;

#define PROFILE_PIECE 8u

static int profile_open(const char *path, const char *flash, const char *chosen)
{
    if (sscanf(flash, "%" SCNx64 "-%" SCNx64, &profile.flash_start, &profile.flash_end) != 2 ||
        (chosen && sscanf(chosen, "%" SCNu64 "-%" SCNu64, &profile.first, &profile.every) != 2)) {
        return -1;
    }
    profile.piece_count = (profile.flash_end - profile.flash_start) / PROFILE_PIECE + 1;
    profile.pieces = calloc(profile.piece_count, 1);
    profile.log = fopen(path, "wb");
    return profile.log && profile.pieces ? 0 : -1;
}

static int profile_open_ranges(const char *path)
{
    struct profile_range range = {0, 0, 0, 0};
    FILE *file = fopen(path, "r");
    if (!file) {
        return -1;
    }
    while (fscanf(file, "%" SCNx64 " %" SCNx64, &range.start, &range.end) == 2) {
        profile.ranges = realloc(profile.ranges, (profile.range_count + 1) * sizeof *profile.ranges);
        if (!profile.ranges) {
            abort();
        }
        profile.ranges[profile.range_count++] = range;
    }
    fclose(file);
    return 0;
}

static void profile_block_starts(unsigned int cpu, void *data)
{
    struct profile_block *block = data;
    (void)cpu;
    block->executions++;
    if (profile.running) {
        profile.running->jumps += profile.running->end != block->start;
    }
    profile.running = block;
}

static void profile_piece(uint64_t piece)
{
    profile.pieces_read += !profile.pieces[piece];
    profile.pieces[piece] = 1;
}

static void profile_in_range(uint64_t address, int is_store)
{
    size_t low = 0, high = profile.range_count; /* the range with this address, if there is one, is in low..high-1 */
    while (low < high) {
        struct profile_range *range = &profile.ranges[low + (high - low) / 2];
        if (address < range->start) {
            high = (size_t)(range - profile.ranges);
        } else if (address >= range->end) {
            low = (size_t)(range - profile.ranges) + 1;
        } else {
            *(is_store ? &range->writes : &range->reads) += 1;
            return;
        }
    }
}

static void profile_accessed(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    struct profile_access *access = data;
    const unsigned int shift = qemu_plugin_mem_size_shift(info);
    (void)cpu;
    profile_in_range(address, qemu_plugin_mem_is_store(info));
    if (!qemu_plugin_mem_is_store(info) && address >= profile.flash_start && address < profile.flash_end) {
        access->flash++;
        access->bytes += UINT64_C(1) << shift;
        profile_piece((address - profile.flash_start) / PROFILE_PIECE);
    }
    if (shift > 0 && (address & 3u) != 0) {
        access->unaligned += (address & ((1u << shift) - 1)) != 0;
        access->extra += (address & 1u) == 0 ? shift > 1 : shift > 1 ? 2 : 1;
    }
}

/* Bytes of a Thumb instruction. QEMU's own answer is wrong near the end of a page: 2 for a longer one that goes over
 * it, and 4 for a shorter one after which QEMU looked at what comes next. */
static size_t profile_size(const struct qemu_plugin_insn *insn)
{
    const uint8_t *code = qemu_plugin_insn_data(insn);
    return code[1] >> 3 >= 0x1D ? 4 : 2;
}

static void profile_translate(struct qemu_plugin_tb *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    struct profile_block *block = calloc(1, sizeof *block + count * sizeof block->access[0]);
    if (!block) {
        abort();
    }
    block->count = count;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        block->access[i].pc = qemu_plugin_insn_vaddr(insn);
        block->end = block->access[i].pc + profile_size(insn);
        qemu_plugin_register_vcpu_mem_cb(insn, profile_accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                         &block->access[i]);
    }
    block->start = block->access[0].pc;
    block->older = profile.blocks;
    profile.blocks = block; /* lives to the end of the run */
    qemu_plugin_register_vcpu_tb_exec_cb(tb, profile_block_starts, QEMU_PLUGIN_CB_NO_REGS, block);
}

static void profile_row(uint64_t interval, uint64_t kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    const uint64_t row[6] = {interval, kind, a, b, c, d};
    fwrite(row, sizeof row, 1, profile.log);
}

/* Writes what was counted (not if it came before the first marker), and counts from zero. */
static void profile_interval(uint64_t interval, int written)
{
    if (profile.pieces_read > 0) {
        if (written) {
            profile_row(interval, 3, 0, profile.pieces_read, 0, 0);
        }
        memset(profile.pieces, 0, profile.piece_count);
        profile.pieces_read = 0;
    }
    for (size_t i = 0; i < profile.range_count; i++) {
        struct profile_range *range = &profile.ranges[i];
        if (written && range->reads + range->writes > 0) {
            profile_row(interval, 5, i, range->reads, range->writes, 0);
        }
        range->reads = range->writes = 0;
    }
    for (struct profile_block *block = profile.blocks; block; block = block->older) {
        if (written && block->executions + block->jumps > 0) {
            profile_row(interval, 0, block->start, block->end, block->executions, block->jumps);
        }
        block->executions = block->jumps = 0;
        for (size_t i = 0; i < block->count; i++) {
            struct profile_access *access = &block->access[i];
            if (written && access->flash + access->extra > 0) {
                profile_row(interval, 1, access->pc, access->flash, access->extra, access->bytes);
            }
            if (written && access->unaligned > 0) {
                profile_row(interval, 4, access->pc, access->unaligned, 0, 0);
            }
            access->flash = access->bytes = access->extra = access->unaligned = 0;
        }
    }
}

static int profile_is_chosen(uint64_t invocation)
{
    const uint64_t behind = invocation - profile.first;
    return invocation >= profile.first && (profile.every ? behind % profile.every == 0 : behind == 0);
}

/* After marks_hit: markers passed before it, and the address it was called for. */
static void profile_mark(const struct marks *marks, uint64_t before, uint64_t pc)
{
    for (; profile.log && before < marks->passed; before++) {
        const uint64_t place = before % marks->count, interval = profile.chosen * (marks->count + 1) + place;
        if (!profile_is_chosen(before / marks->count)) {
            continue;
        }
        profile_interval(interval, place > 0);
        profile_row(interval, 2, profile.running->start, pc, profile.running->end, 0);
        profile.chosen += place + 1 == marks->count;
    }
}

#endif

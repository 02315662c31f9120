/* QEMU TCG plugin: the exact number of executed instructions whenever the PC reaches a marker.
 *
 *   -plugin qemu_count.so,list=markers.txt,log=marks.bin
 *   -plugin qemu_count.so,list=markers.txt,log=marks.bin,profile=profile.bin,flash=START-END
 *                                  as well how often each block ran between two markers (profile.h) of the first
 *                                  invocation; chosen=FIRST-EVERY: of that one and each EVERY after it;
 *                                  ranges=FILE: with the accesses to these addresses
 *   -plugin qemu_count.so          only ends the emulator with its parent
 *
 * Each translated block adds its length to a counter as it starts (an inline addition: no call, little cost). At a
 * marker the part of its block that has not run yet is taken off again. This is exact as long as no exception
 * leaves a block in its middle, and between the first marker and the last there is none: the harness enables no
 * interrupt and a fault ends the run. */
#include <string.h>

#include "marks.h"
#include "profile.h"
#include "tether.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static struct marks marks;
static uint64_t started; /* instructions of all blocks that have started */

struct site {
    uint64_t pc, remaining; /* of the block, from this instruction on */
};

static void on_marker(unsigned int cpu, void *data)
{
    const struct site *site = data;
    const size_t before = marks.passed;
    (void)cpu;
    marks_hit(&marks, site->pc, started - site->remaining, 0);
    profile_mark(&marks, before, site->pc);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &started, count);
    if (profile.log) {
        profile_translate(tb);
    }
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t pc = qemu_plugin_insn_vaddr(insn);
        if (marks_has(&marks, pc)) {
            struct site *site = malloc(sizeof *site); /* lives as long as its block: to the end of the run */
            if (!site) {
                abort();
            }
            site->pc = pc;
            site->remaining = count - i;
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_marker, QEMU_PLUGIN_CB_NO_REGS, site);
        }
    }
}

static void on_end(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    fclose(marks.log);
    if (profile.log) {
        fclose(profile.log);
    }
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
                                                               int argc, char **argv)
{
    const char *list = NULL, *log = NULL, *blocks = NULL, *flash = NULL, *chosen = NULL, *ranges = NULL;
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "list=", 5) == 0) {
            list = argv[i] + 5;
        } else if (strncmp(argv[i], "log=", 4) == 0) {
            log = argv[i] + 4;
        } else if (strncmp(argv[i], "profile=", 8) == 0) {
            blocks = argv[i] + 8;
        } else if (strncmp(argv[i], "flash=", 6) == 0) {
            flash = argv[i] + 6;
        } else if (strncmp(argv[i], "chosen=", 7) == 0) {
            chosen = argv[i] + 7;
        } else if (strncmp(argv[i], "ranges=", 7) == 0) {
            ranges = argv[i] + 7;
        }
    }
    die_with_parent();
    if (argc == 0) {
        return 0;
    }
    if (!list || !log || marks_open(&marks, list, log) != 0) {
        fprintf(stderr, "qemu_count: needs list=FILE,log=FILE\n");
        return -1;
    }
    if (blocks && (!flash || profile_open(blocks, flash, chosen) != 0)) {
        fprintf(stderr, "qemu_count: profile=FILE needs flash=START-END\n");
        return -1;
    }
    if (blocks && ranges && profile_open_ranges(ranges) != 0) {
        fprintf(stderr, "qemu_count: cannot read %s\n", ranges);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}

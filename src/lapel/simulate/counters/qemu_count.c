/* QEMU TCG plugin: the exact number of executed instructions whenever the PC reaches a marker.
 *
 *   -plugin qemu_count.so,list=markers.txt,log=marks.bin
 *   -plugin qemu_count.so          only ends the emulator with its parent
 *
 * Each translated block adds its length to a counter as it starts (an inline addition: no call, little cost). At a
 * marker the part of its block that has not run yet is taken off again. This is exact as long as no exception
 * leaves a block in its middle, and between the first marker and the last there is none: the harness enables no
 * interrupt and a fault ends the run.
 *
 * The interface is declared here, as the documentation of QEMU's "TCG Plugins" describes it, because distributions
 * ship the emulator without its plugin header. Interface version 1 (QEMU 5.2 to 8.x). */
#include <stdbool.h>
#include <string.h>

#include "marks.h"
#include "tether.h"

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct qemu_info_t qemu_info_t;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

typedef void (*tb_trans_cb)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*vcpu_udata_cb)(unsigned int, void *);
typedef void (*udata_cb)(qemu_plugin_id_t, void *);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, tb_trans_cb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, enum qemu_plugin_op, void *, uint64_t);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, vcpu_udata_cb, enum qemu_plugin_cb_flags,
                                            void *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, udata_cb, void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static struct marks marks;
static uint64_t started; /* instructions of all blocks that have started */

struct site {
    uint64_t pc, remaining; /* of the block, from this instruction on */
};

static void on_marker(unsigned int cpu, void *data)
{
    const struct site *site = data;
    (void)cpu;
    marks_hit(&marks, site->pc, started - site->remaining, 0);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &started, count);
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
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
                                                               int argc, char **argv)
{
    const char *list = NULL, *log = NULL;
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "list=", 5) == 0) {
            list = argv[i] + 5;
        } else if (strncmp(argv[i], "log=", 4) == 0) {
            log = argv[i] + 4;
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
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}

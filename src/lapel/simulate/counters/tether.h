/* An emulator may not outlive the Python process that runs it, however that ends. */
#ifndef LAPEL_TETHER_H
#define LAPEL_TETHER_H

#ifdef __linux__
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
static void die_with_parent(void)
{
    const char *parent = getenv("LAPEL_PARENT");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (parent && getppid() != (pid_t)atol(parent)) { /* it has ended already */
        _exit(1);
    }
}
#else
static void die_with_parent(void)
{
}
#endif

#endif

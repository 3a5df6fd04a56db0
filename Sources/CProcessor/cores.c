#define _GNU_SOURCE
#include "CProcessor.h"
#include <sched.h>
#include <unistd.h>

int cprocessor_available_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

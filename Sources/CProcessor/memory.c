#define _GNU_SOURCE
#include "CProcessor.h"
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { huge_page = 2 << 20, block = 31 << 20, blocks = 8 };

void cprocessor_use_huge_pages(void *address, size_t bytes) {
    uintptr_t start = ((uintptr_t)address + huge_page - 1) & ~(uintptr_t)(huge_page - 1);
    uintptr_t end = ((uintptr_t)address + bytes) & ~(uintptr_t)(huge_page - 1);
    // Advice: where it is not taken, nothing is lost.
    if (start < end) madvise((void *)start, end - start, MADV_HUGEPAGE);
}

void cprocessor_prepare_memory(void) {
    // Blocks below the first threshold (the highest there is) come from the heap, which shrinks only by the second.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    // The heap grows once, by address space alone: pages come when they are touched.
    void *held[blocks];
    for (int i = 0; i < blocks; i++) {
        held[i] = malloc(block);
        if (held[i]) cprocessor_use_huge_pages(held[i], block);
    }
    for (int i = 0; i < blocks; i++) free(held[i]);
}

void cprocessor_release_free_memory(void) { malloc_trim(0); }

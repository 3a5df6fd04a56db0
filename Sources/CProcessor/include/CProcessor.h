#pragma once
// What the processor can do and how it rounds: the only architecture-specific code of the project.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Cores this process may run on, at least 1.
int cprocessor_available_cores(void);

/// Keeps freed memory in the process, and its first 248 MiB on huge pages, where the system offers them.
void cprocessor_prepare_memory(void);
/// Gives free memory back to the operating system.
void cprocessor_release_free_memory(void);
/// Asks for huge pages behind a large block.
void cprocessor_use_huge_pages(void *address, size_t bytes);

/// Begins to bring the line of an address into the cache.
static inline void cprocessor_prefetch(const void *address) { __builtin_prefetch(address); }

typedef float cprocessor_vector16 __attribute__((ext_vector_type(16)));
typedef double cprocessor_vector8 __attribute__((ext_vector_type(8)));

/// Loads from any address; the standard library's load is a call wherever the inliner has had enough.
static inline __attribute__((always_inline)) cprocessor_vector16 cprocessor_float16(const float *address) {
    cprocessor_vector16 vector;
    __builtin_memcpy(&vector, address, sizeof vector);
    return vector;
}
static inline __attribute__((always_inline)) cprocessor_vector8 cprocessor_double8(const double *address) {
    cprocessor_vector8 vector;
    __builtin_memcpy(&vector, address, sizeof vector);
    return vector;
}

/// Square roots, which the standard library takes lane by lane.
static inline __attribute__((always_inline)) cprocessor_vector16 cprocessor_root16(cprocessor_vector16 x) {
    return __builtin_elementwise_sqrt(x);
}
static inline __attribute__((always_inline)) cprocessor_vector8 cprocessor_root8(cprocessor_vector8 x) {
    return __builtin_elementwise_sqrt(x);
}

typedef uint32_t cprocessor_words16 __attribute__((ext_vector_type(16)));

/// The transpose of 16 × 16 words, in registers: blocks beside the diagonal change places, of 8 × 8 words, of 4 × 4, of
/// 2 × 2, of 1.
static inline __attribute__((always_inline)) void cprocessor_transpose_words(cprocessor_words16 rows[16]) {
#define CPROCESSOR_EXCHANGE(size, low, high)                                                                           \
    _Pragma("unroll") for (int r = 0; r < 16; r++) if (!(r & size)) {                                                  \
        cprocessor_words16 a = rows[r], b = rows[r + size];                                                            \
        rows[r] = __builtin_shufflevector(a, b, low);                                                                  \
        rows[r + size] = __builtin_shufflevector(a, b, high);                                                          \
    }
#define CPROCESSOR_LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define CPROCESSOR_HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
    CPROCESSOR_EXCHANGE(8, CPROCESSOR_LOW_8, CPROCESSOR_HIGH_8)
#define CPROCESSOR_LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define CPROCESSOR_HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
    CPROCESSOR_EXCHANGE(4, CPROCESSOR_LOW_4, CPROCESSOR_HIGH_4)
#define CPROCESSOR_LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define CPROCESSOR_HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
    CPROCESSOR_EXCHANGE(2, CPROCESSOR_LOW_2, CPROCESSOR_HIGH_2)
#define CPROCESSOR_LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define CPROCESSOR_HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
    CPROCESSOR_EXCHANGE(1, CPROCESSOR_LOW_1, CPROCESSOR_HIGH_1)
}

/// 16 rows of 16 numbers, `stride` apart, transposed to rows `pitch` apart.
static inline void cprocessor_transpose16(const float *source, ptrdiff_t stride, float *target, ptrdiff_t pitch) {
    cprocessor_words16 rows[16];
#pragma unroll
    for (int r = 0; r < 16; r++) __builtin_memcpy(&rows[r], source + r * stride, sizeof rows[r]);
    cprocessor_transpose_words(rows);
#pragma unroll
    for (int r = 0; r < 16; r++) __builtin_memcpy(target + r * pitch, &rows[r], sizeof rows[r]);
}

#include "CProcessorBFloat16.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <xmmintrin.h>

/// Treats subnormal numbers as zero, on input and output, in this thread; rounding to nearest, no traps.
static inline void cprocessor_set_floating_point_environment(void) { _mm_setcsr(0x1F80 | 0x8040); }
static inline uint32_t cprocessor_floating_point_environment(void) { return _mm_getcsr() & 0xFFC0; }
static inline uint32_t cprocessor_expected_floating_point_environment(void) { return (0x1F80 | 0x8040) & 0xFFC0; }

/// 1, 3 or 4: the x86-64 psABI level, operating-system support included (2 is not told apart from 1).
static inline int cprocessor_level(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 1;
    bool fma = c & bit_FMA, osxsave = c & bit_OSXSAVE, movbe = c & bit_MOVBE, f16c = c & bit_F16C;
    if (!(fma && osxsave && movbe && f16c)) return 1;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 0x6) != 0x6) return 1;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 1;
    if (!(b & bit_AVX2 && b & bit_BMI && b & bit_BMI2)) return 1;
    bool avx512 = b & bit_AVX512F && b & bit_AVX512BW && b & bit_AVX512CD && b & bit_AVX512DQ && b & bit_AVX512VL;
    return avx512 && (low & 0xE0) == 0xE0 ? 4 : 3;
}
#elif defined(__aarch64__)
static inline void cprocessor_set_floating_point_environment(void) { __builtin_arm_wsr64("fpcr", 1u << 24); }
static inline uint32_t cprocessor_floating_point_environment(void) { return (uint32_t)__builtin_arm_rsr64("fpcr"); }
static inline uint32_t cprocessor_expected_floating_point_environment(void) { return 1u << 24; }
static inline int cprocessor_level(void) { return 1; }
#else
static inline void cprocessor_set_floating_point_environment(void) {}
static inline uint32_t cprocessor_floating_point_environment(void) { return 0; }
static inline uint32_t cprocessor_expected_floating_point_environment(void) { return 0; }
static inline int cprocessor_level(void) { return 1; }
#endif

/// Vector registers of 64 bytes that the code is compiled for: how many accumulators a tile may hold.
#if defined(__AVX512F__)
enum { cprocessor_built_level = 4, cprocessor_wide_registers = 32 };
#elif defined(__AVX2__) && defined(__FMA__)
enum { cprocessor_built_level = 3, cprocessor_wide_registers = 8 };
#elif defined(__aarch64__)
enum { cprocessor_built_level = 0, cprocessor_wide_registers = 8 };
#else
enum { cprocessor_built_level = 1, cprocessor_wide_registers = 4 };
#endif

#pragma once
// bfloat16: rounding float32 to it, and adding products of pairs of it to float32 sums.
//
// A word holds a pair, the number that is added first in the upper half. Two forms give the same bits: with the
// instructions of AVX512-BF16, where the code is compiled for them, and plainly. (Of a result that is not a number no
// form of a processor's multiply-add fixes the payload; it is not a number in both.)
//
// Rounding (VCVTNE2PS2BF16): to nearest, ties to even; subnormals become zeros of their sign whatever the thread's
// environment says; the payload of a NaN is cut and the NaN made quiet; too large numbers become infinite.
//
// Products (VDPBF16PS): Intel's manual defines, "DAZ, FTZ, RNE",
//     sum += x.upper * w.upper; sum += x.lower * w.lower
// without saying whether a product is rounded (its text calls each line an FMA). Measured on a Zen 5 over random bits,
// special values and the borders of underflow and overflow, each line is one fused multiply-add: the product keeps an
// unbounded exponent, and only the sum is rounded (subnormals flushed after rounding, as SSE does). That is what two
// float32 multiply-adds compute in the environment that all our threads run in.
#include <stddef.h>
#include <stdint.h>

// All of this is inlined: no vector is passed in a call, which processors without wide registers would do otherwise.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

/// `x` rounded to bfloat16, in the lower halves; any processor.
static inline __attribute__((always_inline)) cprocessor_words16 cprocessor_plain_bfloat16(cprocessor_vector16 x) {
    cprocessor_words16 bits = (cprocessor_words16)x, magnitude = bits & 0x7FFFFFFFu, cut = bits >> 16;
    cprocessor_words16 isNaN = (cprocessor_words16)(magnitude > 0x7F800000u);
    cprocessor_words16 isTiny = (cprocessor_words16)(magnitude < 0x00800000u);
    cprocessor_words16 rounded = (bits + 0x7FFFu + (cut & 1u)) >> 16;
    rounded = (isNaN & (cut | 0x40u)) | (~isNaN & rounded);
    return (isTiny & (cut & 0x8000u)) | (~isTiny & rounded);
}

/// Pairs of `upper` and `lower`, rounded; any processor.
static inline __attribute__((always_inline)) cprocessor_words16 cprocessor_plain_bfloat16_pairs(
    cprocessor_vector16 upper, cprocessor_vector16 lower) {
    return cprocessor_plain_bfloat16(upper) << 16 | cprocessor_plain_bfloat16(lower);
}

/// `sum + x.upper · w.upper + x.lower · w.lower`, in this order; any processor.
static inline __attribute__((always_inline)) cprocessor_vector16 cprocessor_plain_adding_pairs(
    cprocessor_vector16 sum, cprocessor_words16 x, cprocessor_words16 w) {
    cprocessor_words16 upper = 0xFFFF0000u;
    sum = __builtin_elementwise_fma((cprocessor_vector16)(x & upper), (cprocessor_vector16)(w & upper), sum);
    return __builtin_elementwise_fma((cprocessor_vector16)(x << 16), (cprocessor_vector16)(w << 16), sum);
}

#if defined(__AVX512BF16__) && defined(__AVX512BW__)
#include <immintrin.h>

enum { cprocessor_has_bfloat16 = 1 };

static inline __attribute__((always_inline)) cprocessor_words16 cprocessor_bfloat16_pairs(
    cprocessor_vector16 upper, cprocessor_vector16 lower) {
    typedef uint16_t halves32 __attribute__((ext_vector_type(32)));
    halves32 halves = (halves32)_mm512_cvtne2ps_pbh((__m512)upper, (__m512)lower);
    return (cprocessor_words16)__builtin_shufflevector(
        halves, halves, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
        13, 29, 14, 30, 15, 31);
}

static inline __attribute__((always_inline)) cprocessor_vector16 cprocessor_adding_pairs(
    cprocessor_vector16 sum, cprocessor_words16 x, cprocessor_words16 w) {
    return (cprocessor_vector16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)x, (__m512bh)w);
}
#else
enum { cprocessor_has_bfloat16 = 0 };

static inline __attribute__((always_inline)) cprocessor_words16 cprocessor_bfloat16_pairs(
    cprocessor_vector16 upper, cprocessor_vector16 lower) {
    return cprocessor_plain_bfloat16_pairs(upper, lower);
}

static inline __attribute__((always_inline)) cprocessor_vector16 cprocessor_adding_pairs(
    cprocessor_vector16 sum, cprocessor_words16 x, cprocessor_words16 w) {
    return cprocessor_plain_adding_pairs(sum, x, w);
}
#endif

/// `x` rounded to bfloat16, as float32. Negative zeros become zeros: in a sum, an absent number and a zero must agree.
static inline __attribute__((always_inline)) cprocessor_vector16 cprocessor_bfloat16_rounded(cprocessor_vector16 x) {
    cprocessor_vector16 zero = 0.0f;
    return (cprocessor_vector16)cprocessor_bfloat16_pairs(x, zero) + zero;
}

// Arrays of bfloat16 numbers, as sums over ranks travel.
typedef uint16_t cprocessor_halves16 __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) cprocessor_vector16 cprocessor_bfloat16_widened(const uint16_t *address) {
    cprocessor_halves16 halves;
    __builtin_memcpy(&halves, address, sizeof halves);
    return (cprocessor_vector16)(__builtin_convertvector(halves, cprocessor_words16) << 16);
}

static inline __attribute__((always_inline)) void cprocessor_bfloat16_store(uint16_t *address, cprocessor_vector16 x) {
    cprocessor_words16 words = (cprocessor_words16)cprocessor_bfloat16_rounded(x) >> 16;
    cprocessor_halves16 halves = __builtin_convertvector(words, cprocessor_halves16);
    __builtin_memcpy(address, &halves, sizeof halves);
}

/// Rounds `count` numbers.
static inline void cprocessor_bfloat16_narrow(const float *source, uint16_t *target, ptrdiff_t count) {
    ptrdiff_t place = 0;
    for (; place + 16 <= count; place += 16)
        cprocessor_bfloat16_store(target + place, cprocessor_float16(source + place));
    if (place == count) return;
    float rest[16] = {0};
    uint16_t rounded[16];
    __builtin_memcpy(rest, source + place, (size_t)(count - place) * sizeof *source);
    cprocessor_bfloat16_store(rounded, cprocessor_float16(rest));
    __builtin_memcpy(target + place, rounded, (size_t)(count - place) * sizeof *target);
}

static inline void cprocessor_bfloat16_widen(const uint16_t *source, float *target, ptrdiff_t count) {
    for (ptrdiff_t place = 0; place < count; place++) {
        uint32_t word = (uint32_t)source[place] << 16;
        __builtin_memcpy(target + place, &word, sizeof word);
    }
}

/// Adds `count` numbers to those at `sum`, and rounds the sums; the two do not overlap.
static inline void cprocessor_bfloat16_accumulate(uint16_t *sum, const uint16_t *addend, ptrdiff_t count) {
    ptrdiff_t place = 0;
    for (; place + 16 <= count; place += 16)
        cprocessor_bfloat16_store(
            sum + place, cprocessor_bfloat16_widened(sum + place) + cprocessor_bfloat16_widened(addend + place));
    if (place == count) return;
    uint16_t left[16] = {0}, right[16] = {0};
    size_t bytes = (size_t)(count - place) * sizeof *sum;
    __builtin_memcpy(left, sum + place, bytes);
    __builtin_memcpy(right, addend + place, bytes);
    cprocessor_bfloat16_store(left, cprocessor_bfloat16_widened(left) + cprocessor_bfloat16_widened(right));
    __builtin_memcpy(sum + place, left, bytes);
}

/// The pairs of 32 neighbouring numbers, the first of each in the upper half.
static inline __attribute__((always_inline)) cprocessor_words16 cprocessor_bfloat16_row(const float *address) {
    cprocessor_vector16 a = cprocessor_float16(address), b = cprocessor_float16(address + 16);
    return cprocessor_bfloat16_pairs(
        __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
        __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
}

/// 16 rows of 32 numbers, `stride` apart, as pairs of neighbours: pair `p` of row `r` goes to `target[p · pitch + r]`.
static inline void cprocessor_bfloat16_transpose(
    const float *source, ptrdiff_t stride, uint32_t *target, ptrdiff_t pitch) {
    cprocessor_words16 rows[16];
#pragma unroll
    for (int r = 0; r < 16; r++) rows[r] = cprocessor_bfloat16_row(source + r * stride);
    cprocessor_transpose_words(rows);
#pragma unroll
    for (int p = 0; p < 16; p++) __builtin_memcpy(target + p * pitch, &rows[p], sizeof rows[p]);
}

#pragma clang diagnostic pop

// Runs before main: a program built for a wider processor than this one would die of an illegal instruction.
#include "CProcessor.h"
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
// The guard itself is built for any x86-64, whatever the rest is built for.
#define BASELINE __attribute__((target("arch=x86-64")))

BASELINE static void say(const char *text) {
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

BASELINE static void refuse(const char *feature, const char *level) {
    say("rnn-dist: this program was built for a processor with ");
    say(feature);
    say(", which this one lacks; build it on this machine (swift build -c release),"
        " or for both machines with RNN_DIST_CPU=x86-64-");
    say(level);
    say("\n");
    _exit(1);
}

#define REQUIRE(feature, level) if (!__builtin_cpu_supports(feature)) refuse(feature, level)

__attribute__((constructor)) BASELINE static void check_processor(void) {
    __builtin_cpu_init();
#if defined(__AVX2__)
    REQUIRE("avx2", "v2");
    REQUIRE("fma", "v2");
    REQUIRE("bmi2", "v2");
#endif
#if defined(__AVX512F__)
    REQUIRE("avx512f", "v3");
    REQUIRE("avx512bw", "v3");
    REQUIRE("avx512dq", "v3");
    REQUIRE("avx512vl", "v3");
#endif
#if defined(__AVX512VBMI__)
    REQUIRE("avx512vbmi", "v4");
#endif
#if defined(__AVX512VNNI__)
    REQUIRE("avx512vnni", "v4");
#endif
#if defined(__AVX512BF16__)
    REQUIRE("avx512bf16", "v4");
#endif
}
#endif

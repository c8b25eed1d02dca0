#include "CKernels.h"

static const uint64_t table[256] = {
#include "gear_table.inc"
};

// A chunk ends after a byte where the upper 16 bits of the rolling hash are zero. The hash shifts by one for each byte, so
// that only the last 64 count: bytes before them need not be looked at until the minimum is reached.
size_t nacre_gear_cut(const uint8_t *data, size_t size) {
    if (size < nacre_chunk_minimum) return 0;
    size_t end = size < nacre_chunk_maximum ? size : nacre_chunk_maximum;
    uint64_t hash = 0;
    for (size_t i = nacre_chunk_minimum - 64; i < nacre_chunk_minimum - 1; i++) hash = (hash << 1) + table[data[i]];
    const uint64_t bound = 1ull << 48;
    size_t i = nacre_chunk_minimum - 1;
#define STEP(k)                                   \
    hash = (hash << 1) + table[data[i + (k)]];    \
    if (__builtin_expect(hash < bound, 0)) return i + (k) + 1;
    for (; i + 8 <= end; i += 8) {
        STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
    }
    for (; i < end; i++) {
        STEP(0)
    }
#undef STEP
    return end == nacre_chunk_maximum ? end : 0;
}

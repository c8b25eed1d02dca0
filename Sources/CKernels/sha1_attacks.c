#include "CKernels.h"

#include <string.h>

// Detection of collision attacks on SHA-1 after Marc Stevens, "Counter-cryptanalysis" (CRYPTO 2013): every attack known makes
// its differences along one of a few disturbance vectors. For a block in which one may have been used, the block that would
// be its partner is made by adding that vector's differences, and SHA-1 is computed for it from a step in the middle, where
// both blocks have the same state, back to the beginning and on to the end. If both end alike, the block at hand is one half
// of a collision. Nobody meets that by chance.

typedef struct {
    uint8_t type;
    uint8_t shift;
    uint8_t rotation;
    // The step before which both blocks have the same state.
    uint8_t step;
} vector;

// The disturbance vectors I(K, b) and II(K, b) that are worth an attacker's while, by the paper's names: type, K, b.
static const vector vectors[32] = {
    {1, 43, 0, 58}, {1, 44, 0, 58}, {1, 45, 0, 58}, {1, 46, 0, 58}, {1, 46, 2, 58}, {1, 47, 0, 58}, {1, 47, 2, 58},
    {1, 48, 0, 58}, {1, 48, 2, 58}, {1, 49, 0, 58}, {1, 49, 2, 58}, {1, 50, 0, 65}, {1, 50, 2, 65}, {1, 51, 0, 65},
    {1, 51, 2, 65}, {1, 52, 0, 65}, {2, 45, 0, 58}, {2, 46, 0, 58}, {2, 46, 2, 58}, {2, 47, 0, 58}, {2, 48, 0, 58},
    {2, 49, 0, 58}, {2, 49, 2, 58}, {2, 50, 0, 65}, {2, 50, 2, 65}, {2, 51, 0, 65}, {2, 51, 2, 65}, {2, 52, 0, 65},
    {2, 53, 0, 65}, {2, 54, 0, 65}, {2, 55, 0, 65}, {2, 56, 0, 65},
};

static inline uint32_t left(uint32_t word, unsigned count) { return count ? word << count | word >> (32 - count) : word; }
static inline uint32_t right(uint32_t word, unsigned count) { return left(word, 32 - count); }

static inline uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void expand(const uint8_t *block, uint32_t words[80]) {
    for (int t = 0; t < 16; t++) words[t] = big_endian(block + 4 * t);
    for (int t = 16; t < 80; t++) words[t] = left(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
}

// The differences of a vector's expanded message: six of its disturbances make a local collision at each step.
static void differences(vector which, uint32_t words[80]) {
    enum { before = 5 };
    // A vector satisfies the message expansion and is zero but for a few of the 16 words from K on.
    uint32_t line[before + 80] = {0};
    uint32_t *at = line + before;
    int k = which.shift;
    at[k + 15] = 1;
    if (which.type == 2) at[k + 1] = at[k + 3] = 1u << 31;
    for (int t = k + 16; t < 80; t++) at[t] = left(at[t - 3] ^ at[t - 8] ^ at[t - 14] ^ at[t - 16], 1);
    for (int t = k - 1; t >= -before; t--) at[t] = right(at[t + 16], 1) ^ at[t + 13] ^ at[t + 8] ^ at[t + 2];
    for (int t = 0; t < 80; t++) {
        uint32_t word = at[t] ^ left(at[t - 1], 5) ^ at[t - 2] ^ left(at[t - 3] ^ at[t - 4] ^ at[t - 5], 30);
        words[t] = left(word, which.rotation);
    }
}

typedef struct {
    uint32_t a, b, c, d, e;
} state;

// What a step adds besides its word and the first and last of the state. Whole rounds are named, so that no step chooses.
static inline uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d) {
    if (round == 0) return (d ^ (b & (c ^ d))) + 0x5a827999;
    if (round == 1) return (b ^ c ^ d) + 0x6ed9eba1;
    if (round == 2) return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

static inline __attribute__((always_inline)) state round_forward(state s, int round, int from, int to, const uint32_t *words) {
    for (int t = from; t < to; t++) {
        uint32_t next = left(s.a, 5) + mix(round, s.b, s.c, s.d) + s.e + words[t];
        s = (state){next, s.a, left(s.b, 30), s.c, s.d};
    }
    return s;
}

static inline __attribute__((always_inline)) state round_backward(state s, int round, int from, int to, const uint32_t *words) {
    for (int t = from - 1; t >= to; t--) {
        uint32_t b = right(s.c, 30);
        uint32_t e = s.a - left(s.b, 5) - mix(round, b, s.d, s.e) - words[t];
        s = (state){s.b, b, s.d, s.e, e};
    }
    return s;
}

static inline state sum(state s, state t) { return (state){s.a + t.a, s.b + t.b, s.c + t.c, s.d + t.d, s.e + t.e}; }

int nacre_sha1_is_attack(const uint32_t chaining[5], const uint8_t *block, uint32_t suspected) {
    uint32_t words[80];
    expand(block, words);
    const state first = {chaining[0], chaining[1], chaining[2], chaining[3], chaining[4]};
    state at58 = round_forward(first, 0, 0, 20, words);
    at58 = round_forward(at58, 1, 20, 40, words);
    at58 = round_forward(at58, 2, 40, 58, words);
    const state at65 = round_forward(round_forward(at58, 2, 58, 60, words), 3, 60, 65, words);
    state end = round_forward(at65, 3, 65, 80, words);
    end = sum(first, end);
    for (; suspected; suspected &= suspected - 1) {
        const vector which = vectors[__builtin_ctz(suspected)];
        uint32_t other[80];
        differences(which, other);
        for (int t = 0; t < 80; t++) other[t] ^= words[t];
        state begins, ends;
        if (which.step == 58) {
            begins = round_backward(at58, 2, 58, 40, other);
            ends = round_forward(round_forward(at58, 2, 58, 60, other), 3, 60, 80, other);
        } else {
            begins = round_backward(round_backward(at65, 3, 65, 60, other), 2, 60, 40, other);
            ends = round_forward(at65, 3, 65, 80, other);
        }
        begins = round_backward(round_backward(begins, 1, 40, 20, other), 0, 20, 0, other);
        ends = sum(begins, ends);
        if (ends.a == end.a && ends.b == end.b && ends.c == end.c && ends.d == end.d && ends.e == end.e) return 1;
    }
    return 0;
}

enum { lanes_count = 8 };
typedef uint32_t lanes __attribute__((vector_size(4 * lanes_count)));
typedef int32_t signed_lanes __attribute__((vector_size(4 * lanes_count)));

// The conditions need the expanded words up to the 64th alone.
enum { words_looked_at = 65 };

// Eight blocks at a time. Whether two bits differ stands in the sign after they are shifted there.
static inline __attribute__((always_inline)) void suspect(const uint8_t *blocks, uint32_t *suspected) {
    lanes words[words_looked_at];
    for (int t = 0; t < 16; t++) {
        uint32_t row[lanes_count];
        for (int lane = 0; lane < lanes_count; lane++) row[lane] = big_endian(blocks + 64 * lane + 4 * t);
        memcpy(&words[t], row, sizeof row);
    }
    for (int t = 16; t < words_looked_at; t++) {
        lanes word = words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16];
        words[t] = word << 1 | word >> 31;
    }
    lanes excluded = {0};
#define CONDITION(i, a, j, b, differ, which)                                         \
    {                                                                                \
        lanes pair = words[i] << (31 - (a)) ^ words[j] << (31 - (b));                \
        if (differ) pair = ~pair;                                                    \
        excluded |= (lanes)((signed_lanes)pair >> 31) & (lanes){which, which, which, which, which, which, which, which}; \
    }
#include "sha1_conditions.inc"
#undef CONDITION
    excluded = ~excluded;
    memcpy(suspected, &excluded, sizeof excluded);
}

static void suspect_plain(const uint8_t *blocks, uint32_t *suspected) { suspect(blocks, suspected); }

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void suspect_avx2(const uint8_t *blocks, uint32_t *suspected) {
    suspect(blocks, suspected);
}
#endif

void nacre_sha1_suspect(const uint8_t *blocks, size_t count, uint32_t *suspected) {
    void (*by)(const uint8_t *, uint32_t *) = suspect_plain;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) by = suspect_avx2;
#endif
    for (; count >= lanes_count; count -= lanes_count, blocks += 64 * lanes_count, suspected += lanes_count) by(blocks, suspected);
    if (!count) return;
    uint8_t rest[64 * lanes_count] = {0};
    uint32_t found[lanes_count];
    memcpy(rest, blocks, 64 * count);
    by(rest, found);
    memcpy(suspected, found, 4 * count);
}

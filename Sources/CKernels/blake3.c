#include "CKernels.h"

#include <string.h>

// BLAKE3 as its paper specifies it (github.com/BLAKE3-team/BLAKE3-specs): pieces of 1,024 bytes are compressed one after
// the other, their chaining values pairwise up a binary tree whose left sides are full. Words are little-endian.

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "BLAKE3 is written for little-endian processors here"
#endif

enum { piece_size = 1024, block_size = 64, pieces_at_once = 256 };
enum { chunk_start = 1, chunk_end = 2, parent = 4, root = 8, keyed_hash = 16 };

static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint8_t schedule[7][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
    {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1}, {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
    {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4}, {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
    {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13},
};

static inline uint32_t rotate(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

static inline void mix(uint32_t *v, int a, int b, int c, int d, uint32_t x, uint32_t y) {
    v[a] = v[a] + v[b] + x;
    v[d] = rotate(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = rotate(v[b] ^ v[c], 12);
    v[a] = v[a] + v[b] + y;
    v[d] = rotate(v[d] ^ v[a], 8);
    v[c] = v[c] + v[d];
    v[b] = rotate(v[b] ^ v[c], 7);
}

// One block into the chaining value `state`.
static void compress(uint32_t *state, const uint8_t *block, uint32_t size, uint64_t counter, uint32_t flags) {
    uint32_t m[16], v[16];
    memcpy(m, block, block_size);
    memcpy(v, state, 32);
    memcpy(v + 8, initial, 16);
    v[12] = (uint32_t)counter;
    v[13] = (uint32_t)(counter >> 32);
    v[14] = size;
    v[15] = flags;
#pragma clang loop unroll(full)
    for (int round = 0; round < 7; round++) {
        const uint8_t *s = schedule[round];
        mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
        mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
        mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
        mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
        mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
        mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
        mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
        mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; i++) state[i] = v[i] ^ v[i + 8];
}

#define VECTOR vector4
#define LOOSE loose4
#define TRANSPOSE transpose4
#define LANES 4
#define HASH_LANES hash4
#define TARGET
#include "blake3_lanes.inc"

#define VECTOR vector8
#define LOOSE loose8
#define TRANSPOSE transpose8
#define LANES 8
#define HASH_LANES hash8
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#else
#define TARGET
#endif
#include "blake3_lanes.inc"

#if defined(__x86_64__)
#define VECTOR vector16
#define LOOSE loose16
#define TRANSPOSE transpose16
#define LANES 16
#define HASH_LANES hash16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq")))
#include "blake3_lanes.inc"
#endif

// The 16 lanes by narrower registers: slow, and only there so that their arithmetic is tested where AVX-512 is missing.
#define VECTOR vector16narrow
#define LOOSE loose16narrow
#define TRANSPOSE transpose16narrow
#define LANES 16
#define HASH_LANES hash16narrow
#define TARGET
#include "blake3_lanes.inc"

typedef void (*hash_lanes)(
    const uint8_t *, size_t, size_t, const uint32_t *, uint64_t, int, uint32_t, uint32_t, uint32_t, uint8_t *);

typedef struct {
    hash_lanes hash;
    size_t lanes;
} implementation_t;

static implementation_t choose(int implementation) {
    implementation_t plain = {0, 1}, four = {hash4, 4};
#if defined(__x86_64__)
    __builtin_cpu_init();
    int has512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    int has2 = __builtin_cpu_supports("avx2");
    implementation_t eight = {hash8, 8}, sixteen = {has512 ? hash16 : hash16narrow, 16};
    switch (implementation) {
    case nacre_kernels_plain: return plain;
    case nacre_kernels_lanes4: return four;
    case nacre_kernels_lanes8: return has2 ? eight : four;
    case nacre_kernels_lanes16: return sixteen;
    default: return has512 ? sixteen : has2 ? eight : four;
    }
#else
    implementation_t eight = {hash8, 8}, sixteen = {hash16narrow, 16};
    switch (implementation) {
    case nacre_kernels_plain: return plain;
    case nacre_kernels_lanes8: return eight;
    case nacre_kernels_lanes16: return sixteen;
    default: return four;
    }
#endif
}

int nacre_blake3_best(void) { return (int)choose(nacre_kernels_best).lanes; }

static void hash_piece(
    const uint32_t *key, const uint8_t *data, size_t size, uint64_t counter, uint32_t flags, uint32_t final,
    uint32_t *state) {
    memcpy(state, key, 32);
    uint32_t start = chunk_start;
    while (size > block_size) {
        compress(state, data, block_size, counter, flags | start);
        data += block_size;
        size -= block_size;
        start = 0;
    }
    uint8_t block[block_size] = {0};
    if (size) memcpy(block, data, size);
    compress(state, block, (uint32_t)size, counter, flags | start | chunk_end | final);
}

// `count` inputs of `blocks` whole blocks each, `stride` apart: lanes at a time; what is left over runs in lanes too where
// that is quicker, over copies so that nothing is read behind the input.
static void hash_many(
    implementation_t by, const uint32_t *key, const uint8_t *data, size_t count, size_t stride, uint64_t counter,
    int counts, uint32_t flags, uint32_t first, uint32_t last, uint8_t *out) {
    size_t blocks = stride / block_size, done = 0;
    for (; by.lanes > 1 && done + by.lanes <= count; done += by.lanes)
        by.hash(
            data + done * stride, stride, blocks, key, counts ? counter + done : 0, counts, flags, first, last,
            out + done * 32);
    size_t left = count - done;
    if (by.lanes > 4 && left >= 3) {
        implementation_t narrower = {hash4, 4};
        hash_many(
            narrower, key, data + done * stride, left / 4 * 4, stride, counter + done, counts, flags, first, last,
            out + done * 32);
        done += left / 4 * 4;
    }
    for (; done < count; done++) {
        uint32_t state[8];
        memcpy(state, key, 32);
        for (size_t block = 0; block < blocks; block++)
            compress(
                state, data + done * stride + block * block_size, block_size, counts ? counter + done : 0,
                flags | (block == 0 ? first : 0) | (block + 1 == blocks ? last : 0));
        memcpy(out + done * 32, state, 32);
    }
}

// The chaining value of up to `pieces_at_once` pieces, level by level; an odd one at the end goes up as it is, which
// gives the same tree as splitting at the largest power of two.
static void subtree(
    implementation_t by, const uint32_t *key, const uint8_t *data, size_t size, uint64_t counter, uint32_t flags,
    int is_root, uint32_t *state) {
    if (size <= piece_size) {
        hash_piece(key, data, size, counter, flags, is_root ? root : 0, state);
        return;
    }
    _Alignas(64) uint8_t values[pieces_at_once * 32];
    _Alignas(64) uint8_t next[pieces_at_once * 16];
    size_t whole = size / piece_size, count = whole;
    hash_many(by, key, data, whole, piece_size, counter, 1, flags, chunk_start, chunk_end, values);
    if (size % piece_size) {
        hash_piece(key, data + whole * piece_size, size % piece_size, counter + whole, flags, 0, state);
        memcpy(values + count * 32, state, 32);
        count++;
    }
    while (count > 2) {
        hash_many(by, key, values, count / 2, block_size, 0, 0, flags | parent, 0, 0, next);
        if (count % 2) memcpy(next + count / 2 * 32, values + (count - 1) * 32, 32);
        count = count / 2 + count % 2;
        memcpy(values, next, count * 32);
    }
    memcpy(state, key, 32);
    compress(state, values, block_size, 0, flags | parent | (is_root ? root : 0));
}

static void parent_of(const uint32_t *key, const uint32_t *left, uint32_t *right, uint32_t flags) {
    uint32_t block[16];
    memcpy(block, left, 32);
    memcpy(block + 8, right, 32);
    memcpy(right, key, 32);
    compress(right, (const uint8_t *)block, block_size, 0, flags | parent);
}

void nacre_blake3_by(int implementation, const uint8_t *key_bytes, const uint8_t *data, size_t size, uint8_t *out) {
    implementation_t by = choose(implementation);
    uint32_t key[8], state[8], flags = key_bytes ? keyed_hash : 0;
    memcpy(key, key_bytes ? key_bytes : (const uint8_t *)initial, 32);
    const size_t step = (size_t)pieces_at_once * piece_size;
    if (size <= step) {
        subtree(by, key, data, size, 0, flags, 1, state);
        memcpy(out, state, 32);
        return;
    }
    // Full subtrees are joined as the bits of their number say; what is last waits for the root.
    uint32_t stack[64][8];
    size_t depth = 0;
    uint64_t steps = 0;
    while (size > step) {
        subtree(by, key, data, step, steps * pieces_at_once, flags, 0, state);
        data += step;
        size -= step;
        steps++;
        for (uint64_t bits = steps; (bits & 1) == 0; bits >>= 1) parent_of(key, stack[--depth], state, flags);
        memcpy(stack[depth++], state, 32);
    }
    subtree(by, key, data, size, steps * pieces_at_once, flags, 0, state);
    while (depth > 0) {
        depth--;
        parent_of(key, stack[depth], state, flags | (depth == 0 ? root : 0));
    }
    memcpy(out, state, 32);
}

void nacre_blake3_keyed(const uint8_t *key, const uint8_t *data, size_t size, uint8_t *out) {
    nacre_blake3_by(nacre_kernels_best, key, data, size, out);
}

void nacre_blake3(const uint8_t *data, size_t size, uint8_t *out) {
    nacre_blake3_by(nacre_kernels_best, 0, data, size, out);
}

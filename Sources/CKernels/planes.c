#include "CKernels.h"

#include <math.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "byte planes are written for little-endian processors here"
#endif

// Each loop is plain C that the compiler turns into vector instructions: once for the processor that every program may
// expect, once for AVX2, chosen when called. `BODY` is inlined into both.
#define BODY static inline __attribute__((always_inline)) void
#if defined(__x86_64__)
#define WITH_VECTORS __attribute__((target("avx2")))
static int has_vectors(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2");
}
#define DISPATCH(name, parameters, arguments)                               \
    WITH_VECTORS static void name##_vectors parameters { name##_body arguments; } \
    void nacre_##name parameters {                                          \
        if (has_vectors()) name##_vectors arguments;                        \
        else name##_body arguments;                                         \
    }
#else
#define DISPATCH(name, parameters, arguments) \
    void nacre_##name parameters { name##_body arguments; }
#endif

BODY planes_split_body(const uint8_t *restrict data, size_t count, unsigned width, uint8_t *restrict out) {
    if (width == 2) {
        for (size_t i = 0; i < count; i++) {
            out[i] = data[2 * i];
            out[count + i] = data[2 * i + 1];
        }
    } else if (width == 4) {
        for (size_t i = 0; i < count; i++) {
            out[i] = data[4 * i];
            out[count + i] = data[4 * i + 1];
            out[2 * count + i] = data[4 * i + 2];
            out[3 * count + i] = data[4 * i + 3];
        }
    } else if (width == 8) {
        for (unsigned plane = 0; plane < 8; plane++)
            for (size_t i = 0; i < count; i++) out[plane * count + i] = data[8 * i + plane];
    } else {
        memcpy(out, data, count);
    }
}

BODY planes_join_body(const uint8_t *restrict planes, size_t count, unsigned width, uint8_t *restrict out) {
    if (width == 2) {
        const uint8_t *a = planes, *b = planes + count;
        for (size_t i = 0; i < count; i++) {
            out[2 * i] = a[i];
            out[2 * i + 1] = b[i];
        }
    } else if (width == 4) {
        const uint8_t *a = planes, *b = a + count, *c = b + count, *d = c + count;
        for (size_t i = 0; i < count; i++) {
            out[4 * i] = a[i];
            out[4 * i + 1] = b[i];
            out[4 * i + 2] = c[i];
            out[4 * i + 3] = d[i];
        }
    } else if (width == 8) {
        for (size_t i = 0; i < count; i++)
            for (unsigned plane = 0; plane < 8; plane++) out[8 * i + plane] = planes[plane * count + i];
    } else {
        memcpy(out, planes, count);
    }
}

// One loop over elements of each width: `expression` of x (and y, the base's element) gives the result.
#define LOAD(type, source, i) ({ type value; memcpy(&value, (source) + (i) * sizeof(type), sizeof(type)); value; })
#define ONE_LOOP(type, expression)                                  \
    for (size_t i = 0; i < count; i++) {                            \
        type x = LOAD(type, data, i);                               \
        type result = (type)(expression);                           \
        memcpy(out + i * sizeof(type), &result, sizeof(type));      \
    }
#define TWO_LOOP(type, signed_type, body)                           \
    for (size_t i = 0; i < count; i++) {                            \
        type x = LOAD(type, data, i), y = LOAD(type, base, i);      \
        const int top = sizeof(type) * 8 - 1;                       \
        (void)top;                                                  \
        type result;                                                \
        body(type, signed_type)                                     \
        memcpy(out + i * sizeof(type), &result, sizeof(type));      \
    }
#define EACH_WIDTH(body)                                            \
    switch (width) {                                                \
    case 2: TWO_LOOP(uint16_t, int16_t, body) break;                \
    case 4: TWO_LOOP(uint32_t, int32_t, body) break;                \
    case 8: TWO_LOOP(uint64_t, int64_t, body) break;                \
    default: TWO_LOOP(uint8_t, int8_t, body) break;                 \
    }

BODY rotate_left_body(const uint8_t *data, size_t count, unsigned width, uint8_t *out) {
    switch (width) {
    case 2: ONE_LOOP(uint16_t, x << 1 | x >> 15) break;
    case 4: ONE_LOOP(uint32_t, x << 1 | x >> 31) break;
    case 8: ONE_LOOP(uint64_t, x << 1 | x >> 63) break;
    default: memmove(out, data, count);
    }
}

BODY rotate_right_body(const uint8_t *data, size_t count, unsigned width, uint8_t *out) {
    switch (width) {
    case 2: ONE_LOOP(uint16_t, x >> 1 | x << 15) break;
    case 4: ONE_LOOP(uint32_t, x >> 1 | x << 31) break;
    case 8: ONE_LOOP(uint64_t, x >> 1 | x << 63) break;
    default: memmove(out, data, count);
    }
}

BODY xor_body(const uint8_t *data, const uint8_t *base, size_t size, uint8_t *out) {
    for (size_t i = 0; i < size; i++) out[i] = data[i] ^ base[i];
}

// Sign to the lowest bit, and back.
#define FOLD(type, signed_type, x) (type)((type)((x) << 1) ^ (type)((signed_type)(x) >> top))
#define UNFOLD(type, x) (type)((type)((x) >> 1) ^ (type)(0 - (type)((x) & 1)))
// Numbers in order as integers in order: negative ones, whose magnitude grows downwards, are turned over.
#define ORDER(type, signed_type, x) \
    (type)((x) ^ ((type)((signed_type)(x) >> top) & (type)(((type)1 << top) - 1)))

#define DIFFERENCE(type, signed_type)                  \
    type d = (type)(x - y);                            \
    result = FOLD(type, signed_type, d);
#define UNDO_DIFFERENCE(type, signed_type) result = (type)(UNFOLD(type, x) + y);
#define FLOAT_DIFFERENCE(type, signed_type)                                                    \
    type d = (type)(ORDER(type, signed_type, x) - ORDER(type, signed_type, y));                \
    result = FOLD(type, signed_type, d);
#define UNDO_FLOAT_DIFFERENCE(type, signed_type)                                               \
    type o = (type)(UNFOLD(type, x) + ORDER(type, signed_type, y));                            \
    result = ORDER(type, signed_type, o);

BODY difference_body(const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out) {
    EACH_WIDTH(DIFFERENCE)
}
BODY undo_difference_body(const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out) {
    EACH_WIDTH(UNDO_DIFFERENCE)
}
BODY float_difference_body(const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out) {
    EACH_WIDTH(FLOAT_DIFFERENCE)
}
BODY undo_float_difference_body(
    const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out) {
    EACH_WIDTH(UNDO_FLOAT_DIFFERENCE)
}

DISPATCH(planes_split, (const uint8_t *data, size_t count, unsigned width, uint8_t *out), (data, count, width, out))
DISPATCH(planes_join, (const uint8_t *planes, size_t count, unsigned width, uint8_t *out), (planes, count, width, out))
DISPATCH(rotate_left, (const uint8_t *data, size_t count, unsigned width, uint8_t *out), (data, count, width, out))
DISPATCH(rotate_right, (const uint8_t *data, size_t count, unsigned width, uint8_t *out), (data, count, width, out))
DISPATCH(xor, (const uint8_t *data, const uint8_t *base, size_t size, uint8_t *out), (data, base, size, out))
DISPATCH(
    difference, (const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out),
    (data, base, count, width, out))
DISPATCH(
    undo_difference, (const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out),
    (data, base, count, width, out))
DISPATCH(
    float_difference, (const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out),
    (data, base, count, width, out))
DISPATCH(
    undo_float_difference, (const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out),
    (data, base, count, width, out))

void nacre_histogram(const uint8_t *data, size_t size, uint32_t *counts) {
    // Four tables, so that equal neighbours do not wait for each other's store.
    uint32_t tables[4][256] = {{0}};
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, 8);
        tables[0][word & 255]++;
        tables[1][word >> 8 & 255]++;
        tables[2][word >> 16 & 255]++;
        tables[3][word >> 24 & 255]++;
        tables[0][word >> 32 & 255]++;
        tables[1][word >> 40 & 255]++;
        tables[2][word >> 48 & 255]++;
        tables[3][word >> 56]++;
    }
    for (; i < size; i++) tables[0][data[i]]++;
    for (int value = 0; value < 256; value++)
        counts[value] = tables[0][value] + tables[1][value] + tables[2][value] + tables[3][value];
}

size_t nacre_entropy_bytes(const uint8_t *data, size_t size) {
    uint32_t counts[256];
    nacre_histogram(data, size, counts);
    float bits = 0;
    for (int value = 0; value < 256; value++)
        if (counts[value]) bits += (float)counts[value] * (log2f((float)size) - log2f((float)counts[value]));
    return (size_t)(bits / 8);
}

#pragma once
#include <stddef.h>
#include <stdint.h>

// Loops for which Swift cannot name the instruction. Every function works on the caller's memory, allocates nothing, and
// gives the same result on every processor: the instruction set is chosen when the first call is made.

/// Which implementation a function takes: the best that the processor has, or one by name, which tests use to compare
/// them. `nacre_kernels_has` says whether the processor can run it.
enum {
    nacre_kernels_plain = 0,
    nacre_kernels_lanes4 = 4,
    nacre_kernels_lanes8 = 8,
    nacre_kernels_lanes16 = 16,
    nacre_kernels_best = 255,
};

/// BLAKE3 of `size` bytes with a key, into 32 bytes.
void nacre_blake3_keyed(const uint8_t *key, const uint8_t *data, size_t size, uint8_t *out);
/// BLAKE3 of `size` bytes without a key, into 32 bytes.
void nacre_blake3(const uint8_t *data, size_t size, uint8_t *out);
/// As above by a named implementation; `key` may be NULL. 16 lanes run on every processor, if slowly.
void nacre_blake3_by(int implementation, const uint8_t *key, const uint8_t *data, size_t size, uint8_t *out);
/// The implementation that `nacre_kernels_best` stands for on this processor.
int nacre_blake3_best(void);

enum {
    nacre_chunk_minimum = 8192,
    nacre_chunk_maximum = 131072,
};

/// Finds the end of the content-defined chunk that begins at `data`: its length, or 0 where none of the `size` bytes at
/// hand ends it (then all of them belong to it; more are needed, or the input ends).
size_t nacre_gear_cut(const uint8_t *data, size_t size);

/// For each of `count` blocks of 64 bytes: the ways in which it may be one half of a collision attack on SHA-1, a bit for
/// each, by conditions on the block alone. Of one random block in twenty something is left.
void nacre_sha1_suspect(const uint8_t *blocks, size_t count, uint32_t *suspected);
/// Whether a block is one half of a collision attack in one of the suspected ways, where SHA-1 stands at `chaining` before it.
int nacre_sha1_is_attack(const uint32_t chaining[5], const uint8_t *block, uint32_t suspected);

/// Splits `count` elements of `width` (1, 2, 4 or 8) bytes into `width` planes of `count` bytes each: the first bytes of
/// all elements, then the second ones. `out` has room for `count * width` bytes and does not overlap.
void nacre_planes_split(const uint8_t *data, size_t count, unsigned width, uint8_t *out);
/// Puts planes together again.
void nacre_planes_join(const uint8_t *planes, size_t count, unsigned width, uint8_t *out);

/// Moves the sign bit of each little-endian element of `width` (2, 4 or 8) bytes to its lowest place, so that a floating
/// point number's exponent fills whole bytes. In place where `out == data`.
void nacre_rotate_left(const uint8_t *data, size_t count, unsigned width, uint8_t *out);
/// Undoes it.
void nacre_rotate_right(const uint8_t *data, size_t count, unsigned width, uint8_t *out);

/// `out[i] = data[i] ^ base[i]` for `size` bytes.
void nacre_xor(const uint8_t *data, const uint8_t *base, size_t size, uint8_t *out);
/// The difference of little-endian integers of `width` (1, 2, 4 or 8) bytes, modulo their range, with the sign in the
/// lowest bit (0, -1, 1, -2 become 0, 1, 2, 3), so that small differences leave the high bytes zero.
void nacre_difference(const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out);
/// Adds a difference to the base again. `out` may be `difference`.
void nacre_undo_difference(const uint8_t *difference, const uint8_t *base, size_t count, unsigned width, uint8_t *out);
/// The same for floating point numbers: sign and magnitude are first mapped to integers in the numbers' order, so that
/// neighbouring numbers differ by one across zero too.
void nacre_float_difference(const uint8_t *data, const uint8_t *base, size_t count, unsigned width, uint8_t *out);
/// Adds a floating point difference to the base again. `out` may be `difference`.
void nacre_undo_float_difference(
    const uint8_t *difference, const uint8_t *base, size_t count, unsigned width, uint8_t *out);

/// How often each byte value occurs; `counts` has 256 places and is overwritten.
void nacre_histogram(const uint8_t *data, size_t size, uint32_t *counts);
/// The bytes that an ideal order-0 coder would need.
size_t nacre_entropy_bytes(const uint8_t *data, size_t size);

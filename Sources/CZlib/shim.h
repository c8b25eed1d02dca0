#pragma once
#define ZLIB_CONST
#include <zlib.h>

// The initialisers are macros that Swift cannot see.
static inline int nacre_inflate_init(z_stream *stream) { return inflateInit(stream); }
static inline int nacre_deflate_init(z_stream *stream, int level, int window) {
    return deflateInit2(stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
}

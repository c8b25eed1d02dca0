#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

// The low-level calls cost nothing to start, which counts when a hundred thousand small objects are hashed; the EVP
// interface allocates a context and looks the algorithm up for each.

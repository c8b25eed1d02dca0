// libcurl, opened when the first request is made and never linked: linking it makes the dynamic linker look for 33 shared
// libraries each time the process starts.
//
// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call: one function a type stands here.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <curl/curl.h>

// Opens libcurl. Returns NULL, or what is wrong. Safe from several threads; cheap after the first call.
const char *_Nullable nacre_curl_load(void);

// All that follows needs a nacre_curl_load that returned NULL.
void *_Nullable nacre_curl_new(void);
void nacre_curl_free(void *_Nonnull handle);
void nacre_curl_reset(void *_Nonnull handle);
// Makes a request; returns curl's code.
int nacre_curl_perform(void *_Nonnull handle);
const char *_Nonnull nacre_curl_error(int code);

int nacre_curl_set_number(void *_Nonnull handle, int option, long value);
int nacre_curl_set_offset(void *_Nonnull handle, int option, int64_t value);
int nacre_curl_set_text(void *_Nonnull handle, int option, const char *_Nullable value);
int nacre_curl_set_pointer(void *_Nonnull handle, int option, void *_Nullable value);

// A piece of a body or one header line has come: return its length, or anything else to end the request.
typedef size_t (*nacre_curl_take)(char *_Nonnull bytes, size_t size, size_t count, void *_Nullable context);
int nacre_curl_set_take(void *_Nonnull handle, int option, nacre_curl_take _Nonnull function);
// Sees how a transfer goes: return other than 0 to end it.
typedef int (*nacre_curl_watch)(void *_Nullable context, int64_t a, int64_t b, int64_t c, int64_t d);
int nacre_curl_set_watch(void *_Nonnull handle, nacre_curl_watch _Nonnull function);
// Starts the body anew: return 0 (CURL_SEEKFUNC_OK) or 2 (cannot).
typedef int (*nacre_curl_seek)(void *_Nullable context, int64_t offset, int origin);
int nacre_curl_set_seek(void *_Nonnull handle, nacre_curl_seek _Nonnull function);

long nacre_curl_get_number(void *_Nonnull handle, int info);
const char *_Nullable nacre_curl_get_text(void *_Nonnull handle, int info);

// A list of lines, as headers are given; append returns NULL when memory is short.
void *_Nullable nacre_curl_list_append(void *_Nullable list, const char *_Nonnull line);
void nacre_curl_list_free(void *_Nullable list);
// Whether this libcurl has HTTP/2.
int nacre_curl_has_http2(void);

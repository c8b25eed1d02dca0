#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct {
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *);
    void (*easy_reset)(CURL *);
    CURLcode (*easy_perform)(CURL *);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    curl_version_info_data *(*version_info)(CURLversion);
} api;

static char failure[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *find(void *library, const char *name) {
    void *symbol = dlsym(library, name);
    if (!symbol && !failure[0]) snprintf(failure, sizeof failure, "libcurl.so.4 lacks %s", name);
    return symbol;
}

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    // Debian's flavour with GnuTLS has the same interface.
    if (!library) library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        snprintf(failure, sizeof failure, "cannot load libcurl.so.4, which requests over HTTP need (install libcurl4): %s",
                 reason ? reason : "not found");
        return;
    }
    *(void **)&api.global_init = find(library, "curl_global_init");
    *(void **)&api.easy_init = find(library, "curl_easy_init");
    *(void **)&api.easy_cleanup = find(library, "curl_easy_cleanup");
    *(void **)&api.easy_reset = find(library, "curl_easy_reset");
    *(void **)&api.easy_perform = find(library, "curl_easy_perform");
    *(void **)&api.easy_setopt = find(library, "curl_easy_setopt");
    *(void **)&api.easy_getinfo = find(library, "curl_easy_getinfo");
    *(void **)&api.easy_strerror = find(library, "curl_easy_strerror");
    *(void **)&api.slist_append = find(library, "curl_slist_append");
    *(void **)&api.slist_free_all = find(library, "curl_slist_free_all");
    *(void **)&api.version_info = find(library, "curl_version_info");
    if (failure[0]) return;
    if (api.global_init(CURL_GLOBAL_ALL) != CURLE_OK) snprintf(failure, sizeof failure, "libcurl cannot be initialized");
}

const char *nacre_curl_load(void) {
    pthread_once(&once, load);
    return failure[0] ? failure : NULL;
}

void *nacre_curl_new(void) { return api.easy_init(); }
void nacre_curl_free(void *handle) { api.easy_cleanup(handle); }
void nacre_curl_reset(void *handle) { api.easy_reset(handle); }
int nacre_curl_perform(void *handle) { return (int)api.easy_perform(handle); }
const char *nacre_curl_error(int code) { return api.easy_strerror((CURLcode)code); }

int nacre_curl_set_number(void *handle, int option, long value) {
    return (int)api.easy_setopt(handle, (CURLoption)option, value);
}

int nacre_curl_set_offset(void *handle, int option, int64_t value) {
    return (int)api.easy_setopt(handle, (CURLoption)option, (curl_off_t)value);
}

int nacre_curl_set_text(void *handle, int option, const char *value) {
    return (int)api.easy_setopt(handle, (CURLoption)option, value);
}

int nacre_curl_set_pointer(void *handle, int option, void *value) {
    return (int)api.easy_setopt(handle, (CURLoption)option, value);
}

int nacre_curl_set_take(void *handle, int option, nacre_curl_take function) {
    return (int)api.easy_setopt(handle, (CURLoption)option, function);
}

int nacre_curl_set_watch(void *handle, nacre_curl_watch function) {
    return (int)api.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}

int nacre_curl_set_seek(void *handle, nacre_curl_seek function) {
    return (int)api.easy_setopt(handle, CURLOPT_SEEKFUNCTION, function);
}

long nacre_curl_get_number(void *handle, int info) {
    long value = 0;
    api.easy_getinfo(handle, (CURLINFO)info, &value);
    return value;
}

const char *nacre_curl_get_text(void *handle, int info) {
    char *value = NULL;
    api.easy_getinfo(handle, (CURLINFO)info, &value);
    return value;
}

void *nacre_curl_list_append(void *list, const char *line) { return api.slist_append(list, line); }
void nacre_curl_list_free(void *list) { api.slist_free_all(list); }

int nacre_curl_has_http2(void) {
    curl_version_info_data *info = api.version_info(CURLVERSION_NOW);
    return info && (info->features & CURL_VERSION_HTTP2) != 0;
}

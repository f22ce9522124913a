// libcurl, for the URL sessions of Foundation in a program that has the Swift runtime inside; the shared Foundation brings its own.
// A function that a later Foundation calls and that is not here costs nothing but the early loading of the library.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdarg.h>

#include "Late.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define CURL_CALL(result, name, parameters, ...) LATE(LateCurl, result, name, parameters, __VA_ARGS__)

CURL_CALL(CURLcode, curl_global_init, (long flags), flags)
CURL_CALL(char *, curl_version, (void))
CURL_CALL(curl_version_info_data *, curl_version_info, (CURLversion age), age)
CURL_CALL(void, curl_free, (void *bytes), bytes)
CURL_CALL(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text), list, text)
CURL_CALL(void, curl_slist_free_all, (struct curl_slist * list), list)

CURL_CALL(CURL *, curl_easy_init, (void))
CURL_CALL(void, curl_easy_cleanup, (CURL * easy), easy)
CURL_CALL(CURLcode, curl_easy_pause, (CURL * easy, int mask), easy, mask)
CURL_CALL(const char *, curl_easy_strerror, (CURLcode code), code)

CURL_CALL(CURLM *, curl_multi_init, (void))
CURL_CALL(CURLMcode, curl_multi_cleanup, (CURLM * multi), multi)
CURL_CALL(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *easy), multi, easy)
CURL_CALL(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *easy), multi, easy)
CURL_CALL(CURLMcode, curl_multi_assign, (CURLM * multi, curl_socket_t socket, void *place), multi, socket, place)
CURL_CALL(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), multi, left)
CURL_CALL(
    CURLMcode, curl_multi_socket_action, (CURLM * multi, curl_socket_t socket, int events, int *running), multi, socket,
    events, running)

CURL_CALL(CURLU *, curl_url, (void))
CURL_CALL(CURLUcode, curl_url_get, (CURLU * url, CURLUPart part, char **text, unsigned flags), url, part, text, flags)
CURL_CALL(
    CURLUcode, curl_url_set, (CURLU * url, CURLUPart part, const char *text, unsigned flags), url, part, text, flags)

// These take one argument whose type the option decides: a pointer, a long or a curl_off_t, all of the size of a pointer here.
_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *), "one size for all arguments");

#define CURL_OPTION(result, name, Handle, Option)                                         \
  __attribute__((visibility("hidden"))) result name(Handle *handle, Option option, ...) { \
    va_list arguments;                                                                    \
    va_start(arguments, option);                                                          \
    void *argument = va_arg(arguments, void *);                                           \
    va_end(arguments);                                                                    \
    LATE_FUNCTION(LateCurl, name)                                                         \
    return function(handle, option, argument);                                            \
  }

CURL_OPTION(CURLcode, curl_easy_setopt, CURL, CURLoption)
CURL_OPTION(CURLcode, curl_easy_getinfo, CURL, CURLINFO)
CURL_OPTION(CURLMcode, curl_multi_setopt, CURLM, CURLMoption)

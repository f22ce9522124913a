#include "LateLibraries.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct {
  // The name that the library goes by, and the one that belongs to its headers, where there is another one.
  const char *const file, *const developer;
  void *handle;
  char fault[256];
} Library;

static Library libraries[] = {
  [LateArchive] = {"libarchive.so.13", "libarchive.so", NULL, ""},
  [LateArrow] = {"libcavern-arrow.so", NULL, NULL, ""},
  [LateCurl] = {"libcurl.so.4", "libcurl.so", NULL, ""},
  [LateMicroHTTP] = {"libmicrohttpd.so.12", "libmicrohttpd.so", NULL, ""},
  [LateMosquitto] = {"libmosquitto.so.1", "libmosquitto.so", NULL, ""},
  [LateOdbc] = {"libodbc.so.2", "libodbc.so", NULL, ""},
  [LateTirpc] = {"libtirpc.so.3", "libtirpc.so", NULL, ""},
};

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

const char *late_library_file(LateLibrary library) { return libraries[library].file; }

const char *late_library_fault(LateLibrary library) {
  Library *wanted = &libraries[library];
  pthread_mutex_lock(&loading);
  // A fault once met stays: its text must not change under who reads it.
  if (!wanted->handle && !wanted->fault[0]) {
    wanted->handle = dlopen(wanted->file, RTLD_NOW | RTLD_LOCAL);
    if (!wanted->handle) {
      const char *cause = dlerror();
      snprintf(wanted->fault, sizeof wanted->fault, "%s", cause ? cause : "it is no library");
      if (wanted->developer) wanted->handle = dlopen(wanted->developer, RTLD_NOW | RTLD_LOCAL);
    }
  }
  const char *fault = wanted->handle ? NULL : wanted->fault;
  pthread_mutex_unlock(&loading);
  return fault;
}

void *late_library_function(LateLibrary library, const char *name) {
  const char *fault = late_library_fault(library);
  void *function = fault ? NULL : dlsym(libraries[library].handle, name);
  if (!function) {
    const char *cause = fault ? fault : "it has no function ";
    fprintf(stderr, "cavern: %s cannot be used: %s%s\n", late_library_file(library), cause, fault ? "" : name);
    _exit(EX_UNAVAILABLE);
  }
  return function;
}

// How a function of a late library is written: once, with the types of the library's own header, which the compiler compares.
#pragma once
#include <stdatomic.h>

#include "LateLibraries.h"

// Declares `function`, the library's own function of that name, found by the first call.
#define LATE_FUNCTION(library, name)                                         \
  static _Atomic(__typeof__(&name)) known;                                   \
  __typeof__(&name) function = atomic_load(&known);                          \
  if (!function) {                                                           \
    function = (__typeof__(&name))late_library_function(library, #name);     \
    atomic_store(&known, function);                                          \
  }

// `name` hands on to the library. What follows the parameters are their names. Hidden, so that no library takes it for the real one.
#define LATE(library, result, name, parameters, ...)                         \
  __attribute__((visibility("hidden"))) result name parameters {             \
    LATE_FUNCTION(library, name)                                             \
    return function(__VA_ARGS__);                                            \
  }

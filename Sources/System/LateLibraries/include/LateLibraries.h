#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// The shared libraries that few commands need. None is loaded when a program starts: the first call of one of their functions
/// loads the library (Documentation/decisions/0025-late-libraries.md). The functions keep their names and are declared in the
/// libraries' own headers. Arrow and Parquet stand behind a library of Cavern's own (0024-late-arrow.md).
typedef enum __attribute__((enum_extensibility(closed))) LateLibrary {
  LateArchive,
  LateArrow,
  LateCurl,
  LateMicroHTTP,
  LateMosquitto,
  LateOdbc,
  LateTirpc,
} LateLibrary;

/// Loads a library, once for all threads.
///
/// Returns null when it is there, otherwise the loader's words; they stay valid.
const char *late_library_fault(LateLibrary library);

/// The file that the loader looks for, as in `libcurl.so.4`.
const char *late_library_file(LateLibrary library);

/// A function of a library, for those that take a variable number of arguments.
///
/// Where library or function are missing, says so on the standard error output and ends the program with status 69: who wants
/// an error that can be handled asks for the fault before.
void *late_library_function(LateLibrary library, const char *name);

#ifdef __cplusplus
}
#endif

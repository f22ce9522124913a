// Preloaded into a program, makes the n-th call that changes a database on the disk fail.
//
// CAVERN_FAIL_CALL: which call, from 1; CAVERN_FAIL_ERROR: EIO or ENOSPC; CAVERN_FAIL_COUNT: file that gets the number of
// calls when the program ends. Calls on files whose name holds ".db" count.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static long calls, wanted;
static int error;

__attribute__((constructor)) static void begin(void) {
  const char *call = getenv("CAVERN_FAIL_CALL"), *name = getenv("CAVERN_FAIL_ERROR");
  wanted = call ? atol(call) : 0;
  error = name && strcmp(name, "ENOSPC") == 0 ? ENOSPC : EIO;
}

static void note(void) {
  const char *path = getenv("CAVERN_FAIL_COUNT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", calls);
  fclose(file);
}

// The program ends by _exit, which runs no destructors.
void _exit(int status) {
  note();
  for (;;) syscall(SYS_exit_group, status);
}

static int fails(int descriptor) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (!strstr(path, ".db")) return 0;
  if (++calls != wanted) return 0;
  errno = error;
  return 1;
}

#define REAL(name, type, ...)                                   \
  static type (*real)(__VA_ARGS__);                             \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int d, const void *b, size_t n) {
  REAL("write", ssize_t, int, const void *, size_t);
  return fails(d) ? -1 : real(d, b, n);
}
ssize_t pwrite(int d, const void *b, size_t n, off_t o) {
  REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
  return fails(d) ? -1 : real(d, b, n, o);
}
ssize_t pwrite64(int d, const void *b, size_t n, off64_t o) {
  REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
  return fails(d) ? -1 : real(d, b, n, o);
}
int fsync(int d) {
  REAL("fsync", int, int);
  return fails(d) ? -1 : real(d);
}
int fdatasync(int d) {
  REAL("fdatasync", int, int);
  return fails(d) ? -1 : real(d);
}
int ftruncate(int d, off_t n) {
  REAL("ftruncate", int, int, off_t);
  return fails(d) ? -1 : real(d, n);
}
int ftruncate64(int d, off64_t n) {
  REAL("ftruncate64", int, int, off64_t);
  return fails(d) ? -1 : real(d, n);
}
int fallocate(int d, int m, off_t o, off_t n) {
  REAL("fallocate", int, int, int, off_t, off_t);
  return fails(d) ? -1 : real(d, m, o, n);
}

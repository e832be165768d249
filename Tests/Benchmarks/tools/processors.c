// Lets a program believe that the machine has three processors, which it may all use.
//
// Usage: LD_PRELOAD=processors.so PROGRAM
//
// The double leaves one processor to its client and has an event loop for each other one: with
// three it has two loops, also on a machine that has only two. It counts them by sysconf, or fewer
// if its control group has fewer.

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

long sysconf(int name) {
  static long (*original)(int);
  if (name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF) return 3;
  if (!original) original = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");
  return original(name);
}

int open(const char *path, int flags, ...) {
  static const char groups[] = "/sys/fs/cgroup/";
  if (strncmp(path, groups, sizeof groups - 1) == 0) {
    errno = ENOENT;
    return -1;
  }
  static int (*original)(const char *, int, ...);
  if (!original) original = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return original(path, flags, mode);
}

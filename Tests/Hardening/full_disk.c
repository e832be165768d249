/* A disk that is full at one write: preloaded into a double, it lets the n-th call that changes a
 * file below a folder fail.
 *
 * FULL_DISK_FOLDER  the folder, without a slash at its end
 * FULL_DISK_AT      which call fails, from 1; with 0 none does
 * FULL_DISK_CALLS   how many calls fail from there on; 1 when it isn't set, 0 for all
 * FULL_DISK_COUNT   a file that gets the number of calls so far, with each call
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

/* Whether a descriptor is that of a file below the folder. */
static int concerns(int descriptor) {
  const char *folder = getenv("FULL_DISK_FOLDER");
  char link[64], path[4096];
  if (!folder) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  size_t prefix = strlen(folder);
  return strncmp(path, folder, prefix) == 0 && path[prefix] == '/';
}

static void tell(long call) {
  const char *file = getenv("FULL_DISK_COUNT");
  int descriptor = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  if (descriptor < 0) return;
  dprintf(descriptor, "%ld", call);
  close(descriptor);
}

static int fails(int descriptor) {
  int before = errno;
  if (!concerns(descriptor)) {
    errno = before;
    return 0;
  }
  long call = atomic_fetch_add(&calls, 1) + 1;
  tell(call);
  long first = number("FULL_DISK_AT", 0), count = number("FULL_DISK_CALLS", 1);
  errno = before;
  if (first == 0 || call < first || (count != 0 && call >= first + count)) return 0;
  errno = ENOSPC;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count) {
  /* What isn't meant goes on at once: `dprintf` above comes by here too. */
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = REAL(write);
  if (count > 0 && fails(descriptor)) return -1;
  return real(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  if (fails(descriptor)) return -1;
  return REAL(pwrite)(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  if (fails(descriptor)) return -1;
  return REAL(pwrite64)(descriptor, bytes, count, offset);
}

int fsync(int descriptor) { return fails(descriptor) ? -1 : REAL(fsync)(descriptor); }

int fdatasync(int descriptor) { return fails(descriptor) ? -1 : REAL(fdatasync)(descriptor); }

int ftruncate(int descriptor, off_t length) {
  return fails(descriptor) ? -1 : REAL(ftruncate)(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) {
  return fails(descriptor) ? -1 : REAL(ftruncate64)(descriptor, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length) {
  return fails(descriptor) ? ENOSPC : REAL(posix_fallocate)(descriptor, offset, length);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  return fails(descriptor) ? -1 : REAL(fallocate)(descriptor, mode, offset, length);
}

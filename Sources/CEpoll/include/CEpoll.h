// The calls that Swift's Glibc module lacks: epoll, eventfd and accept4.
#ifndef CEPOLL_H
#define CEPOLL_H

#ifdef __linux__
#include <stdint.h>

/// One readiness report; `token` is what the descriptor was registered with.
struct cepoll_event {
  uint32_t events;
  uint64_t token;
};

enum {
  CEPOLL_IN = 0x001,
  CEPOLL_OUT = 0x004,
  CEPOLL_ERR = 0x008,
  CEPOLL_HUP = 0x010,
  CEPOLL_RDHUP = 0x2000,
};

int cepoll_create(void);
int cepoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int cepoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int cepoll_remove(int epoll, int fd);
/// At most `capacity` (256 at the most) events; `timeout` in milliseconds, -1 waits for ever.
int cepoll_wait(int epoll, struct cepoll_event *events, int capacity, int timeout);
/// A non-blocking, close-on-exec event counter.
int ceventfd_create(void);
/// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC.
int caccept_nonblocking(int fd);
#endif

#endif

#define _GNU_SOURCE
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

_Noreturn void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

struct bytes contents(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path);
  struct bytes bytes = {malloc(65536), 0};
  bytes.count = fread(bytes.start, 1, 65536, file);
  fclose(file);
  return bytes;
}

int connect_to(int port) {
  int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) fail("socket");
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
    close(connection);
    return -1;
  }
  int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(connection, F_SETFL, O_NONBLOCK);
  return connection;
}

bool send_all(int connection, struct bytes request) {
  return send(connection, request.start, request.count, MSG_NOSIGNAL) == (ssize_t)request.count;
}

// Takes status and length from a complete head. Says whether they are there.
static bool read_head(struct answer *answer, size_t length) {
  answer->head[length] = 0;
  if (sscanf(answer->head, "HTTP/1.1 %d", &answer->status) != 1) return false;
  char *field = strcasestr(answer->head, "\r\ncontent-length:");
  if (field == NULL) return false;
  answer->body_left = strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
  answer->in_body = true;
  return true;
}

// Takes bytes of a head, which may be followed by bytes of the body. Returns how many of them
// were the head's.
static ssize_t take_head(struct answer *answer, const char *bytes, size_t count) {
  size_t before = answer->head_count, room = sizeof answer->head - 1 - before;
  size_t taken = count < room ? count : room;
  memcpy(answer->head + before, bytes, taken);
  answer->head_count += taken;
  char *end = memmem(answer->head, answer->head_count, "\r\n\r\n", 4);
  if (end == NULL) return taken < count ? -1 : (ssize_t)taken;
  size_t length = end + 4 - answer->head;
  return read_head(answer, length) ? (ssize_t)(length - before) : -1;
}

enum progress read_answer(int connection, struct answer *answer) {
  static char buffer[65536];
  for (;;) {
    ssize_t count = recv(connection, buffer, sizeof buffer, 0);
    if (count < 0) return errno == EAGAIN ? MORE_TO_COME : BROKEN;
    if (count == 0) return BROKEN;
    size_t at = 0;
    if (!answer->in_body) {
      ssize_t taken = take_head(answer, buffer, count);
      if (taken < 0) return BROKEN;
      at = taken;
    }
    if (!answer->in_body) continue;
    size_t rest = count - at;
    // Nobody asked for more than one answer.
    if (rest > answer->body_left) return BROKEN;
    answer->body_left -= rest;
    if (answer->body_left == 0) return COMPLETE;
  }
}

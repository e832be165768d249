// Many requests that wait in the server at once, then one request that releases them.
//
// Usage: hold PORT REQUEST RELEASE CONNECTIONS
//
// REQUEST and RELEASE are files with a request's bytes. Opens the connections, sends REQUEST on
// each, prints "sent", and waits for a line on standard input. Then sends RELEASE, awaits all
// answers, and prints one JSON object with the seconds from RELEASE to the last of them.
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "http.h"

// How long the answers are waited for, in milliseconds.
static const int PATIENCE = 30000;

struct connection {
  int descriptor;
  struct answer answer;
};

static struct connection opened(int poll, int port, struct connection *place) {
  struct connection connection = {.descriptor = connect_to(port)};
  if (connection.descriptor < 0) fail("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = place};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, connection.descriptor, &event) != 0) fail("epoll_ctl");
  return connection;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: hold PORT REQUEST RELEASE CONNECTIONS\n");
    return 64;
  }
  int port = atoi(arguments[1]), total = atoi(arguments[4]);
  struct bytes request = contents(arguments[2]), release = contents(arguments[3]);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  struct connection *connections = calloc(total, sizeof *connections), releasing;
  releasing = opened(poll, port, &releasing);
  for (int i = 0; i < total; i++) {
    connections[i] = opened(poll, port, &connections[i]);
    if (!send_all(connections[i].descriptor, request)) fail("send");
  }
  puts("sent");
  fflush(stdout);
  if (getchar() == EOF) return 0;

  int64_t start = now(), last = start;
  int answered = 0, errors = 0, ready = 1;
  if (!send_all(releasing.descriptor, release)) fail("send");
  for (bool released = false; (answered < total || !released) && ready > 0;) {
    struct epoll_event events[256];
    ready = epoll_wait(poll, events, 256, PATIENCE);
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      enum progress progress = read_answer(connection->descriptor, &connection->answer);
      if (progress == MORE_TO_COME) continue;
      if (progress == BROKEN || connection->answer.status != 200) errors += 1;
      if (progress == BROKEN) epoll_ctl(poll, EPOLL_CTL_DEL, connection->descriptor, NULL);
      if (connection == &releasing) {
        released = true;
      } else {
        answered += 1;
        last = now();
      }
    }
  }
  printf("{\"answered\":%d,\"errors\":%d,\"seconds\":%.4f}\n", answered, errors,
         (last - start) / 1e9);
  return 0;
}

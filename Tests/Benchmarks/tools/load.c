// A constant rate of requests, each one's latency counted from the moment it was due.
//
// Usage: load PORT REQUEST RATE SECONDS CONNECTIONS EXPECTED
//
// REQUEST is a file with the request's bytes, RATE is per second. The schedule never waits for
// the server ("open loop"): a request that finds every connection busy is sent when one gets
// free, and the time it waited counts ("coordinated omission" is what one gets without that).
// EXPECTED is a latency in microseconds, and what is printed is the distance from it: 0 prints
// latencies. The schedule's first second isn't counted. Prints one JSON object, in microseconds;
// "late" is by how much this program itself sent its requests late, the p99: when that is much, it
// is the machine that was measured.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include "http.h"

// How long answers are waited for after the last request, in nanoseconds.
static const int64_t PATIENCE = 5000000000;
static const int64_t SECOND = 1000000000;

struct connection {
  int descriptor;
  int64_t due, idle_since;
  struct answer answer;
};

static struct connection *connections;
static struct connection **idle;
static int idle_count;

static int64_t *distances, *latenesses;
static long distance_count, lateness_count, answered, errors;
static int64_t counted_from, expected;

static int ascending(const void *one, const void *other) {
  int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
  return (a > b) - (a < b);
}

// Of sorted nanoseconds, in microseconds.
static double percentile(const int64_t *sorted, long count, double part) {
  return count == 0 ? 0 : sorted[(long)(part * (count - 1) + 0.5)] / 1e3;
}

// Takes note of an answer, and makes its connection fit for the next request.
static void finish(struct connection *connection, enum progress progress) {
  connection->idle_since = now();
  int64_t distance = llabs(connection->idle_since - connection->due - expected);
  answered += 1;
  if (progress == BROKEN || connection->answer.status != 200) errors += 1;
  if (connection->due >= counted_from) distances[distance_count++] = distance;
  if (progress == BROKEN) fail("a connection broke");
  connection->answer.head_count = 0;
  connection->answer.in_body = false;
  idle[idle_count++] = connection;
}

// Sends the request that was due, on the connection that has been idle for the shortest time.
static void begin(struct bytes request, int64_t due) {
  struct connection *connection = idle[--idle_count];
  int64_t possible = due > connection->idle_since ? due : connection->idle_since;
  if (due >= counted_from) latenesses[lateness_count++] = now() - possible;
  connection->due = due;
  if (!send_all(connection->descriptor, request)) fail("send");
}

static void wait_for(int poll, int64_t until) {
  struct epoll_event events[256];
  int64_t left = until - now();
  if (left < 0) left = 0;
  struct timespec timeout = {left / SECOND, left % SECOND};
  int count = epoll_pwait2(poll, events, 256, &timeout, NULL);
  for (int i = 0; i < count; i++) {
    struct connection *connection = events[i].data.ptr;
    enum progress progress = read_answer(connection->descriptor, &connection->answer);
    if (progress != MORE_TO_COME) finish(connection, progress);
  }
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: load PORT REQUEST RATE SECONDS CONNECTIONS EXPECTED\n");
    return 64;
  }
  int port = atoi(arguments[1]), connection_count = atoi(arguments[5]);
  struct bytes request = contents(arguments[2]);
  double rate = atof(arguments[3]);
  long total = (long)(rate * (atof(arguments[4]) + 1));
  expected = atoll(arguments[6]) * 1000;
  // Timers may be as late as this; the default of 50 µs would be most of an idle latency.
  prctl(PR_SET_TIMERSLACK, 1);

  int poll = epoll_create1(EPOLL_CLOEXEC);
  connections = calloc(connection_count, sizeof *connections);
  idle = calloc(connection_count, sizeof *idle);
  distances = calloc(total, sizeof *distances);
  latenesses = calloc(total, sizeof *latenesses);
  for (int i = 0; i < connection_count; i++) {
    connections[i].descriptor = connect_to(port);
    if (connections[i].descriptor < 0) fail("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].descriptor, &event);
    idle[idle_count++] = &connections[i];
  }

  int64_t start = now();
  counted_from = start + SECOND;
  int64_t end = start + (int64_t)(total / rate * SECOND) + PATIENCE;
  for (long sent = 0; answered < total && now() < end;) {
    int64_t due = start + (int64_t)(sent / rate * SECOND);
    while (sent < total && idle_count > 0 && due <= now()) {
      begin(request, due);
      due = start + (int64_t)(++sent / rate * SECOND);
    }
    wait_for(poll, sent < total && idle_count > 0 ? due : end);
  }

  qsort(distances, distance_count, sizeof *distances, ascending);
  qsort(latenesses, lateness_count, sizeof *latenesses, ascending);
  printf("{\"requests\":%ld,\"unanswered\":%ld,\"errors\":%ld,\"late\":%.1f", total,
         total - answered, errors, percentile(latenesses, lateness_count, 0.99));
  const struct { const char *name; double part; } parts[] = {
      {"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
  for (int i = 0; i < 4; i++)
    printf(",\"%s\":%.1f", parts[i].name, percentile(distances, distance_count, parts[i].part));
  puts("}");
  return 0;
}

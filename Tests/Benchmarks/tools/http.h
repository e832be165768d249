// The little HTTP/1.1 that a load generator needs: one request at a time on a keep-alive
// connection, answers with a Content-Length.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A whole file in memory, for example a request as it goes over the wire.
struct bytes {
  char *start;
  size_t count;
};

// Where the reading of one answer stands. All zeros before its first byte.
struct answer {
  char head[4096];
  size_t head_count;
  bool in_body;
  int status;
  size_t body_left;
};

enum progress { MORE_TO_COME, COMPLETE, BROKEN };

// CLOCK_MONOTONIC in nanoseconds.
int64_t now(void);

// The file's bytes. Ends the program when it can't be read.
struct bytes contents(const char *path);

// A connection to 127.0.0.1, without Nagle's delay, non-blocking from here on; -1 when refused.
int connect_to(int port);

// Writes all of a request that fits a fresh socket buffer. Says whether it could.
bool send_all(int connection, struct bytes request);

// Reads what is there.
enum progress read_answer(int connection, struct answer *answer);

// Prints to standard error and ends the program with 1.
_Noreturn void fail(const char *what);

// How long a process takes, from before it is spawned.
//
// Usage: start exit COMMAND...              until it has ended
//        start listening PORT COMMAND...    until it takes a connection on 127.0.0.1:PORT, and
//                                           until it has answered GET /_mock/ready there
//
// Prints one JSON object, in milliseconds. A process that listens is ended with SIGTERM.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

extern char **environ;

// How long a start may take, in nanoseconds.
static const int64_t PATIENCE = 60000000000;

static pid_t spawn(char **command) {
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t process;
  errno = posix_spawnp(&process, command[0], &quiet, NULL, command, environ);
  if (errno != 0) fail(command[0]);
  return process;
}

static void until_exit(char **command) {
  int status;
  int64_t start = now();
  pid_t process = spawn(command);
  waitpid(process, &status, 0);
  printf("{\"exited\":%.4f,\"status\":%d}\n", (now() - start) / 1e6, status);
}

// Tries again and again, and leaves the processors to the process meanwhile.
static int connected(int port, pid_t process, int64_t deadline) {
  const struct timespec pause = {0, 20000};
  for (;;) {
    int connection = connect_to(port);
    if (connection >= 0) return connection;
    if (waitpid(process, NULL, WNOHANG) != 0 || now() > deadline) fail("it doesn't listen");
    nanosleep(&pause, NULL);
  }
}

static void until_listening(int port, char **command) {
  char text[] = "GET /_mock/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
  struct bytes request = {text, strlen(text)};
  struct answer answer = {0};
  int64_t start = now();
  pid_t process = spawn(command);
  int connection = connected(port, process, start + PATIENCE);
  int64_t accepted = now();
  if (!send_all(connection, request)) fail("send");
  enum progress progress = MORE_TO_COME;
  while (progress == MORE_TO_COME) {
    struct pollfd descriptor = {connection, POLLIN, 0};
    if (poll(&descriptor, 1, PATIENCE / 1000000) != 1) fail("it doesn't answer");
    progress = read_answer(connection, &answer);
  }
  int64_t answered = now();
  kill(process, SIGTERM);
  waitpid(process, NULL, 0);
  if (progress == BROKEN || answer.status != 200) fail("it isn't ready");
  printf("{\"accepted\":%.4f,\"answered\":%.4f}\n", (accepted - start) / 1e6,
         (answered - start) / 1e6);
}

int main(int count, char **arguments) {
  prctl(PR_SET_TIMERSLACK, 1);
  if (count >= 3 && strcmp(arguments[1], "exit") == 0) {
    until_exit(arguments + 2);
  } else if (count >= 4 && strcmp(arguments[1], "listening") == 0) {
    until_listening(atoi(arguments[2]), arguments + 3);
  } else {
    fprintf(stderr, "usage: start exit COMMAND... | start listening PORT COMMAND...\n");
    return 64;
  }
  return 0;
}

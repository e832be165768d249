#define _GNU_SOURCE
#include "CLaunch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static char *const *arguments;
static volatile sig_atomic_t pipe_end = -1;
static volatile sig_atomic_t has_arrived;
static volatile sig_atomic_t seconds_to_end;

char *const *claunch_arguments(void) { return arguments; }

static void end_late(int number) {
  (void)number;
  static const char text[] = "cloro-mock: stopping takes too long, so it ends now\n";
  if (write(2, text, sizeof text - 1) < 0) _exit(1);
  _exit(1);
}

/// Ends the process as the signal would have done by itself.
static void end_at_once(int number) {
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  raise(number);
  // The system spares the first process of a container.
  _exit(128 + number);
}

static void take(int number) {
  int before = errno;
  if (has_arrived) end_at_once(number);
  has_arrived = 1;
  if (pipe_end < 0) _exit(0);
  alarm((unsigned)seconds_to_end);
  unsigned char byte = (unsigned char)number;
  if (write(pipe_end, &byte, 1) < 0) _exit(1);
  errno = before;
}

const int claunch_report_signal = SIGUSR1;

static void ask_for_report(int number) {
  int before = errno;
  unsigned char byte = (unsigned char)number;
  // When the pipe is full, a report is due anyway.
  ssize_t written = write(pipe_end, &byte, 1);
  (void)written;
  errno = before;
}

static void install(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

static void install_all(void) {
  install(SIGTERM, take);
  install(SIGINT, take);
  // Whoever has called it with nohup wants it to stay.
  struct sigaction present;
  if (sigaction(SIGHUP, NULL, &present) == 0 && present.sa_handler != SIG_IGN) {
    install(SIGHUP, take);
  }
}

int claunch_watch_signals(unsigned seconds) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  seconds_to_end = (sig_atomic_t)seconds;
  install(SIGALRM, end_late);
  pipe_end = ends[1];
  install_all();
  install(SIGUSR1, ask_for_report);
  return ends[0];
}

#if defined(__GLIBC__) || defined(__APPLE__)
/// Whether the command is the double itself: `serve`, or options alone.
static bool serves(int count, char *const *list) {
  return count < 2 || strcmp(list[1], "serve") == 0 || list[1][0] == '-';
}

__attribute__((constructor(101))) static void begin(int count, char **list) {
  arguments = list;
  if (serves(count, list)) install_all();
}
#endif

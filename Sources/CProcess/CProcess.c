#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char **environ;

static const int handed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
enum { HANDED_ON = sizeof handed_on / sizeof handed_on[0], SIGNALS = 65 };

// The command's number; 0 before it is started and once it has ended.
static atomic_int command;
// Whether a signal waits for the command. Whoever takes the mark sends the signal.
static atomic_int waiting[SIGNALS];
// How many threads are about to send a signal to the command's number.
static atomic_int sending;

static struct rlimit open_files;
static bool has_open_files;
static bool is_ignored[SIGNALS];

void cprocess_remember(void) {
  has_open_files = getrlimit(RLIMIT_NOFILE, &open_files) == 0;
  for (int number = 1; number < SIGNALS; number++) {
    struct sigaction present;
    is_ignored[number] = sigaction(number, NULL, &present) == 0 && present.sa_handler == SIG_IGN;
  }
}

static void send_waiting(int number) {
  atomic_fetch_add(&sending, 1);
  int process = atomic_load(&command);
  if (process > 0 && atomic_exchange(&waiting[number], 0)) kill(process, number);
  atomic_fetch_sub(&sending, 1);
}

static void take(int number, siginfo_t *information, void *context) {
  (void)context;
  // The kernel itself sends as process 0: so it is when a key is pressed at the terminal.
  if (information->si_pid == 0) return;
  int before = errno;
  atomic_store(&waiting[number], 1);
  send_waiting(number);
  errno = before;
}

void cprocess_take_signals(void) {
  for (int index = 0; index < HANDED_ON; index++) {
    if (is_ignored[handed_on[index]]) continue;
    struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(handed_on[index], &action, NULL);
  }
}

/// The environment with the additions, which replace variables of the same names. Its texts are not
/// copied.
static char **extended(char *const *additions) {
  size_t count = 0;
  for (char **variable = environ; *variable; variable++) count++;
  for (char *const *addition = additions; *addition; addition++) count++;
  char **result = calloc(count + 1, sizeof *result);
  if (!result) return NULL;
  size_t end = 0;
  for (char **variable = environ; *variable; variable++) {
    size_t name = strcspn(*variable, "=") + 1;
    bool is_replaced = false;
    for (char *const *addition = additions; *addition; addition++) {
      is_replaced = is_replaced || strncmp(*variable, *addition, name) == 0;
    }
    if (!is_replaced) result[end++] = *variable;
  }
  for (char *const *addition = additions; *addition; addition++) result[end++] = *addition;
  return result;
}

static void restore_signals(void) {
  struct sigaction action = {.sa_flags = 0};
  sigemptyset(&action.sa_mask);
  for (int number = 1; number < SIGNALS; number++) {
    action.sa_handler = is_ignored[number] ? SIG_IGN : SIG_DFL;
    sigaction(number, &action, NULL);
  }
  pthread_sigmask(SIG_SETMASK, &action.sa_mask, NULL);
}

// The child between fork and exec. Other threads may have held locks, so it calls only what takes
// none.
static void become(char *const *arguments, char **environment, pid_t parent, int report) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may be gone already, and then nobody sends that signal.
  if (getppid() != parent) _exit(128 + SIGTERM);
#else
  (void)parent;
#endif
  if (has_open_files) setrlimit(RLIMIT_NOFILE, &open_files);
  restore_signals();
  environ = environment;
  execvp(arguments[0], arguments);
  int reason = errno;
  while (write(report, &reason, sizeof reason) < 0 && errno == EINTR) {
  }
  _exit(127);
}

/// Waits until the child has become the command.
///
/// Returns 0; the reason why it couldn't, and the child is then gone.
static int outcome(pid_t child, int report) {
  int reason = 0;
  ssize_t count;
  while ((count = read(report, &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  // The end of the pipe without a number: exec has closed it.
  if (count != sizeof reason) return 0;
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
  }
  return reason;
}

int cprocess_start(char *const *arguments, char *const *additions) {
  int report[2];
  if (pipe(report) != 0) return errno;
  fcntl(report[0], F_SETFD, FD_CLOEXEC);
  fcntl(report[1], F_SETFD, FD_CLOEXEC);
  char **environment = extended(additions);
  pid_t parent = getpid();
  // No handler of this process may run in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = environment ? fork() : -1;
  if (child == 0) become(arguments, environment, parent, report[1]);
  int reason = child > 0 ? 0 : errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (child > 0) reason = outcome(child, report[0]);
  close(report[0]);
  free(environment);
  if (reason != 0) return reason;
  atomic_store(&command, child);
  for (int index = 0; index < HANDED_ON; index++) send_waiting(handed_on[index]);
  return 0;
}

int cprocess_wait(void) {
  int process = atomic_load(&command);
  siginfo_t information;
  // Its number stays taken until no signal is on its way to it any more.
  while (waitid(P_PID, (id_t)process, &information, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  atomic_store(&command, 0);
  while (atomic_load(&sending) > 0) sched_yield();
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

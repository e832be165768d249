// What a program must do before anything else: remember its arguments, and take signals.
#ifndef CLAUNCH_H
#define CLAUNCH_H

/// The program's arguments, its name first and NULL last, as the system has passed them. NULL where
/// the C library doesn't pass them on (musl). Swift itself reads them from /proc, which may not be
/// there.
char *const *claunch_arguments(void);

/// Takes SIGTERM, SIGINT and, unless it is ignored, SIGHUP over: the first is written to a pipe as a
/// byte, and the process then has so many seconds to end itself. A second one ends it at once.
///
/// Before this call these signals end a process that serves with 0: it has nothing to close yet. Any
/// other one, such as a check of files, they end as ever.
///
/// SIGUSR1 is written to the pipe too, as often as it comes, and ends nothing.
///
/// Returns the end of the pipe to read from; -1 when there is none, with errno set.
int claunch_watch_signals(unsigned seconds);

/// The number of the signal that asks for a report.
extern const int claunch_report_signal;

#endif

// Runs a command as a child process and hands signals on to it: what takes fork, which Swift may not
// call, and what Swift's Glibc module lacks. Each call is made once, in this order, by one thread.
#ifndef CPROCESS_H
#define CPROCESS_H

/// Notes what the command shall find as this process has found it: its limit of open files, and the
/// signals that are ignored.
void cprocess_remember(void);

/// Takes over the signals that ask a process for something: hang-up, interrupt, quit, termination,
/// user 1 and 2, but for those that are ignored.
///
/// From then on what another process sends is handed on to the command, or, before there is one, as
/// soon as there is. What the terminal sends is not: it goes to the whole foreground group, and the
/// command has had it.
void cprocess_take_signals(void);

/// Starts a command; its program is looked for in PATH.
///
/// The command gets this process's descriptors that aren't close-on-exec, and its environment with
/// `additions`, texts of the form NAME=value, which replace variables of the same names. On Linux it
/// is sent SIGTERM when the calling thread ends, so that has to be one that lives as long as the
/// process.
///
/// Returns 0; the reason as errno has it when the command can't be started.
int cprocess_start(char *const *arguments, char *const *additions);

/// Waits for the command's end, while signals are handed on to it.
///
/// Returns its exit status; 128 and the signal's number when a signal has ended it.
int cprocess_wait(void);

#endif

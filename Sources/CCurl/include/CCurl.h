// Requests by the system's libcurl, driven by the caller's event loop: none blocks, and none takes a
// thread. The library is looked for when it is first needed: few doubles need it, and loading it
// with all it brings takes longer than starting.
//
// Everything is called by one thread at a time. From a hook nothing here may be called.
#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>

enum {
  CCURL_READ = 1,
  CCURL_WRITE = 2,
  CCURL_ERROR = 4,
};

/// What the caller's loop does for all exchanges.
struct ccurl_hooks {
  void *context;
  /// Opens a non-blocking stream socket of that family; -1 when that failed.
  int (*open)(void *context, int family);
  /// Closes a socket, which may be watched.
  void (*close)(void *context, int socket);
  /// Watches a socket for CCURL_READ, CCURL_WRITE, both or nothing.
  void (*watch)(void *context, int socket, int events);
  /// `ccurl_passed` is to be called after so many milliseconds, instead of any time said before; -1
  /// for never.
  void (*set_timer)(void *context, long milliseconds);
};

/// The exchanges of one loop.
struct ccurl;

/// What to send, and whom to tell.
struct ccurl_post {
  const char *url;
  /// `HOST:PORT:ADDRESS,ADDRESS…`: where to connect, so that no name is looked up. NULL when the
  /// URL's host is an address.
  const char *place;
  /// Complete header lines without their ends, the last one NULL.
  const char *const *headers;
  const void *body;
  size_t body_count;
  void *context;
  /// The final answer's head is complete. Called once at most.
  void (*answered)(void *context, int status);
  /// The exchange is over, and gone. `failure` says why it was not answered; NULL if it was. Not
  /// called after `ccurl_cancel`.
  void (*ended)(void *context, const char *failure);
};

/// One exchange.
struct ccurl_exchange;

/// Finds libcurl, which may fail now and succeed later. NULL when it isn't there, or there are no
/// descriptors for it.
struct ccurl *ccurl_make(const struct ccurl_hooks *hooks);

/// Cancels all exchanges, and frees everything.
void ccurl_free(struct ccurl *curl);

/// Begins to post to an https address, with copies of everything. No redirect is followed, no proxy
/// asked, and of an answer no more is read than its head and a little of its body. The certificates
/// to trust are those of the file that SSL_CERT_FILE names, else the system's.
struct ccurl_exchange *ccurl_begin(struct ccurl *curl, const struct ccurl_post *post);

/// Ends an exchange, and tells nobody.
void ccurl_cancel(struct ccurl *curl, struct ccurl_exchange *exchange);

/// A watched socket is ready for these events.
void ccurl_ready(struct ccurl *curl, int socket, int events);

/// The time that was last set has passed.
void ccurl_passed(struct ccurl *curl);

/// A request whose answer is read whole.
struct ccurl_request {
  const char *method;
  const char *url;
  /// Complete header lines without their ends, the last one NULL.
  const char *const *headers;
  /// NULL for none.
  const void *body;
  size_t body_count;
  /// The file of certificates to trust; NULL takes those that `ccurl_begin` does.
  const char *authorities;
  /// How long it may take in all.
  long milliseconds;
  /// The most bytes of the answer's body.
  size_t most;
  void *context;
  /// A line of the answer's head, its status line too.
  void (*header)(void *context, const char *line, size_t count);
  /// A part of its body.
  void (*content)(void *context, const void *bytes, size_t count);
  /// Whether it shall go on; asked at least about once a second, on the thread that waits.
  bool (*goes_on)(void *context);
};

/// Loads the library, if it is there. Must have been called before `ccurl_fetch` is called by more
/// than one thread.
bool ccurl_is_there(void);

/// Sends a request to an http or https address, and waits for the whole answer. It needs no loop and
/// may be called by any thread. No redirect is followed, and no proxy asked.
///
/// Returns the answer's status; 0 when there is none, or not the whole of it, with the reason in
/// `failure`; -1 when libcurl isn't there.
int ccurl_fetch(const struct ccurl_request *request, char *failure, size_t failure_count);

#endif

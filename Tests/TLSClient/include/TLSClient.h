// A TLS client for tests, on a socket or in memory. It verifies nothing: that is what BlackBox's
// test_tls.py does.
#ifndef TLSCLIENT_H
#define TLSCLIENT_H

#include <stddef.h>
#include <sys/types.h>

struct tlsclient;

enum {
  /// The peer has ended the stream without saying so to TLS.
  TLSCLIENT_CUT = -2,
  /// The connection has failed; `errno` says how, or is 0.
  TLSCLIENT_FAILED = -1,
};

/// Makes the handshake on a connected socket, which stays the caller's. NULL when it fails, or
/// OpenSSL 3 isn't there.
struct tlsclient *tlsclient_make(int socket);

/// Makes a client that is given what the server sends, and asked for what it sends itself.
struct tlsclient *tlsclient_make_in_memory(void);

/// Takes what the server has sent, and goes on with the handshake. Whether that is complete.
int tlsclient_take(struct tlsclient *client, const void *bytes, size_t count);

/// Gives what is to be sent to the server, up to the capacity; how much that is.
size_t tlsclient_give(struct tlsclient *client, void *bytes, size_t capacity);

void tlsclient_free(struct tlsclient *client);

/// Sends all of it, as one record if it fits.
ssize_t tlsclient_send(struct tlsclient *client, const void *bytes, size_t count);

/// Receives some; 0 after a `close_notify`.
ssize_t tlsclient_receive(struct tlsclient *client, void *bytes, size_t capacity);

/// Changes its keys and asks the server to change its own. Whether that could be sent.
int tlsclient_update_keys(struct tlsclient *client);

/// Sends a `close_notify`.
void tlsclient_finish(struct tlsclient *client);

#endif

// TLS for servers by the system's OpenSSL, without sockets: ciphertext and plaintext are memory of
// the caller's. The library is looked for when it is first needed: few doubles need it, and loading
// it takes longer than starting.
//
// Whatever can fail writes its reason into a `failure` of CTLS_FAILURE bytes, as a text that ends
// with a zero.
#ifndef CTLS_H
#define CTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  /// The room for a reason, in bytes.
  CTLS_FAILURE = 256,
  /// The most plaintext that one record carries, in bytes.
  CTLS_RECORD = 16 * 1024,
};

/// Bytes that grow as they are written. All zero is empty.
struct ctls_bytes {
  unsigned char *start;
  size_t count;
  size_t capacity;
};

/// Forgets the bytes; the memory is kept for the next ones if it is no more than so much.
void ctls_bytes_clear(struct ctls_bytes *bytes, size_t kept);

/// Loads the library; does nothing when it is loaded. Not to be called by two threads at a time. A
/// failure is not remembered, because there may have been no descriptor.
bool ctls_load(char *failure);

// Certificates. Everything below needs the library.

/// A certificate.
struct x509_st;
/// A private key.
struct evp_pkey_st;

/// A new key of the curve P-256.
struct evp_pkey_st *ctls_key_make(char *failure);

/// What a certificate is to say.
struct ctls_certificate {
  /// The common name of its subject.
  const char *name;
  /// When it begins and ends to be valid, in seconds since the Unix epoch.
  int64_t begin;
  int64_t end;
  /// A leaf's names, as in `DNS:localhost,IP:127.0.0.1`; NULL for an authority's.
  const char *names;
  /// The names that an authority may certify, as in
  /// `permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0`; NULL for a leaf's.
  const char *constraints;
};

/// Makes a certificate of a key, signed with the issuer's key. An authority that signs itself has no
/// issuer.
struct x509_st *ctls_certificate_make(const struct ctls_certificate *wanted,
                                      struct evp_pkey_st *key, struct x509_st *issuer,
                                      struct evp_pkey_st *issuer_key, char *failure);

/// Reads the first certificate, or the key, of a file's content. A key that needs a password is
/// refused.
struct x509_st *ctls_certificate_read(const void *pem, size_t count, char *failure);
struct evp_pkey_st *ctls_key_read(const void *pem, size_t count, char *failure);

/// Whether the key belongs to the certificate.
bool ctls_fits(struct x509_st *certificate, struct evp_pkey_st *key);

/// Until when a certificate is valid, in seconds since the Unix epoch; 0 when that can't be told.
int64_t ctls_certificate_end(struct x509_st *certificate);

/// Writes a certificate or a key (PKCS #8, without a password) as a file's content.
bool ctls_certificate_write(struct x509_st *certificate, struct ctls_bytes *output);
bool ctls_key_write(struct evp_pkey_st *key, struct ctls_bytes *output);

void ctls_certificate_retain(struct x509_st *certificate);
void ctls_certificate_free(struct x509_st *certificate);
void ctls_key_free(struct evp_pkey_st *key);

// Contexts and sessions.

/// What the connections of a server share.
struct ctls_context;

/// Finds the certificate for a connection.
///
/// - name: What the client asked for (SNI); NULL when it named nothing.
/// - Returns: A certificate that the callee retains for the caller; NULL to end the handshake.
typedef struct x509_st *ctls_choose(void *argument, const char *name);

/// Makes a context that answers with one certificate and its chain, as they stand in a file.
struct ctls_context *ctls_context_of_file(const void *certificates, size_t certificates_count,
                                          struct evp_pkey_st *key, char *failure);

/// Makes a context that asks for each connection's certificate, each of the same key.
struct ctls_context *ctls_context_choosing(struct evp_pkey_st *key, ctls_choose *choose,
                                           void *argument, char *failure);

/// No session of it may live any more.
void ctls_context_free(struct ctls_context *context);

/// The server's end of one connection. Used by one thread at a time.
struct ctls_session;

/// NULL when there is no memory.
struct ctls_session *ctls_session_make(struct ctls_context *context);
void ctls_session_free(struct ctls_session *session);

/// What a read has come to.
enum ctls_outcome {
  /// Plaintext.
  CTLS_PLAINTEXT,
  /// Everything that was given is used up.
  CTLS_NEEDS_MORE,
  /// The peer sends no more: its `close_notify` has come. What follows it is dropped.
  CTLS_CLOSED,
  /// The session is broken and can't be used any more. An alert for the peer is in the output.
  CTLS_FAILED,
};

/// Hands over ciphertext, which is used up by ctls_session_read: it must stay where it is until that
/// returns something else than CTLS_PLAINTEXT.
void ctls_session_give(struct ctls_session *session, const void *bytes, size_t count);

/// Goes on with the handshake and reads plaintext. What the peer is to get (the handshake's
/// messages, alerts) is added to the output.
enum ctls_outcome ctls_session_read(struct ctls_session *session, void *plaintext, size_t capacity,
                                    size_t *count, struct ctls_bytes *output);

/// Whether the handshake is complete.
bool ctls_session_is_secure(struct ctls_session *session);

/// Adds plaintext to the output as ciphertext. The handshake must be complete.
bool ctls_session_write(struct ctls_session *session, const void *bytes, size_t count,
                        struct ctls_bytes *output);

/// Adds a `close_notify` to the output, once: nothing can be written any more. Does nothing to a
/// session that is broken, or whose handshake isn't complete.
void ctls_session_finish(struct ctls_session *session, struct ctls_bytes *output);

#endif

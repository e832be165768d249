#define _GNU_SOURCE
#include "CTLS.h"
#include "libssl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER(name, value) name = value,
enum { LIBSSL_NUMBERS(NUMBER) };

#define POINTER(result, name, parameters) result(*name) parameters;
static struct {
  LIBCRYPTO_FUNCTIONS(POINTER)
  LIBSSL_FUNCTIONS(POINTER)
  BIO_METHOD *pipe;
  bool is_there;
} api;

// MARK: Bytes

static bool add(struct ctls_bytes *bytes, const void *more, size_t count) {
  if (bytes->capacity - bytes->count < count) {
    size_t capacity = bytes->capacity ? bytes->capacity : 4096;
    while (capacity - bytes->count < count) capacity *= 2;
    unsigned char *start = realloc(bytes->start, capacity);
    if (!start) return false;
    bytes->start = start;
    bytes->capacity = capacity;
  }
  memcpy(bytes->start + bytes->count, more, count);
  bytes->count += count;
  return true;
}

void ctls_bytes_clear(struct ctls_bytes *bytes, size_t kept) {
  bytes->count = 0;
  if (bytes->capacity <= kept) return;
  free(bytes->start);
  *bytes = (struct ctls_bytes){0};
}

// MARK: The pipe through which OpenSSL reads and writes the caller's memory

struct pipe {
  const unsigned char *input;
  size_t input_count;
  struct ctls_bytes *output;
};

static int pipe_write(BIO *bio, const char *bytes, int count) {
  struct pipe *pipe = api.BIO_get_data(bio);
  api.BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  if (count <= 0) return 0;
  return pipe->output && add(pipe->output, bytes, (size_t)count) ? count : -1;
}

static int pipe_read(BIO *bio, char *bytes, int count) {
  struct pipe *pipe = api.BIO_get_data(bio);
  api.BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  if (count <= 0) return 0;
  if (pipe->input_count == 0) {
    api.BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
    return -1;
  }
  size_t taken = (size_t)count < pipe->input_count ? (size_t)count : pipe->input_count;
  memcpy(bytes, pipe->input, taken);
  pipe->input += taken;
  pipe->input_count -= taken;
  return (int)taken;
}

static long pipe_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static BIO *make_pipe(struct pipe *pipe) {
  BIO *bio = api.BIO_new(api.pipe);
  if (!bio) return NULL;
  api.BIO_set_data(bio, pipe);
  api.BIO_set_init(bio, 1);
  return bio;
}

// MARK: Loading

static void fail(char *failure, const char *reason) { snprintf(failure, CTLS_FAILURE, "%s", reason); }

/// Says what OpenSSL says.
static void explain(char *failure, const char *otherwise) {
  const char *reason = api.ERR_reason_error_string(api.ERR_peek_error());
  fail(failure, reason ? reason : otherwise);
  api.ERR_clear_error();
}

static void *open_library(const char *const *names) {
  for (; *names; names++) {
    void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

bool ctls_load(char *failure) {
  if (api.is_there) return true;
  static const char *const crypto_names[] = {
    "libcrypto.so.3",
    "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
    "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
    NULL,
  };
  static const char *const ssl_names[] = {
    "libssl.so.3",
    "/opt/homebrew/opt/openssl@3/lib/libssl.3.dylib",
    "/usr/local/opt/openssl@3/lib/libssl.3.dylib",
    NULL,
  };
  void *crypto = open_library(crypto_names);
  void *ssl = crypto ? open_library(ssl_names) : NULL;
  if (!crypto || !ssl) {
    snprintf(failure, CTLS_FAILURE,
             "https needs OpenSSL 3, %s can't be loaded: install the package libssl3 (Debian; "
             "openssl-libs or openssl elsewhere)",
             crypto ? ssl_names[0] : crypto_names[0]);
    return false;
  }
  const char *missing = NULL;
#define FIND(library, result, name, parameters)                                                    \
  api.name = (result(*) parameters)dlsym(library, #name);                                          \
  if (!api.name) missing = #name;
#define FIND_CRYPTO(result, name, parameters) FIND(crypto, result, name, parameters)
#define FIND_SSL(result, name, parameters) FIND(ssl, result, name, parameters)
  LIBCRYPTO_FUNCTIONS(FIND_CRYPTO)
  LIBSSL_FUNCTIONS(FIND_SSL)
  if (missing) {
    snprintf(failure, CTLS_FAILURE, "https needs OpenSSL 3, whose %s isn't in libssl3", missing);
    return false;
  }
  // What the system's configuration says of versions and suites must not change what is spoken
  // here. Without handlers at the process's exit no thread finds the library torn down.
  uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;
  if (api.OPENSSL_init_crypto(options, NULL) != 1 || api.OPENSSL_init_ssl(options, NULL) != 1) {
    fail(failure, "OpenSSL can't be started");
    return false;
  }
  api.pipe = api.BIO_meth_new(BIO_TYPE_SOURCE_SINK, "cloro-mock");
  if (!api.pipe || !api.BIO_meth_set_write(api.pipe, pipe_write) ||
      !api.BIO_meth_set_read(api.pipe, pipe_read) ||
      !api.BIO_meth_set_ctrl(api.pipe, pipe_control)) {
    if (api.pipe) api.BIO_meth_free(api.pipe);
    fail(failure, "OpenSSL can't be started: there is no memory");
    return false;
  }
  api.is_there = true;
  return true;
}

// MARK: Certificates

EVP_PKEY *ctls_key_make(char *failure) {
  EVP_PKEY *key = api.EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
  if (!key) explain(failure, "a key can't be made");
  return key;
}

/// The length of a key's identifier, in bytes.
enum { IDENTIFIER = 20 };

/// The identifier of a certificate's key: the first bytes of its SHA-256 (RFC 7093, section 2).
static bool identify(X509 *certificate, unsigned char *identifier) {
  unsigned char digest[64];
  unsigned int count = 0;
  if (!api.X509_pubkey_digest(certificate, api.EVP_sha256(), digest, &count)) return false;
  memcpy(identifier, digest, IDENTIFIER);
  return true;
}

static bool add_extension(X509 *certificate, X509_EXTENSION *extension) {
  bool is_added = extension && api.X509_add_ext(certificate, extension, -1);
  if (extension) api.X509_EXTENSION_free(extension);
  return is_added;
}

static bool add_text(X509 *certificate, int kind, const char *text) {
  return add_extension(certificate, api.X509V3_EXT_nconf_nid(NULL, NULL, kind, text));
}

/// Adds an extension that names a key, behind the bytes that stand before the identifier in DER.
static bool add_identifier(X509 *certificate, int kind, const char *before, size_t before_count,
                           const unsigned char *identifier) {
  unsigned char bytes[8 + IDENTIFIER];
  memcpy(bytes, before, before_count);
  memcpy(bytes + before_count, identifier, IDENTIFIER);
  ASN1_OCTET_STRING *value = api.ASN1_STRING_type_new(V_ASN1_OCTET_STRING);
  bool is_added =
      value && api.ASN1_STRING_set(value, bytes, (int)(before_count + IDENTIFIER)) &&
      add_extension(certificate, api.X509_EXTENSION_create_by_NID(NULL, kind, 0, value));
  if (value) api.ASN1_STRING_free(value);
  return is_added;
}

static bool add_extensions(X509 *certificate, const struct ctls_certificate *wanted,
                           X509 *issuer) {
  unsigned char own[IDENTIFIER], issuers[IDENTIFIER];
  if (!identify(certificate, own) || !identify(issuer, issuers)) return false;
  char text[1024];
  if (wanted->constraints) {
    int count = snprintf(text, sizeof text, "critical,%s", wanted->constraints);
    if (count < 0 || (size_t)count >= sizeof text ||
        !add_text(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !add_text(certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !add_text(certificate, NID_name_constraints, text)) {
      return false;
    }
  } else if (!add_text(certificate, NID_basic_constraints, "critical,CA:FALSE") ||
             !add_text(certificate, NID_key_usage, "critical,digitalSignature") ||
             !add_text(certificate, NID_subject_alt_name, wanted->names)) {
    return false;
  }
  return add_text(certificate, NID_ext_key_usage, "serverAuth") &&
         add_identifier(certificate, NID_subject_key_identifier, "\x04\x14", 2, own) &&
         add_identifier(certificate, NID_authority_key_identifier, "\x30\x16\x80\x14", 4, issuers);
}

static bool fill(X509 *certificate, const struct ctls_certificate *wanted, EVP_PKEY *key,
                 X509 *issuer, EVP_PKEY *issuer_key) {
  unsigned char serial[16];
  if (api.RAND_bytes(serial, sizeof serial) != 1) return false;
  // Positive, and not shorter than it looks.
  serial[0] = (serial[0] & 0x7F) | 0x40;
  X509_NAME *name = api.X509_get_subject_name(certificate);
  // 2 stands for version 3.
  return api.X509_set_version(certificate, 2) &&
         api.ASN1_STRING_set(api.X509_get_serialNumber(certificate), serial, sizeof serial) &&
         api.ASN1_TIME_set(api.X509_getm_notBefore(certificate), wanted->begin) &&
         api.ASN1_TIME_set(api.X509_getm_notAfter(certificate), wanted->end) &&
         api.X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                        (const unsigned char *)"cloro-mock", -1, -1, 0) &&
         api.X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                        (const unsigned char *)wanted->name, -1, -1, 0) &&
         api.X509_set_pubkey(certificate, key) &&
         api.X509_set_issuer_name(certificate, api.X509_get_subject_name(issuer)) &&
         add_extensions(certificate, wanted, issuer) &&
         api.X509_sign(certificate, issuer_key, api.EVP_sha256());
}

X509 *ctls_certificate_make(const struct ctls_certificate *wanted, EVP_PKEY *key, X509 *issuer,
                            EVP_PKEY *issuer_key, char *failure) {
  api.ERR_clear_error();
  X509 *certificate = api.X509_new();
  if (certificate && fill(certificate, wanted, key, issuer ? issuer : certificate, issuer_key)) {
    return certificate;
  }
  explain(failure, "a certificate can't be made");
  if (certificate) api.X509_free(certificate);
  return NULL;
}

static int refuse_password(char *buffer, int size, int writes, void *is_asked) {
  (void)buffer, (void)size, (void)writes;
  *(bool *)is_asked = true;
  return -1;
}

X509 *ctls_certificate_read(const void *pem, size_t count, char *failure) {
  api.ERR_clear_error();
  BIO *bio = api.BIO_new_mem_buf(pem, (int)count);
  bool is_asked = false;
  X509 *certificate = bio ? api.PEM_read_bio_X509(bio, NULL, refuse_password, &is_asked) : NULL;
  if (!certificate) explain(failure, "it can't be read");
  if (bio) api.BIO_free(bio);
  return certificate;
}

EVP_PKEY *ctls_key_read(const void *pem, size_t count, char *failure) {
  api.ERR_clear_error();
  BIO *bio = api.BIO_new_mem_buf(pem, (int)count);
  bool is_asked = false;
  EVP_PKEY *key = bio ? api.PEM_read_bio_PrivateKey(bio, NULL, refuse_password, &is_asked) : NULL;
  if (!key) {
    explain(failure, "it can't be read");
    if (is_asked) fail(failure, "it needs a password");
  }
  if (bio) api.BIO_free(bio);
  return key;
}

bool ctls_fits(X509 *certificate, EVP_PKEY *key) {
  bool fits = api.X509_check_private_key(certificate, key) == 1;
  api.ERR_clear_error();
  return fits;
}

int64_t ctls_certificate_end(X509 *certificate) {
  struct tm time;
  if (!api.ASN1_TIME_to_tm(api.X509_get0_notAfter(certificate), &time)) return 0;
  return (int64_t)timegm(&time);
}

bool ctls_certificate_write(X509 *certificate, struct ctls_bytes *output) {
  struct pipe pipe = {.output = output};
  BIO *bio = make_pipe(&pipe);
  bool is_written = bio && api.PEM_write_bio_X509(bio, certificate) == 1;
  if (bio) api.BIO_free(bio);
  return is_written;
}

bool ctls_key_write(EVP_PKEY *key, struct ctls_bytes *output) {
  struct pipe pipe = {.output = output};
  BIO *bio = make_pipe(&pipe);
  bool is_written =
      bio && api.PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
  if (bio) api.BIO_free(bio);
  return is_written;
}

void ctls_certificate_retain(X509 *certificate) { api.X509_up_ref(certificate); }
void ctls_certificate_free(X509 *certificate) { api.X509_free(certificate); }
void ctls_key_free(EVP_PKEY *key) { api.EVP_PKEY_free(key); }

// MARK: Contexts

struct ctls_context {
  SSL_CTX *ssl;
  EVP_PKEY *key;
  ctls_choose *choose;
  void *argument;
};

// Those with forward secrecy and an authenticated cipher. Of TLS 1.3 all suites are such.
static const char SUITES[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char SUITES_1_3[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static char GROUPS[] = "X25519:P-256:P-384";

/// Selects `http/1.1`. A client that offers others alone is refused (RFC 7301, section 3.2).
static int select_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_count,
                           const unsigned char *offered, unsigned int offered_count,
                           void *argument) {
  (void)ssl, (void)argument;
  static const unsigned char spoken[] = "http/1.1";
  const unsigned char count = sizeof spoken - 1;
  for (unsigned int at = 0; at < offered_count; at += 1u + offered[at]) {
    if (offered[at] == count && offered_count - at > count &&
        memcmp(offered + at + 1, spoken, count) == 0) {
      *chosen = spoken;
      *chosen_count = count;
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int set_certificate(SSL *ssl, void *argument) {
  struct ctls_context *context = argument;
  const char *name = api.SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  X509 *certificate = context->choose(context->argument, name);
  if (!certificate) return 0;
  bool is_set = api.SSL_use_certificate(ssl, certificate) == 1 &&
                api.SSL_use_PrivateKey(ssl, context->key) == 1;
  api.X509_free(certificate);
  return is_set;
}

static struct ctls_context *make_context(char *failure) {
  api.ERR_clear_error();
  SSL_CTX *ssl = api.SSL_CTX_new(api.TLS_server_method());
  struct ctls_context *context = calloc(1, sizeof *context);
  if (!ssl || !context ||
      !api.SSL_CTX_ctrl(ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) ||
      !api.SSL_CTX_set_cipher_list(ssl, SUITES) ||
      !api.SSL_CTX_set_ciphersuites(ssl, SUITES_1_3) ||
      !api.SSL_CTX_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, GROUPS)) {
    explain(failure, "there is no memory");
    if (ssl) api.SSL_CTX_free(ssl);
    free(context);
    return NULL;
  }
  api.SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // An idle connection needs none of its buffers, of 17 KB each.
  api.SSL_CTX_ctrl(ssl, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, NULL);
  // Sessions are resumed by tickets, which the clients keep.
  api.SSL_CTX_ctrl(ssl, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
  api.SSL_CTX_set_alpn_select_cb(ssl, select_protocol, NULL);
  context->ssl = ssl;
  return context;
}

/// Sets the first certificate of a file, and those behind it as its chain.
static bool use_certificates(SSL_CTX *ssl, BIO *bio, EVP_PKEY *key, char *failure) {
  bool is_asked = false;
  X509 *leaf = api.PEM_read_bio_X509(bio, NULL, refuse_password, &is_asked);
  bool fits = leaf && ctls_fits(leaf, key);
  bool is_used = fits && api.SSL_CTX_use_certificate(ssl, leaf) == 1 &&
                 api.SSL_CTX_use_PrivateKey(ssl, key) == 1;
  if (!is_used) explain(failure, "the key doesn't belong to the certificate");
  if (leaf) api.X509_free(leaf);
  X509 *next;
  while (is_used && (next = api.PEM_read_bio_X509(bio, NULL, refuse_password, &is_asked))) {
    // 1: the certificate is retained.
    is_used = api.SSL_CTX_ctrl(ssl, SSL_CTRL_CHAIN_CERT, 1, next) == 1;
    if (!is_used) explain(failure, "its chain can't be used");
    api.X509_free(next);
  }
  // The end of the file counts as an error.
  api.ERR_clear_error();
  return is_used;
}

struct ctls_context *ctls_context_of_file(const void *certificates, size_t certificates_count,
                                          EVP_PKEY *key, char *failure) {
  struct ctls_context *context = make_context(failure);
  if (!context) return NULL;
  BIO *bio = api.BIO_new_mem_buf(certificates, (int)certificates_count);
  bool is_used = bio && use_certificates(context->ssl, bio, key, failure);
  if (bio) api.BIO_free(bio);
  if (is_used) return context;
  ctls_context_free(context);
  return NULL;
}

struct ctls_context *ctls_context_choosing(EVP_PKEY *key, ctls_choose *choose, void *argument,
                                           char *failure) {
  struct ctls_context *context = make_context(failure);
  if (!context) return NULL;
  context->key = key;
  context->choose = choose;
  context->argument = argument;
  api.SSL_CTX_set_cert_cb(context->ssl, set_certificate, context);
  return context;
}

void ctls_context_free(struct ctls_context *context) {
  api.SSL_CTX_free(context->ssl);
  free(context);
}

// MARK: Sessions

struct ctls_session {
  SSL *ssl;
  struct pipe pipe;
  bool is_broken;
  bool is_finished;
};

struct ctls_session *ctls_session_make(struct ctls_context *context) {
  struct ctls_session *session = calloc(1, sizeof *session);
  SSL *ssl = api.SSL_new(context->ssl);
  BIO *bio = session ? make_pipe(&session->pipe) : NULL;
  if (!ssl || !bio) {
    api.ERR_clear_error();
    if (bio) api.BIO_free(bio);
    if (ssl) api.SSL_free(ssl);
    free(session);
    return NULL;
  }
  // It is read and written, and counts once.
  api.SSL_set_bio(ssl, bio, bio);
  api.SSL_set_accept_state(ssl);
  session->ssl = ssl;
  return session;
}

void ctls_session_free(struct ctls_session *session) {
  api.SSL_free(session->ssl);
  free(session);
}

void ctls_session_give(struct ctls_session *session, const void *bytes, size_t count) {
  session->pipe.input = bytes;
  session->pipe.input_count = count;
}

/// Forgets errors of others on this thread, which would be taken for the session's.
static void begin(void) {
  if (api.ERR_peek_error()) api.ERR_clear_error();
}

enum ctls_outcome ctls_session_read(struct ctls_session *session, void *plaintext, size_t capacity,
                                    size_t *count, struct ctls_bytes *output) {
  *count = 0;
  if (session->is_broken) return CTLS_FAILED;
  // A read that can only find that out takes OpenSSL a buffer of 17 KB.
  if (session->pipe.input_count == 0 && !api.SSL_has_pending(session->ssl)) return CTLS_NEEDS_MORE;
  begin();
  session->pipe.output = output;
  int result = api.SSL_read(session->ssl, plaintext, (int)capacity);
  session->pipe.output = NULL;
  if (result > 0) {
    *count = (size_t)result;
    return CTLS_PLAINTEXT;
  }
  int error = api.SSL_get_error(session->ssl, result);
  if (error == SSL_ERROR_WANT_READ) return CTLS_NEEDS_MORE;
  session->pipe.input_count = 0;
  if (error == SSL_ERROR_ZERO_RETURN) return CTLS_CLOSED;
  session->is_broken = true;
  api.ERR_clear_error();
  return CTLS_FAILED;
}

bool ctls_session_is_secure(struct ctls_session *session) {
  return api.SSL_is_init_finished(session->ssl) == 1;
}

bool ctls_session_write(struct ctls_session *session, const void *bytes, size_t count,
                        struct ctls_bytes *output) {
  if (session->is_broken || session->is_finished) return false;
  if (count == 0) return true;
  begin();
  session->pipe.output = output;
  // The pipe takes everything, so that everything is written at once.
  bool is_written = count <= INT32_MAX &&
                    api.SSL_write(session->ssl, bytes, (int)count) == (int)count;
  session->pipe.output = NULL;
  if (!is_written) {
    session->is_broken = true;
    api.ERR_clear_error();
  }
  return is_written;
}

void ctls_session_finish(struct ctls_session *session, struct ctls_bytes *output) {
  if (session->is_broken || session->is_finished || !ctls_session_is_secure(session)) return;
  session->is_finished = true;
  begin();
  session->pipe.output = output;
  api.SSL_shutdown(session->ssl);
  session->pipe.output = NULL;
  api.ERR_clear_error();
}

#include "TLSClient.h"
#include "../../Sources/CTLS/libssl.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#define NUMBER(name, value) name = value,
enum { LIBSSL_NUMBERS(NUMBER) };

struct tlsclient {
  SSL *ssl;
  // Those of a client in memory, which belong to the session.
  BIO *from_server;
  BIO *to_server;
};

// What only a client needs.
#define CLIENT_FUNCTIONS(F)                                                                        \
  F(int, SSL_connect, (SSL *))                                                                     \
  F(int, SSL_do_handshake, (SSL *))                                                                \
  F(int, SSL_key_update, (SSL *, int))                                                             \
  F(int, SSL_set_fd, (SSL *, int))                                                                 \
  F(const SSL_METHOD *, TLS_client_method, (void))

#define MEMORY_FUNCTIONS(F)                                                                        \
  F(int, BIO_read, (BIO *, void *, int))                                                           \
  F(const BIO_METHOD *, BIO_s_mem, (void))                                                         \
  F(int, BIO_write, (BIO *, const void *, int))

#define POINTER(result, name, parameters) result(*name) parameters;
static struct {
  LIBCRYPTO_FUNCTIONS(POINTER)
  LIBSSL_FUNCTIONS(POINTER)
  CLIENT_FUNCTIONS(POINTER)
  MEMORY_FUNCTIONS(POINTER)
  SSL_CTX *context;
} api;

static void load(void) {
  void *crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
  void *ssl = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
  if (!crypto || !ssl) return;
#define FIND_CRYPTO(result, name, parameters) api.name = (result(*) parameters)dlsym(crypto, #name);
#define FIND_SSL(result, name, parameters) api.name = (result(*) parameters)dlsym(ssl, #name);
  LIBCRYPTO_FUNCTIONS(FIND_CRYPTO)
  LIBSSL_FUNCTIONS(FIND_SSL)
  CLIENT_FUNCTIONS(FIND_SSL)
  MEMORY_FUNCTIONS(FIND_CRYPTO)
  // OpenSSL writes without asking for none.
  signal(SIGPIPE, SIG_IGN);
  api.OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
  api.context = api.SSL_CTX_new(api.TLS_client_method());
}

static bool is_loaded(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return api.context != NULL;
}

struct tlsclient *tlsclient_make(int socket) {
  if (!is_loaded()) return NULL;
  api.ERR_clear_error();
  SSL *ssl = api.SSL_new(api.context);
  if (!ssl || !api.SSL_set_fd(ssl, socket) || api.SSL_connect(ssl) != 1) {
    if (ssl) api.SSL_free(ssl);
    return NULL;
  }
  struct tlsclient *client = calloc(1, sizeof *client);
  client->ssl = ssl;
  return client;
}

struct tlsclient *tlsclient_make_in_memory(void) {
  if (!is_loaded()) return NULL;
  struct tlsclient *client = calloc(1, sizeof *client);
  client->ssl = api.SSL_new(api.context);
  client->from_server = api.BIO_new(api.BIO_s_mem());
  client->to_server = api.BIO_new(api.BIO_s_mem());
  api.SSL_set_bio(client->ssl, client->from_server, client->to_server);
  return client;
}

int tlsclient_take(struct tlsclient *client, const void *bytes, size_t count) {
  api.ERR_clear_error();
  if (count > 0) api.BIO_write(client->from_server, bytes, (int)count);
  return api.SSL_connect(client->ssl) == 1;
}

size_t tlsclient_give(struct tlsclient *client, void *bytes, size_t capacity) {
  int count = api.BIO_read(client->to_server, bytes, (int)capacity);
  return count > 0 ? (size_t)count : 0;
}

void tlsclient_free(struct tlsclient *client) {
  api.SSL_free(client->ssl);
  free(client);
}

ssize_t tlsclient_send(struct tlsclient *client, const void *bytes, size_t count) {
  api.ERR_clear_error();
  errno = 0;
  return count == 0 ? 0 : api.SSL_write(client->ssl, bytes, (int)count);
}

ssize_t tlsclient_receive(struct tlsclient *client, void *bytes, size_t capacity) {
  api.ERR_clear_error();
  errno = 0;
  int count = api.SSL_read(client->ssl, bytes, (int)capacity);
  if (count > 0) return count;
  int code = errno;
  int error = api.SSL_get_error(client->ssl, count);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = code;
  return code == 0 ? TLSCLIENT_CUT : TLSCLIENT_FAILED;
}

int tlsclient_update_keys(struct tlsclient *client) {
  api.ERR_clear_error();
  // 1: the server is to do the same.
  return api.SSL_key_update(client->ssl, 1) == 1 && api.SSL_do_handshake(client->ssl) == 1;
}

void tlsclient_finish(struct tlsclient *client) {
  api.ERR_clear_error();
  api.SSL_shutdown(client->ssl);
}

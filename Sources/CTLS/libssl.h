// What is used of OpenSSL 3: prototypes and numbers, written down here so that a build needs none of
// its headers. Tests/headers holds each of them against the real ones.
#ifndef CTLS_LIBSSL_H
#define CTLS_LIBSSL_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef struct asn1_string_st ASN1_INTEGER;
typedef struct asn1_string_st ASN1_OCTET_STRING;
typedef struct asn1_string_st ASN1_STRING;
typedef struct asn1_string_st ASN1_TIME;
typedef struct bio_method_st BIO_METHOD;
typedef struct bio_st BIO;
typedef struct conf_st CONF;
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_md_st EVP_MD;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct ossl_init_settings_st OPENSSL_INIT_SETTINGS;
typedef struct ossl_lib_ctx_st OSSL_LIB_CTX;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_st SSL;
typedef struct v3_ext_ctx X509V3_CTX;
typedef struct X509_extension_st X509_EXTENSION;
typedef struct X509_name_st X509_NAME;
typedef struct x509_st X509;

/// F(result, name, parameters) for each function of libcrypto.
#define LIBCRYPTO_FUNCTIONS(F)                                                                     \
  F(int, ASN1_STRING_set, (ASN1_STRING *, const void *, int))                                      \
  F(ASN1_TIME *, ASN1_TIME_set, (ASN1_TIME *, time_t))                                             \
  F(int, ASN1_TIME_to_tm, (const ASN1_TIME *, struct tm *))                                        \
  F(ASN1_STRING *, ASN1_STRING_type_new, (int))                                                    \
  F(void, ASN1_STRING_free, (ASN1_STRING *))                                                       \
  F(void, BIO_clear_flags, (BIO *, int))                                                           \
  F(int, BIO_free, (BIO *))                                                                        \
  F(void *, BIO_get_data, (BIO *))                                                                 \
  F(void, BIO_meth_free, (BIO_METHOD *))                                                           \
  F(BIO_METHOD *, BIO_meth_new, (int, const char *))                                               \
  F(int, BIO_meth_set_ctrl, (BIO_METHOD *, long (*)(BIO *, int, long, void *)))                    \
  F(int, BIO_meth_set_read, (BIO_METHOD *, int (*)(BIO *, char *, int)))                           \
  F(int, BIO_meth_set_write, (BIO_METHOD *, int (*)(BIO *, const char *, int)))                    \
  F(BIO *, BIO_new, (const BIO_METHOD *))                                                          \
  F(BIO *, BIO_new_mem_buf, (const void *, int))                                                   \
  F(void, BIO_set_data, (BIO *, void *))                                                           \
  F(void, BIO_set_flags, (BIO *, int))                                                             \
  F(void, BIO_set_init, (BIO *, int))                                                              \
  F(void, ERR_clear_error, (void))                                                                 \
  F(unsigned long, ERR_peek_error, (void))                                                         \
  F(const char *, ERR_reason_error_string, (unsigned long))                                        \
  F(void, EVP_PKEY_free, (EVP_PKEY *))                                                             \
  F(EVP_PKEY *, EVP_PKEY_Q_keygen, (OSSL_LIB_CTX *, const char *, const char *, ...))              \
  F(const EVP_MD *, EVP_sha1, (void))                                                              \
  F(const EVP_MD *, EVP_sha256, (void))                                                            \
  F(int, OPENSSL_init_crypto, (uint64_t, const OPENSSL_INIT_SETTINGS *))                           \
  F(EVP_PKEY *, PEM_read_bio_PrivateKey,                                                           \
    (BIO *, EVP_PKEY **, int (*)(char *, int, int, void *), void *))                               \
  F(X509 *, PEM_read_bio_X509, (BIO *, X509 **, int (*)(char *, int, int, void *), void *))        \
  F(int, PEM_write_bio_PKCS8PrivateKey,                                                            \
    (BIO *, const EVP_PKEY *, const EVP_CIPHER *, const char *, int,                               \
     int (*)(char *, int, int, void *), void *))                                                   \
  F(int, PEM_write_bio_X509, (BIO *, const X509 *))                                                \
  F(int, RAND_bytes, (unsigned char *, int))                                                       \
  F(int, X509_add_ext, (X509 *, X509_EXTENSION *, int))                                            \
  F(int, X509_check_private_key, (const X509 *, const EVP_PKEY *))                                 \
  F(X509_EXTENSION *, X509_EXTENSION_create_by_NID,                                                \
    (X509_EXTENSION **, int, int, ASN1_OCTET_STRING *))                                            \
  F(void, X509_EXTENSION_free, (X509_EXTENSION *))                                                 \
  F(void, X509_free, (X509 *))                                                                     \
  F(const ASN1_TIME *, X509_get0_notAfter, (const X509 *))                                         \
  F(ASN1_TIME *, X509_getm_notAfter, (const X509 *))                                               \
  F(ASN1_TIME *, X509_getm_notBefore, (const X509 *))                                              \
  F(ASN1_INTEGER *, X509_get_serialNumber, (X509 *))                                               \
  F(X509_NAME *, X509_get_subject_name, (const X509 *))                                            \
  F(int, X509_NAME_add_entry_by_txt,                                                               \
    (X509_NAME *, const char *, int, const unsigned char *, int, int, int))                        \
  F(X509 *, X509_new, (void))                                                                      \
  F(int, X509_pubkey_digest, (const X509 *, const EVP_MD *, unsigned char *, unsigned int *))      \
  F(int, X509_set_issuer_name, (X509 *, const X509_NAME *))                                        \
  F(int, X509_set_pubkey, (X509 *, EVP_PKEY *))                                                    \
  F(int, X509_set_version, (X509 *, long))                                                         \
  F(int, X509_sign, (X509 *, EVP_PKEY *, const EVP_MD *))                                          \
  F(int, X509_up_ref, (X509 *))                                                                    \
  F(X509_EXTENSION *, X509V3_EXT_nconf_nid, (CONF *, X509V3_CTX *, int, const char *))

/// F(result, name, parameters) for each function of libssl.
#define LIBSSL_FUNCTIONS(F)                                                                        \
  F(int, OPENSSL_init_ssl, (uint64_t, const OPENSSL_INIT_SETTINGS *))                              \
  F(long, SSL_CTX_ctrl, (SSL_CTX *, int, long, void *))                                            \
  F(void, SSL_CTX_free, (SSL_CTX *))                                                               \
  F(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *))                                                  \
  F(void, SSL_CTX_set_alpn_select_cb,                                                              \
    (SSL_CTX *,                                                                                    \
     int (*)(SSL *, const unsigned char **, unsigned char *, const unsigned char *, unsigned int,  \
             void *),                                                                              \
     void *))                                                                                      \
  F(void, SSL_CTX_set_cert_cb, (SSL_CTX *, int (*)(SSL *, void *), void *))                        \
  F(int, SSL_CTX_set_cipher_list, (SSL_CTX *, const char *))                                       \
  F(int, SSL_CTX_set_ciphersuites, (SSL_CTX *, const char *))                                      \
  F(uint64_t, SSL_CTX_set_options, (SSL_CTX *, uint64_t))                                          \
  F(int, SSL_CTX_use_certificate, (SSL_CTX *, X509 *))                                             \
  F(int, SSL_CTX_use_PrivateKey, (SSL_CTX *, EVP_PKEY *))                                          \
  F(void, SSL_free, (SSL *))                                                                       \
  F(int, SSL_get_error, (const SSL *, int))                                                        \
  F(const char *, SSL_get_servername, (const SSL *, const int))                                    \
  F(int, SSL_has_pending, (const SSL *))                                                           \
  F(int, SSL_is_init_finished, (const SSL *))                                                      \
  F(SSL *, SSL_new, (SSL_CTX *))                                                                   \
  F(int, SSL_read, (SSL *, void *, int))                                                           \
  F(void, SSL_set_accept_state, (SSL *))                                                           \
  F(void, SSL_set_bio, (SSL *, BIO *, BIO *))                                                      \
  F(int, SSL_shutdown, (SSL *))                                                                    \
  F(int, SSL_use_certificate, (SSL *, X509 *))                                                     \
  F(int, SSL_use_PrivateKey, (SSL *, EVP_PKEY *))                                                  \
  F(int, SSL_write, (SSL *, const void *, int))                                                    \
  F(const SSL_METHOD *, TLS_server_method, (void))

/// N(name, value) for each number.
#define LIBSSL_NUMBERS(N)                                                                          \
  N(BIO_CTRL_FLUSH, 11)                                                                            \
  N(BIO_FLAGS_READ, 0x01)                                                                          \
  N(BIO_FLAGS_RWS, 0x07)                                                                           \
  N(BIO_FLAGS_SHOULD_RETRY, 0x08)                                                                  \
  N(BIO_TYPE_SOURCE_SINK, 0x0400)                                                                  \
  N(MBSTRING_UTF8, 0x1000)                                                                         \
  N(NID_authority_key_identifier, 90)                                                              \
  N(NID_basic_constraints, 87)                                                                     \
  N(NID_ext_key_usage, 126)                                                                        \
  N(NID_key_usage, 83)                                                                             \
  N(NID_name_constraints, 666)                                                                     \
  N(NID_subject_alt_name, 85)                                                                      \
  N(NID_subject_key_identifier, 82)                                                                \
  N(OPENSSL_INIT_NO_ATEXIT, 0x00080000)                                                            \
  N(OPENSSL_INIT_NO_LOAD_CONFIG, 0x00000080)                                                       \
  N(SSL_CTRL_CHAIN_CERT, 89)                                                                       \
  N(SSL_CTRL_MODE, 33)                                                                             \
  N(SSL_CTRL_SET_GROUPS_LIST, 92)                                                                  \
  N(SSL_CTRL_SET_MIN_PROTO_VERSION, 123)                                                           \
  N(SSL_CTRL_SET_SESS_CACHE_MODE, 44)                                                              \
  N(SSL_ERROR_WANT_READ, 2)                                                                        \
  N(SSL_ERROR_ZERO_RETURN, 6)                                                                      \
  N(SSL_MODE_RELEASE_BUFFERS, 0x10)                                                                \
  N(SSL_OP_NO_COMPRESSION, 1 << 17)                                                                \
  N(SSL_OP_NO_RENEGOTIATION, 1 << 30)                                                              \
  N(SSL_SESS_CACHE_OFF, 0)                                                                         \
  N(SSL_TLSEXT_ERR_ALERT_FATAL, 2)                                                                 \
  N(SSL_TLSEXT_ERR_OK, 0)                                                                          \
  N(TLS1_2_VERSION, 0x0303)                                                                        \
  N(TLSEXT_NAMETYPE_host_name, 0)                                                                  \
  N(V_ASN1_OCTET_STRING, 4)

#endif

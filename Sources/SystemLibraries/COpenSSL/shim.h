// OpenSSL 3, and as functions what it has as macros, which Swift does not see.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static inline int tls_set_least_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline void tls_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline void tls_set_session_cache_mode(SSL_CTX *context, long mode) {
  SSL_CTX_set_session_cache_mode(context, mode);
}

static inline int tls_set_groups(SSL_CTX *context, const char *groups) {
  return SSL_CTX_set1_groups_list(context, groups);
}

static inline int tls_set_server_name(SSL *session, const char *name) {
  return SSL_set_tlsext_host_name(session, name);
}

static inline void tls_set_app_data(SSL *session, void *data) { SSL_set_app_data(session, data); }

static inline void *tls_app_data(const SSL *session) { return SSL_get_app_data(session); }

static const uint64_t tls_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t tls_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t tls_server_chooses_cipher =
    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;

#ifndef GATEHOUSE_CLIBSSL_H
#define GATEHOUSE_CLIBSSL_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Records on their way between a loop's buffers and libssl.

   A loop reads records from a socket into `in` and sends what gathers in `out`: libssl itself makes
   no system call. Reading an empty `in` is a want of more; writing always succeeds, up to a bound
   that no handshake and no piece of output of ours comes near. */

struct gatehouse_records {
    const uint8_t *in;
    size_t in_left;
    uint8_t *out;
    size_t out_count, out_capacity;
};

static const size_t gatehouse_records_limit = 1024 * 1024;

static int gatehouse_records_read(BIO *bio, char *to, int count) {
    struct gatehouse_records *records = (struct gatehouse_records *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!records || count <= 0) return -1;
    size_t taken = (size_t)count < records->in_left ? (size_t)count : records->in_left;
    if (taken == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(to, records->in, taken);
    records->in += taken;
    records->in_left -= taken;
    return (int)taken;
}

static int gatehouse_records_write(BIO *bio, const char *from, int count) {
    struct gatehouse_records *records = (struct gatehouse_records *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!records || count <= 0) return -1;
    size_t needed = records->out_count + (size_t)count;
    if (needed > records->out_capacity) {
        size_t capacity = records->out_capacity ? records->out_capacity : 16384;
        while (capacity < needed) capacity *= 2;
        if (capacity > gatehouse_records_limit) return -1;
        uint8_t *larger = (uint8_t *)realloc(records->out, capacity);
        if (!larger) return -1;
        records->out = larger;
        records->out_capacity = capacity;
    }
    memcpy(records->out + records->out_count, from, (size_t)count);
    records->out_count = needed;
    return count;
}

static long gatehouse_records_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static inline BIO_METHOD *gatehouse_records_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records");
    if (!method) return NULL;
    BIO_meth_set_read(method, gatehouse_records_read);
    BIO_meth_set_write(method, gatehouse_records_write);
    BIO_meth_set_ctrl(method, gatehouse_records_control);
    return method;
}

/* Gives an SSL object its way to the loop's buffers; 0 without memory. */
static inline int gatehouse_SSL_use_records(
    SSL *ssl, const BIO_METHOD *method, struct gatehouse_records *records
) {
    BIO *bio = BIO_new(method);
    if (!bio) return 0;
    BIO_set_data(bio, records);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return 1;
}

/* Contexts */

/* TLS 1.2 with forward secrecy and authenticated ciphers, TLS 1.3; nothing else of what was ever
   part of TLS. 0 when libssl cannot. */
static inline int gatehouse_SSL_CTX_harden(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_clear_options(
        context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION
                     | SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* No partial writes: records go into memory, so that a write is always whole. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_verify_depth(context, 10);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1
        && SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}
static inline void gatehouse_SSL_CTX_no_session_cache(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline void gatehouse_SSL_CTX_client_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}
static inline int gatehouse_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}
static inline void gatehouse_SSL_CTX_set_servername(
    SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument
) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}
static inline int gatehouse_SSL_CTX_trust_partial_chains(SSL_CTX *context) {
    return X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}
static inline int gatehouse_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}
/* Names of the certificate's own list alone: the subject's common name is no host name. */
static inline int gatehouse_SSL_expect_host(SSL *ssl, const char *name, size_t count) {
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(
        parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(parameters, name, count);
}
static inline int gatehouse_SSL_expect_address(SSL *ssl, const char *address) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address);
}
static inline void *gatehouse_SSL_get_app_data(const SSL *ssl) { return SSL_get_app_data(ssl); }
static inline void gatehouse_SSL_set_app_data(SSL *ssl, void *data) {
    SSL_set_app_data(ssl, data);
}
static inline SSL *gatehouse_X509_STORE_CTX_get_ssl(X509_STORE_CTX *store) {
    return (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
}

/* Errors */

static inline int gatehouse_ERR_reason(unsigned long error) { return ERR_GET_REASON(error); }
static inline int gatehouse_ERR_is_from_ssl(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL;
}
static inline int gatehouse_ERR_is_from_pem(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_PEM;
}

/* Certificates and keys */

/* An encrypted key is an error, not a question on the terminal. */
static int gatehouse_no_password(char *to, int count, int writes, void *argument) {
    (void)to, (void)count, (void)writes, (void)argument;
    return -1;
}
static inline EVP_PKEY *gatehouse_PEM_read_key(BIO *bio) {
    return PEM_read_bio_PrivateKey(bio, NULL, gatehouse_no_password, NULL);
}
static inline X509 *gatehouse_PEM_read_certificate(BIO *bio) {
    return PEM_read_bio_X509(bio, NULL, gatehouse_no_password, NULL);
}

/* The alternative names of a certificate, one after the other. `kind` is 2 for a DNS name and 7 for
   an address; 0 at the end. The bytes belong to `names`. */
static inline GENERAL_NAMES *gatehouse_X509_names(const X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}
static inline int gatehouse_names_kind(
    const GENERAL_NAMES *names, int index, const uint8_t **bytes, int *count
) {
    if (index >= sk_GENERAL_NAME_num(names)) return 0;
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    *bytes = NULL;
    *count = 0;
    if (name->type == GEN_DNS || name->type == GEN_IPADD) {
        const ASN1_STRING *value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
        *bytes = ASN1_STRING_get0_data(value);
        *count = ASN1_STRING_length(value);
    }
    return name->type + 1;
}
static const int gatehouse_name_is_dns = GEN_DNS + 1;
static const int gatehouse_name_is_address = GEN_IPADD + 1;
static inline void gatehouse_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

/* Seconds since 1970; 0 when the time cannot be read. */
static inline int64_t gatehouse_seconds(const ASN1_TIME *time) {
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    int known = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return known ? (int64_t)days * 86400 + seconds : 0;
}

/* The subject as RFC 2253 writes it, ASCII alone; -1 when it is longer than the buffer. */
static inline int gatehouse_X509_subject(const X509 *certificate, char *to, size_t capacity) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio) return -1;
    int count = -1;
    if (X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
        char *text;
        long length = BIO_get_mem_data(bio, &text);
        if (length >= 0 && (size_t)length <= capacity) {
            if (length) memcpy(to, text, (size_t)length);
            count = (int)length;
        }
    }
    BIO_free(bio);
    return count;
}

/* Tickets: how a session is sealed. `key` is 64 bytes: for the cipher and for its seal. */
static inline int gatehouse_ticket_seal(
    const uint8_t *key, const uint8_t *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seals
) {
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)(key + 32), 32),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return 0;
    return seals ? EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key, iv)
                 : EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key, iv);
}

#endif

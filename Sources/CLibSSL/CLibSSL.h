#ifndef GATEHOUSE_CLIBSSL_H
#define GATEHOUSE_CLIBSSL_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/ssl.h>

#endif

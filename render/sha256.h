/*
 * sha256: the digest that a content-security policy names a script by (FIPS 180-4)
 */
#ifndef PYRENDER_SHA256_H
#define PYRENDER_SHA256_H

#include <stddef.h>

enum { SHA256_SIZE = 32, SHA256_BASE64_SIZE = 45 };

/* The digest of `bytes` in base64 (RFC 4648), with a NUL behind it. */
void sha256_base64(const void *bytes, size_t size, char base64[SHA256_BASE64_SIZE]);

#endif

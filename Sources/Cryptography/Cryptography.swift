// Digests, HMAC, random bytes, signatures, keys: the only user of libcrypto.

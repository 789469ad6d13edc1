#include "sha256.h"

#include <stdint.h>
#include <string.h>

enum { BLOCK = 64 };

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The message schedule, section 6.2.2 step 1. */
static void schedule(uint32_t words[64], const uint8_t block[BLOCK])
{
    for (size_t i = 0; i < 16; i++)
        words[i] = big_endian(block + 4 * i);
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = words[i - 15], b = words[i - 2];

        words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[i - 7] +
                   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

/* Section 6.2.2 steps 2 to 4; state holds a to h. */
static void compress(uint32_t hash[8], const uint8_t block[BLOCK])
{
    uint32_t words[64], state[8];

    schedule(words, block);
    memcpy(state, hash, sizeof state);
    for (size_t i = 0; i < 64; i++) {
        uint32_t a = state[0], e = state[4];
        uint32_t one = state[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                       ((e & state[5]) ^ (~e & state[6])) + constants[i] + words[i];
        uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                       ((a & state[1]) ^ (a & state[2]) ^ (state[1] & state[2]));

        memmove(state + 1, state, 7 * sizeof *state);
        state[4] += one;
        state[0] = one + two;
    }
    for (size_t i = 0; i < 8; i++)
        hash[i] += state[i];
}

static void digest(const uint8_t *bytes, size_t size, uint8_t result[SHA256_SIZE])
{
    uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t tail[2 * BLOCK] = {0};
    size_t rest = size % BLOCK, padded = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;

    for (size_t i = 0; i + BLOCK <= size; i += BLOCK)
        compress(hash, bytes + i);
    memcpy(tail, bytes + size - rest, rest);
    tail[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        tail[padded - 1 - i] = (uint8_t)((uint64_t)size * 8 >> 8 * i);
    for (size_t i = 0; i < padded; i += BLOCK)
        compress(hash, tail + i);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        result[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_base64(const void *bytes, size_t size, char base64[SHA256_BASE64_SIZE])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t result[SHA256_SIZE + 1] = {0};
    size_t at = 0;

    digest(bytes, size, result);
    for (size_t i = 0; i < SHA256_SIZE; i += 3) {
        uint32_t three =
            (uint32_t)result[i] << 16 | (uint32_t)result[i + 1] << 8 | (i + 2 < SHA256_SIZE ? result[i + 2] : 0);

        for (int shift = 18; shift >= 0; shift -= 6)
            base64[at++] = digits[three >> shift & 63];
    }
    base64[SHA256_BASE64_SIZE - 2] = '='; /* 32 bytes are ten threes and two */
    base64[SHA256_BASE64_SIZE - 1] = '\0';
}

/* block_test: block headers there and back, and what is wrong with bad ones */
#include "format/block.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static void test_round_trip(void)
{
    struct buffer out = {0}, payload = {0};
    struct block_header header;
    struct pyprof_error error;

    buffer_put(&payload, "payload", 7);
    block_put(&out, BLOCK_DEFS, 0x0123456789abcdef, 77, &payload);
    ok(out.size == BLOCK_HEADER_SIZE + 7 &&
           memcmp(out.bytes, "\x89pyp\x02\0\1\0\xef\xcd\xab\x89\x67\x45\x23\x01", 16) == 0,
       "a header begins as specified");
    ok(block_header_get(out.bytes, 0, &header, &error) == 0 && header.type == BLOCK_DEFS && header.flags == 0 &&
           header.major == 1 && header.section == 0x0123456789abcdef && header.sequence == 77 && header.length == 7,
       "a header is read as it was put");
    ok(block_payload_check(&header, out.bytes + BLOCK_HEADER_SIZE, 0, &error) == 0, "so is its payload");
    out.bytes[BLOCK_HEADER_SIZE] ^= 1;
    ok(block_payload_check(&header, out.bytes + BLOCK_HEADER_SIZE, 99, &error) < 0 && error.code == PYPROF_DAMAGED &&
           error.offset == 99,
       "a changed payload is found, at its offset: %s", error.message);
    buffer_free(&out);
    buffer_free(&payload);
}

static void test_flips(void)
{
    struct buffer out = {0}, payload = {0};
    struct block_header header;
    int accepted = 0;

    block_put(&out, BLOCK_END, 1, 0, &payload);
    for (int bit = 0; bit < 8 * BLOCK_HEADER_SIZE; bit++) {
        out.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        accepted += block_header_get(out.bytes, 0, &header, NULL) == 0;
        out.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ok(accepted == 0, "no header with a flipped bit is taken for one");
    buffer_free(&out);
}

static void test_limits(void)
{
    struct buffer out = {0}, payload = {0};
    struct block_header header;
    struct pyprof_error error;

    if (!buffer_reserve(&payload, LIMIT_PAYLOAD + 1))
        abort();
    payload.size = LIMIT_PAYLOAD + 1;
    memset(payload.bytes, 0, payload.size);
    block_put(&out, BLOCK_END, 1, 0, &payload);
    ok(block_header_get(out.bytes, 0, &header, &error) < 0 && error.code == PYPROF_DAMAGED,
       "a payload over the limit is refused by its header: %s", error.message);
    buffer_clear(&out);
    payload.size = 0;
    block_put(&out, BLOCK_END, 0, 0, &payload);
    ok(block_header_get(out.bytes, 0, &header, &error) < 0, "section 0 is refused: %s", error.message);
    buffer_free(&out);
    buffer_free(&payload);
}

int main(void)
{
    test_round_trip();
    test_flips();
    test_limits();
    return done_testing();
}

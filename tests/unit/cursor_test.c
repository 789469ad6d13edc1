/* cursor_test: numbers put into a buffer come out of a cursor; what is cut or too long does not */
#include "format/buffer.h"
#include "format/cursor.h"
#include "tap.h"

#include <string.h>

static const uint64_t numbers[] = {
    0,        1,        127,        128,        129,        16383,          16384,
    1u << 20, 1u << 31, UINT32_MAX, 1ull << 32, 1ull << 63, UINT64_MAX - 1, UINT64_MAX};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static void test_varints(void)
{
    struct buffer buffer = {0};
    struct cursor cursor;
    bool same = true, sizes = true;

    for (int i = 0; i < NUMBERS; i++) {
        size_t before = buffer.size;

        buffer_varint(&buffer, numbers[i]);
        sizes &= buffer.size - before == varint_size(numbers[i]);
    }
    cursor = cursor_over(buffer.bytes, buffer.size);
    for (int i = 0; i < NUMBERS; i++)
        same &= cursor_varint(&cursor) == numbers[i];
    ok(same && cursor_done(&cursor), "varints come out as they went in");
    ok(sizes, "varint_size is what they take");
    buffer_free(&buffer);
}

static void test_zigzag(void)
{
    static const int64_t signed_numbers[] = {0, -1, 1, -2, 63, -64, 64, INT32_MIN, INT64_MAX, INT64_MIN};
    struct buffer buffer = {0};
    struct cursor cursor;
    bool same = true;

    for (size_t i = 0; i < sizeof signed_numbers / sizeof signed_numbers[0]; i++)
        buffer_zigzag(&buffer, signed_numbers[i]);
    cursor = cursor_over(buffer.bytes, buffer.size);
    for (size_t i = 0; i < sizeof signed_numbers / sizeof signed_numbers[0]; i++)
        same &= cursor_zigzag(&cursor) == signed_numbers[i];
    ok(same && cursor_done(&cursor), "signed numbers come out as they went in");
    ok(zigzag(-1) == 1 && zigzag(1) == 2 && zigzag(INT64_MIN) == UINT64_MAX, "zigzag is as specified");
    buffer_free(&buffer);
}

static void test_short(void)
{
    static const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    bool failed = true;

    for (size_t size = 0; size < sizeof bytes; size++) {
        struct cursor cursor = cursor_over(bytes, size);

        failed &= cursor_varint(&cursor) == 0 && cursor.failed;
    }
    ok(failed, "a varint that is cut fails, wherever it is");
}

static bool fails(const uint8_t *bytes, size_t size)
{
    struct cursor cursor = cursor_over(bytes, size);

    return cursor_varint(&cursor) == 0 && cursor.failed && !cursor_done(&cursor);
}

static void test_long(void)
{
    static const uint8_t too_large[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    static const uint8_t too_long[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    static const uint8_t padded[] = {0x81, 0x80, 0x00};
    struct cursor cursor = cursor_over(padded, sizeof padded);

    ok(fails(too_large, sizeof too_large), "a varint over 64 bits fails");
    ok(fails(too_long, sizeof too_long), "a varint of 11 bytes fails");
    ok(cursor_varint(&cursor) == 1 && cursor_done(&cursor), "a longer form than needed is allowed");
}

static void test_fixed_and_parts(void)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    struct cursor cursor = cursor_over(bytes, sizeof bytes), part;

    ok(cursor_u32(&cursor) == 0x04030201 && cursor_u64(&cursor) == 0x0c0b0a0908070605, "numbers are little-endian");
    ok(cursor_done(&cursor) && cursor_byte(&cursor) == 0 && cursor.failed, "past the end there is nothing");
    cursor = cursor_over(bytes, sizeof bytes);
    part = cursor_part(&cursor, 3);
    ok(cursor_left(&part) == 3 && cursor_byte(&cursor) == 4, "a part is passed by the whole");
    ok(!cursor_bytes(&cursor, UINT64_MAX) && cursor.failed && cursor_part(&cursor, 1).failed,
       "a length that wraps around is not believed, and failure stays");
}

static void test_limit(void)
{
    static const uint8_t bytes[] = {0x65};
    struct cursor cursor = cursor_over(bytes, 1), again = cursor;

    ok(cursor_varint32(&cursor, 101) == 101 && !cursor.failed, "a number at its limit is read");
    ok(cursor_varint32(&again, 100) == 0 && again.failed, "one above it fails");
}

int main(void)
{
    test_varints();
    test_zigzag();
    test_short();
    test_long();
    test_fixed_and_parts();
    test_limit();
    return done_testing();
}

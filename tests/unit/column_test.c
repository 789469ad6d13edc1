/* column_test: columns there and back, unknown ones passed over, and lengths that lie */
#include "format/block.h"
#include "format/column.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct packer packer;
static struct unpacker unpacker;
static struct pyprof_error error;

static bool same(const struct column *column, const struct buffer *values)
{
    struct cursor got;

    return column_values(&unpacker, column, &got, "values", 0, &error) == 0 && cursor_left(&got) == values->size &&
           (values->size == 0 || memcmp(got.at, values->bytes, values->size) == 0);
}

static void test_round_trip(void)
{
    struct buffer payload = {0}, head = {0}, repetitive = {0}, random = {0}, tiny = {0};
    struct columns columns;

    for (uint32_t i = 0, state = 1; i < 10000; i++) {
        buffer_byte(&repetitive, (uint8_t)(i % 5));
        state = state * 1664525 + 1013904223;
        buffer_byte(&random, (uint8_t)(state >> 24));
    }
    buffer_byte(&tiny, 7);
    buffer_varint(&head, 300);
    column_put_head(&payload, &head);
    column_put(&packer, &payload, 9, &repetitive);
    column_put(&packer, &payload, 1000000, &random); /* unknown */
    column_put(&packer, &payload, 2, &random);
    column_put(&packer, &payload, 3, &tiny);
    ok(columns_get(&columns, cursor_over(payload.bytes, payload.size), "TEST", 0, &error) == 0 &&
           cursor_varint(&columns.head) == 300,
       "head and columns are found, in any order and with an unknown one among them");
    ok(same(&columns.by_id[9], &repetitive) && columns.by_id[9].method == 1, "what deflates is deflated");
    ok(same(&columns.by_id[2], &random) && columns.by_id[2].method == 0, "what does not is stored");
    ok(same(&columns.by_id[3], &tiny), "one byte is a column");
    ok(same(&columns.by_id[4], &(struct buffer){0}), "an absent column is empty");
    buffer_free(&payload);
    buffer_free(&head);
    buffer_free(&repetitive);
    buffer_free(&random);
    buffer_free(&tiny);
}

/* A payload with an empty head and one column, told to inflate to `inflated` bytes. */
static int get(struct columns *columns, struct buffer *payload, uint8_t method, uint64_t inflated, uint64_t stored)
{
    static const uint8_t deflated[] = {0x4b, 0x4c, 0x84, 0x01, 0x00}; /* ten times 'a' */

    buffer_clear(payload);
    buffer_varint(payload, 0);
    buffer_varint(payload, 1);
    buffer_byte(payload, method);
    buffer_varint(payload, inflated);
    buffer_varint(payload, stored);
    buffer_put(payload, deflated, sizeof deflated);
    return columns_get(columns, cursor_over(payload->bytes, payload->size), "TEST", 0, &error);
}

static bool opens(const struct columns *columns)
{
    struct cursor values;

    return column_values(&unpacker, &columns->by_id[1], &values, "values", 0, &error) == 0;
}

static void test_lies(void)
{
    struct buffer payload = {0};
    struct columns columns;

    ok(get(&columns, &payload, 1, 10, 5) == 0 && opens(&columns), "a column by hand opens");
    ok(get(&columns, &payload, 1, 9, 5) == 0 && !opens(&columns), "one that inflates to more does not");
    ok(get(&columns, &payload, 1, 11, 5) == 0 && !opens(&columns), "nor one that inflates to less");
    ok(get(&columns, &payload, 1, LIMIT_COLUMN + 1, 5) < 0, "nor one over the limit");
    ok(get(&columns, &payload, 0, 10, 5) < 0, "nor a stored one with two lengths");
    ok(get(&columns, &payload, 1, 10, 6) < 0, "nor one that is longer than the payload");
    ok(get(&columns, &payload, 7, 10, 5) == 0 && !opens(&columns) && error.code == PYPROF_DAMAGED,
       "nor one of an unknown method: %s", error.message);
    buffer_free(&payload);
}

static void test_sum(void)
{
    struct buffer payload = {0}, zeros = {0}, head = {0};
    struct columns columns;

    if (!buffer_reserve(&zeros, LIMIT_COLUMN))
        abort();
    memset(zeros.bytes, 0, LIMIT_COLUMN);
    zeros.size = LIMIT_COLUMN;
    column_put_head(&payload, &head);
    for (uint32_t id = 1; id <= 4; id++)
        column_put(&packer, &payload, id, &zeros);
    ok(columns_get(&columns, cursor_over(payload.bytes, payload.size), "TEST", 0, &error) == 0,
       "columns up to the block's limit are taken");
    column_put(&packer, &payload, 5, &head);
    buffer_byte(&head, 1);
    column_put(&packer, &payload, 100, &head);
    ok(columns_get(&columns, cursor_over(payload.bytes, payload.size), "TEST", 0, &error) < 0,
       "a byte more is not, unknown columns included: %s", error.message);
    buffer_free(&payload);
    buffer_free(&zeros);
    buffer_free(&head);
}

static void test_twice(void)
{
    struct buffer payload = {0}, value = {0}, head = {0};
    struct columns columns;

    buffer_byte(&value, 1);
    column_put_head(&payload, &head);
    column_put(&packer, &payload, 5, &value);
    column_put(&packer, &payload, 5, &value);
    ok(columns_get(&columns, cursor_over(payload.bytes, payload.size), "TEST", 0, &error) < 0,
       "a column that comes twice is refused");
    buffer_free(&payload);
    buffer_free(&value);
}

int main(void)
{
    if (packer_init(&packer) < 0)
        return 1;
    test_round_trip();
    test_lies();
    test_sum();
    test_twice();
    packer_free(&packer);
    unpacker_free(&unpacker);
    return done_testing();
}

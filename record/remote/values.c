#include "values.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/objects.h"
#include "text.h"

enum {
    DEPTH_MAX = 2, /* of containers that are opened */
    NAME_MAX_SIZE = 256,
    TYPE_NAME_MAX = 64,
    DIGITS_MAX = 4, /* of an int that is shown as a number: below 2^120 */
    DIGIT_BITS = 30,
};

#define WORD UINT64_C(8) /* bytes of a pointer */

static bool read_word(const struct walk_runtime *rt, uint64_t address, uint64_t *value)
{
    return mem_read(&rt->mem, address, value, sizeof *value);
}

/* Where what follows an object's head begins: a PyVarObject's size, or the first field of another. */
static uint64_t body(const struct walk_runtime *rt, uint64_t object)
{
    return object + rt->layout->object.var_size;
}

/* The name of an object's type, in full or cut; false if what lies there is no object. */
static bool type_name(const struct walk_runtime *rt, uint64_t object, char name[TYPE_NAME_MAX])
{
    uint64_t type, address;

    if (!read_word(rt, object + rt->layout->object.type, &type) ||
        !read_word(rt, type + rt->layout->type.name, &address))
        return false;
    /* Byte by byte, as the name may be the last thing in its page. */
    for (int i = 0; i < TYPE_NAME_MAX - 1; i++) {
        if (!mem_read(&rt->mem, address + (uint64_t)i, name + i, 1))
            return false;
        if (!name[i])
            return i > 0;
    }
    name[TYPE_NAME_MAX - 1] = '\0';
    return true;
}

static void put_int128(FILE *out, unsigned __int128 value)
{
    char text[40], *at = text + sizeof text;

    do {
        *--at = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value);
    fwrite(at, 1, (size_t)(text + sizeof text - at), out);
}

/*
 * Sign and number of digits of an int: up to 3.11 ob_size, negative for negative ones; from 3.12 on lv_tag, with the
 * sign in its lowest two bits, 0 positive, 1 zero, 2 negative, and the number from bit 3 on (longintrepr.h).
 */
static bool read_size(const struct walk_runtime *rt, uint64_t object, bool *negative, uint64_t *digits)
{
    uint64_t word;

    if (!read_word(rt, body(rt, object), &word))
        return false;
    if (rt->layout->major == 3 && rt->layout->minor >= 12) {
        *negative = (word & 3) == 2;
        *digits = (word & 3) == 1 ? 0 : word >> 3;
    } else {
        *negative = (int64_t)word < 0;
        *digits = *negative ? 0 - word : word;
    }
    return true;
}

/* An int that is too long to be shown: its number of bits. */
static bool put_bits(FILE *out, const struct walk_runtime *rt, uint64_t object, bool negative, uint64_t n)
{
    uint32_t highest;

    if (n > UINT32_MAX ||
        !mem_read(&rt->mem, body(rt, object) + WORD + (n - 1) * sizeof highest, &highest, sizeof highest) || !highest)
        return false;
    fprintf(out, "<%sint of %" PRIu64 " bits>", negative ? "negative " : "",
            n * DIGIT_BITS - (uint64_t)(__builtin_clz(highest) - (32 - DIGIT_BITS)));
    return true;
}

static bool put_int(FILE *out, const struct walk_runtime *rt, uint64_t object)
{
    uint32_t digits[DIGITS_MAX];
    uint64_t n;
    bool negative;
    unsigned __int128 value = 0;

    if (!read_size(rt, object, &negative, &n))
        return false;
    if (n > DIGITS_MAX)
        return put_bits(out, rt, object, negative, n);
    if (!mem_read(&rt->mem, body(rt, object) + WORD, digits, n * sizeof *digits))
        return false;
    for (uint64_t i = n; i > 0; i--)
        value = value << DIGIT_BITS | digits[i - 1];
    if (negative)
        fputc('-', out);
    put_int128(out, value);
    return true;
}

/* An int of 2.7 is a C long; a bool is one there, too. */
static bool read_short(const struct walk_runtime *rt, uint64_t object, int64_t *value)
{
    return mem_read(&rt->mem, body(rt, object), value, sizeof *value);
}

static bool put_bool(FILE *out, const struct walk_runtime *rt, uint64_t object)
{
    bool negative;
    uint64_t size;
    int64_t value;

    if (rt->layout->major == 2) {
        if (!read_short(rt, object, &value))
            return false;
        size = value != 0;
    } else if (!read_size(rt, object, &negative, &size)) {
        return false;
    }
    fputs(size ? "True" : "False", out);
    return true;
}

static bool put_float(FILE *out, const struct walk_runtime *rt, uint64_t object)
{
    double value;
    char text[40];

    if (!mem_read(&rt->mem, body(rt, object), &value, sizeof value))
        return false;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fprintf(out, "%s%s", text, isfinite(value) && !strpbrk(text, ".e") ? ".0" : "");
    return true;
}

static void put_quoted(FILE *out, const char *text, size_t len)
{
    fputc('\'', out);
    for (size_t from = 0, at = 0; at <= len; at++) {
        if (at < len && text[at] != '\'' && text[at] != '\\' && text[at] != '\n')
            continue;
        text_put(out, text + from, at - from);
        if (at < len)
            fprintf(out, "\\%c", text[at] == '\n' ? 'n' : text[at]);
        from = at + 1;
    }
    fputc('\'', out);
}

static bool put_str(FILE *out, const struct walk_runtime *rt, uint64_t object)
{
    char bytes[VALUES_TEXT_MAX];
    struct objects_buffer text = {.bytes = bytes, .room = sizeof bytes};
    uint64_t length;

    if (!objects_str(rt, object, &text) || !read_word(rt, object + rt->layout->str.length, &length))
        return false;
    put_quoted(out, text.bytes, text.len);
    if (length > text.len || text.len + 4 > sizeof bytes)
        fprintf(out, "... (%" PRIu64 " characters)", length);
    return true;
}

static bool put_bytes(FILE *out, const struct walk_runtime *rt, uint64_t object)
{
    unsigned char bytes[VALUES_TEXT_MAX];
    uint64_t length;

    if (!read_word(rt, body(rt, object), &length))
        return false;
    size_t shown = length < sizeof bytes ? (size_t)length : sizeof bytes;
    if (!mem_read(&rt->mem, object + rt->layout->bytes.data, bytes, shown))
        return false;
    fputs("b'", out);
    for (size_t i = 0; i < shown; i++) {
        if (bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '\'' || bytes[i] == '\\')
            fprintf(out, "\\x%02x", bytes[i]);
        else
            fputc(bytes[i], out);
    }
    fprintf(out, shown < length ? "'... (%" PRIu64 " bytes)" : "'", length);
    return true;
}

static void put_value(FILE *out, const struct walk_runtime *rt, uint64_t object, int depth);

/* Items of a list or a tuple, whose array is at `items`. */
static bool put_items(FILE *out, const struct walk_runtime *rt, uint64_t object, uint64_t items, bool list, int depth)
{
    uint64_t n, item;

    if (!read_word(rt, body(rt, object), &n))
        return false;
    if (depth == DEPTH_MAX && n > 0) {
        fprintf(out, list ? "<list of %" PRIu64 ">" : "<tuple of %" PRIu64 ">", n);
        return true;
    }
    fputc(list ? '[' : '(', out);
    for (uint64_t i = 0; i < n && i < VALUES_ITEMS_MAX; i++) {
        if (i > 0)
            fputs(", ", out);
        if (read_word(rt, items + i * WORD, &item) && item)
            put_value(out, rt, item, depth + 1);
        else
            fputc('?', out);
    }
    if (n > VALUES_ITEMS_MAX)
        fprintf(out, ", ... %" PRIu64 " more", n - VALUES_ITEMS_MAX);
    else if (n == 1 && !list)
        fputc(',', out);
    fputc(list ? ']' : ')', out);
    return true;
}

static bool put_list(FILE *out, const struct walk_runtime *rt, uint64_t object, int depth)
{
    uint64_t items;

    return read_word(rt, object + rt->layout->list.items, &items) && put_items(out, rt, object, items, true, depth);
}

/* What has its number of items in a word of its own: dictobject.h, setobject.h. */
static bool put_count(FILE *out, const struct walk_runtime *rt, uint64_t object, const char *type)
{
    bool second = strcmp(type, "dict") != 0 || rt->layout->major == 2;
    uint64_t n;

    if (!read_word(rt, body(rt, object) + (second ? WORD : 0), &n))
        return false;
    fprintf(out, "<%s of %" PRIu64 ">", type, n);
    return true;
}

/* Objects whose type is just that; false if it is another, or cannot be read. */
static bool put_known(FILE *out, const struct walk_runtime *rt, uint64_t object, const char *type, int depth)
{
    bool old = rt->layout->major == 2;
    int64_t value;

    if (strcmp(type, "NoneType") == 0)
        return fputs("None", out) >= 0;
    if (strcmp(type, "bool") == 0)
        return put_bool(out, rt, object);
    if (strcmp(type, "int") == 0 && old)
        return read_short(rt, object, &value) && fprintf(out, "%" PRId64, value) >= 0;
    if (strcmp(type, "int") == 0 || strcmp(type, "long") == 0)
        return put_int(out, rt, object);
    if (strcmp(type, "float") == 0)
        return put_float(out, rt, object);
    if (strcmp(type, "str") == 0)
        return put_str(out, rt, object);
    if (strcmp(type, "bytes") == 0)
        return put_bytes(out, rt, object);
    if (strcmp(type, "list") == 0)
        return put_list(out, rt, object, depth);
    if (strcmp(type, "tuple") == 0)
        return put_items(out, rt, object, object + rt->layout->tuple.items, false, depth);
    if (strcmp(type, "dict") == 0 || strcmp(type, "set") == 0 || strcmp(type, "frozenset") == 0)
        return put_count(out, rt, object, type);
    return false;
}

static void put_value(FILE *out, const struct walk_runtime *rt, uint64_t object, int depth)
{
    char type[TYPE_NAME_MAX];

    if (!type_name(rt, object, type)) {
        fputs("<unreadable>", out);
        return;
    }
    if (put_known(out, rt, object, type, depth))
        return;
    fputc('<', out);
    text_put(out, type, strlen(type));
    fputc('>', out);
}

/* A variable that inner functions share lies in a cell (from 3.11; cellobject.h); 0 if it has no value. */
static uint64_t out_of_cell(const struct walk_runtime *rt, uint64_t object)
{
    char type[TYPE_NAME_MAX];

    if (type_name(rt, object, type) && strcmp(type, "cell") == 0 && !read_word(rt, body(rt, object), &object))
        return 0;
    return object;
}

static void put_local(FILE *out, const struct walk_runtime *rt, uint64_t name, uint64_t object)
{
    char bytes[NAME_MAX_SIZE];
    struct objects_buffer text = {.bytes = bytes, .room = sizeof bytes};

    object = object ? out_of_cell(rt, object) : 0;
    if (!object || !objects_str(rt, name, &text))
        return;
    fputs("      ", out);
    text_put(out, text.bytes, text.len);
    fputs(" = ", out);
    put_value(out, rt, object, 0);
    fputc('\n', out);
}

void values_put_locals(FILE *out, const struct walk_runtime *rt, const struct walk_frame *frame)
{
    const struct layout *l = rt->layout;
    uint64_t names, n, slots[VALUES_LOCALS_MAX], items[VALUES_LOCALS_MAX];

    if (!read_word(rt, frame->code.address + l->code.localnames, &names) || !read_word(rt, body(rt, names), &n))
        return;
    size_t shown = n < VALUES_LOCALS_MAX ? (size_t)n : VALUES_LOCALS_MAX;
    if (!mem_read(&rt->mem, frame->address + l->frame.localsplus, slots, shown * WORD) ||
        !mem_read(&rt->mem, names + l->tuple.items, items, shown * WORD))
        return;
    for (size_t i = 0; i < shown; i++)
        put_local(out, rt, items[i], slots[i] & ~(uint64_t)l->frame.reference_tags);
    if (n > shown)
        fprintf(out, "      (%" PRIu64 " more)\n", n - shown);
}

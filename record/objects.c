#include "objects.h"

#include <string.h>

enum {
    SLICE = 1024,         /* bytes of a string converted at a time */
    KEY_MAX = 32,         /* longest key that is looked up */
    ENTRIES = 32,         /* entries of a dict looked at in one read */
    ENTRIES_MAX = 4096,   /* entries looked at in all: sys and instances have some hundred */
    ENTRY_MAX = 24,       /* bytes of an entry with hash, key and value */
    STR_HEADER_MAX = 128, /* up to the characters; any version's is smaller */
};

#define WORD UINT64_C(8) /* bytes of a pointer */

#define FLAG_MANAGED_DICT (UINT64_C(1) << 4)  /* Py_TPFLAGS_MANAGED_DICT, from 3.11 */
#define FLAG_INLINE_VALUES (UINT64_C(1) << 2) /* Py_TPFLAGS_INLINE_VALUES, from 3.13 */
#define FLAG_LIST (UINT64_C(1) << 25)         /* Py_TPFLAGS_LIST_SUBCLASS and so on, since 2.6 */
#define FLAG_TUPLE (UINT64_C(1) << 26)
#define FLAG_BYTES (UINT64_C(1) << 27)
#define FLAG_STR (UINT64_C(1) << 28)
#define FLAG_DICT (UINT64_C(1) << 29)

/* PyASCIIObject.state, counted from the lowest bit: interned:2, kind:3, compact:1, ascii:1. */
#define STATE_KIND(state) ((state) >> 2 & 7)
#define STATE_COMPACT(state) ((state) >> 5 & 1)
#define STATE_ASCII(state) ((state) >> 6 & 1)

static bool read_word(const struct walk_runtime *rt, uint64_t address, uint64_t *value)
{
    return mem_read(&rt->mem, address, value, sizeof *value);
}

static uint64_t word(const unsigned char *bytes, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, bytes + offset, sizeof value);
    return value;
}

/* Reads the type of an object and that type's flags. */
static bool read_type(const struct walk_runtime *rt, uint64_t object, uint64_t *type, uint64_t *flags)
{
    const struct layout *l = rt->layout;
    return object && read_word(rt, object + l->object.type, type) && read_word(rt, *type + l->type.flags, flags);
}

static bool has_flag(const struct walk_runtime *rt, uint64_t object, uint64_t flag)
{
    uint64_t type, flags;
    return read_type(rt, object, &type, &flags) && (flags & flag);
}

/* ---- strings ---- */

/* A compact str: where its characters are, how wide, how many. */
struct characters {
    uint64_t address;
    uint64_t count;
    uint32_t width; /* 1, 2 or 4 bytes */
};

/* Takes a str's header apart; false for legacy strings, which no name in a program is. */
static bool characters_of(const struct layout *l, uint64_t address, const unsigned char *header, struct characters *c)
{
    uint32_t state;
    c->count = word(header, l->str.length);
    if (l->str.state == LAYOUT_ABSENT) {
        c->width = 1;
        c->address = address + l->str.ascii;
        return true;
    }
    memcpy(&state, header + l->str.state, sizeof state);
    c->width = STATE_KIND(state);
    c->address = address + (STATE_ASCII(state) ? l->str.ascii : l->str.compact);
    return STATE_COMPACT(state) && (c->width == 1 || c->width == 2 || c->width == 4) && c->count <= INT64_MAX / 4 &&
           (!STATE_ASCII(state) || c->width == 1);
}

static uint32_t character(const unsigned char *bytes, uint32_t width)
{
    uint32_t c = bytes[0];
    for (uint32_t i = 1; i < width; i++)
        c |= (uint32_t)bytes[i] << 8 * i;
    return c;
}

/* Writes one character as UTF-8; returns its length, at most 4. */
static size_t encode(uint32_t c, unsigned char out[4])
{
    if (c >= 0xDC80 && c <= 0xDCFF) {
        out[0] = (unsigned char)(c & 0xFF);
        return 1;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (unsigned char)(0x80 | (c & 0x3F));
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (unsigned char)(lead[len] | c);
    return len;
}

/* Appends characters while they fit; false when the buffer is full. */
static bool append(struct objects_buffer *text, size_t room, const unsigned char *bytes, size_t count, uint32_t width)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char utf8[4];
        size_t len = encode(character(bytes + i * width, width), utf8);
        if (len > room - text->len)
            return false;
        memcpy(text->bytes + text->len, utf8, len);
        text->len += len;
    }
    return true;
}

/* A str of 2.7, which is bytes; taken for UTF-8 where it has to be cut. */
static bool read_byte_str(const struct walk_runtime *rt, uint64_t address, size_t room, struct objects_buffer *text)
{
    uint64_t size, bytes = address + rt->layout->str.ascii;
    unsigned char next = 0;
    if (!has_flag(rt, address, FLAG_BYTES) || !read_word(rt, address + rt->layout->str.length, &size))
        return false;
    size_t len = size < room ? (size_t)size : room;
    if (!mem_read(&rt->mem, bytes, text->bytes, len) || (len < size && !mem_read(&rt->mem, bytes + len, &next, 1)))
        return false;
    while (len && (next & 0xC0) == 0x80)
        next = (unsigned char)text->bytes[--len];
    text->len = len;
    return true;
}

bool objects_str(const struct walk_runtime *rt, uint64_t address, struct objects_buffer *text)
{
    unsigned char header[STR_HEADER_MAX], slice[SLICE];
    struct characters c;
    size_t room = text->room < OBJECTS_TEXT_MAX ? text->room : OBJECTS_TEXT_MAX;
    text->len = 0;
    if (rt->layout->str.state == LAYOUT_ABSENT)
        return read_byte_str(rt, address, room, text);
    if (!has_flag(rt, address, FLAG_STR) || !mem_read(&rt->mem, address, header, rt->layout->str.ascii) ||
        !characters_of(rt->layout, address, header, &c))
        return false;
    for (uint64_t done = 0; done < c.count && text->len < room;) {
        size_t n = SLICE / c.width;
        if (n > c.count - done)
            n = (size_t)(c.count - done);
        if (!mem_read(&rt->mem, c.address + done * c.width, slice, n * c.width))
            return false;
        if (!append(text, room, slice, n, c.width))
            break;
        done += n;
    }
    return true;
}

/* Reads a bytes object whole; one that is too large leaves an empty buffer. */
static bool read_bytes(const struct walk_runtime *rt, uint64_t address, struct objects_buffer *bytes)
{
    uint64_t size;
    bytes->len = 0;
    if (!has_flag(rt, address, FLAG_BYTES) || !read_word(rt, address + rt->layout->object.var_size, &size))
        return false;
    if (size > bytes->room || size > OBJECTS_TABLE_MAX)
        return true;
    if (!mem_read(&rt->mem, address + rt->layout->bytes.data, bytes->bytes, (size_t)size))
        return false;
    bytes->len = (size_t)size;
    return true;
}

/* ---- dicts ---- */

/* A dict's table of keys. */
struct keys {
    uint64_t entries; /* address of the first */
    uint64_t count;
    uint32_t entry_size;
    uint32_t key; /* offset in an entry; the value follows */
};

/* Bytes of the index table before 3.11: entries of 1, 2, 4 or 8 bytes as dk_size needs (Objects/dictobject.c). */
static uint64_t index_bytes(uint64_t size)
{
    return size * (size <= 0xFF ? 1 : size <= 0xFFFF ? 2 : size <= UINT32_MAX ? 4 : 8);
}

static bool read_keys(const struct walk_runtime *rt, uint64_t address, struct keys *keys)
{
    const struct layout *l = rt->layout;
    uint64_t indices;
    bool general = true;
    if (!address || !read_word(rt, address + l->keys.nentries, &keys->count))
        return false;
    if (l->keys.table_size != LAYOUT_ABSENT) {
        if (!read_word(rt, address + l->keys.table_size, &indices) || indices > UINT32_MAX)
            return false;
        indices = index_bytes(indices);
    } else {
        unsigned char log2, kind;
        if (!mem_read(&rt->mem, address + l->keys.log2_index_bytes, &log2, 1) || log2 > 40 ||
            !mem_read(&rt->mem, address + l->keys.kind, &kind, 1))
            return false;
        indices = UINT64_C(1) << log2;
        general = kind == 0;
    }
    keys->entries = address + l->keys.indices + indices;
    keys->entry_size = general ? 3 * WORD : 2 * WORD;
    keys->key = general ? WORD : 0;
    return keys->count <= ENTRIES_MAX;
}

/* Whether the bytes of an object hold the ASCII str `name`; no other kind of str equals it. */
static bool is_key(const struct layout *l, const unsigned char *object, const char *name, size_t len)
{
    struct characters c;
    return characters_of(l, 0, object, &c) && c.address == l->str.ascii && c.count == len &&
           memcmp(object + l->str.ascii, name, len) == 0;
}

/* Looks for a key among `n` entries; its index, -1 if it is not there, -2 if the keys cannot be read. */
static int find_among(const struct walk_runtime *rt, const struct keys *keys, const unsigned char *entries, size_t n,
                      const char *name)
{
    unsigned char objects[ENTRIES][STR_HEADER_MAX + KEY_MAX] = {{0}};
    struct mem_piece pieces[ENTRIES];
    int index[ENTRIES];
    size_t m = 0, len = strlen(name);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = word(entries + i * keys->entry_size, keys->key);
        if (!key) /* deleted */
            continue;
        index[m] = (int)i;
        pieces[m] = (struct mem_piece){key, objects[m], rt->layout->str.ascii + len};
        m++;
    }
    if (rt->mem.readv(&rt->mem, pieces, m) != m)
        return -2;
    for (size_t i = 0; i < m; i++)
        if (is_key(rt->layout, objects[i], name, len))
            return index[i];
    return -1;
}

/* Finds the entry of the key `name`: its index among the values of a split table and its value in a combined one. */
static bool find_key(const struct walk_runtime *rt, const struct keys *keys, const char *name, uint64_t *index,
                     uint64_t *value)
{
    unsigned char entries[ENTRIES * ENTRY_MAX];
    for (uint64_t from = 0; from < keys->count; from += ENTRIES) {
        size_t n = keys->count - from < ENTRIES ? (size_t)(keys->count - from) : ENTRIES;
        if (!mem_read(&rt->mem, keys->entries + from * keys->entry_size, entries, n * keys->entry_size))
            return false;
        int found = find_among(rt, keys, entries, n, name);
        if (found < -1)
            return false;
        if (found >= 0) {
            *index = from + (uint64_t)found;
            *value = word(entries + (size_t)found * keys->entry_size, keys->key + WORD);
            return true;
        }
    }
    return false;
}

/* A dict of 2.7 is one table of entries, with gaps (Objects/dictobject.c). */
static bool table_get(const struct walk_runtime *rt, uint64_t dict, const char *name, uint64_t *value)
{
    uint64_t mask, index;
    struct keys keys = {.entry_size = 3 * WORD, .key = WORD};
    if (!read_word(rt, dict + rt->layout->dict.mask, &mask) || mask >= ENTRIES_MAX ||
        !read_word(rt, dict + rt->layout->dict.keys, &keys.entries))
        return false;
    keys.count = mask + 1;
    return find_key(rt, &keys, name, &index, value) && *value;
}

/* Looks up a str key in a dict; `value` is the object's address. */
static bool dict_get(const struct walk_runtime *rt, uint64_t dict, const char *name, uint64_t *value)
{
    const struct layout *l = rt->layout;
    uint64_t address, values, index;
    struct keys keys;
    if (!has_flag(rt, dict, FLAG_DICT))
        return false;
    if (l->dict.mask != LAYOUT_ABSENT)
        return table_get(rt, dict, name, value);
    if (!read_word(rt, dict + l->dict.keys, &address) || !read_word(rt, dict + l->dict.values, &values) ||
        !read_keys(rt, address, &keys) || !find_key(rt, &keys, name, &index, value))
        return false;
    if (values && !read_word(rt, values + l->dict.values_data + index * WORD, value))
        return false;
    return *value != 0;
}

/* ---- code objects ---- */

static bool same_code(const struct layout *l, const unsigned char *bytes, const struct walk_code *code)
{
    int32_t firstline, size;
    memcpy(&firstline, bytes + l->code.firstlineno, sizeof firstline);
    memcpy(&size, bytes + (l->code.units == LAYOUT_ABSENT ? l->code.stacksize : l->code.units), sizeof size);
    uint32_t qualname = l->code.qualname == LAYOUT_ABSENT ? l->code.name : l->code.qualname;
    return word(bytes, qualname) == code->qualname && word(bytes, l->code.linetable) == code->linetable &&
           firstline == code->firstline && size == code->size;
}

/* Whether one of the first local variables has that name; what cannot be read has not. */
static bool has_local(const struct walk_runtime *rt, uint64_t names, const char *name)
{
    unsigned char items[ENTRIES * WORD];
    struct keys keys = {.entries = names + rt->layout->tuple.items, .entry_size = WORD};
    if (!has_flag(rt, names, FLAG_TUPLE) || !read_word(rt, names + rt->layout->object.var_size, &keys.count))
        return false;
    for (uint64_t from = 0; from < keys.count && from < OBJECTS_LOCALS_MAX; from += ENTRIES) {
        size_t n = keys.count - from < ENTRIES ? (size_t)(keys.count - from) : ENTRIES;
        if (!mem_read(&rt->mem, keys.entries + from * WORD, items, n * WORD))
            return false;
        int found = find_among(rt, &keys, items, n, name);
        if (found != -1)
            return found >= 0;
    }
    return false;
}

bool objects_code(const struct walk_runtime *rt, const struct walk_code *code, struct objects_code *out)
{
    const struct layout *l = rt->layout;
    unsigned char bytes[LAYOUT_CODE_MAX];
    out->firstline = code->firstline;
    out->hidden = false;
    if (!mem_read(&rt->mem, code->address, bytes, l->code.size) || !same_code(l, bytes, code))
        return false;
    if (!objects_str(rt, word(bytes, l->code.filename), &out->filename) ||
        !objects_str(rt, code->qualname, &out->qualname) || !read_bytes(rt, code->linetable, &out->linetable))
        return false;
    out->hidden = has_local(rt, word(bytes, l->code.localnames), "__tracebackhide__");
    /* Freed while its strings were read? */
    return mem_read(&rt->mem, code->address, bytes, l->code.size) && same_code(l, bytes, code);
}

/* ---- attributes ---- */

/* The values that an instance holds without a dict, in the order of its type's cached keys. */
static bool values_get(const struct walk_runtime *rt, uint64_t type, uint64_t values, const char *name,
                       uint64_t *value)
{
    const struct layout *l = rt->layout;
    uint64_t address, index;
    struct keys keys;
    return read_word(rt, type + l->type.cached_keys, &address) && read_keys(rt, address, &keys) &&
           find_key(rt, &keys, name, &index, value) &&
           read_word(rt, values + l->dict.values_data + index * WORD, value) && *value;
}

/* Where an instance of a type with managed dict keeps its attributes: exactly one of the two is set. */
static bool managed(const struct walk_runtime *rt, uint64_t object, uint64_t type, uint64_t flags, uint64_t *values,
                    uint64_t *dict)
{
    const struct layout *l = rt->layout;
    uint64_t size;
    unsigned char valid;
    *values = 0;
    if (!read_word(rt, object - l->type.managed_dict, dict))
        return false;
    switch (l->type.attributes) {
    case LAYOUT_SPLIT:
        if (!read_word(rt, object - l->type.managed_dict - WORD, values))
            return false;
        break;
    case LAYOUT_TAGGED:
        if (*dict & 1)
            *values = *dict + 1;
        break;
    case LAYOUT_INLINE:
        if (*dict || !(flags & FLAG_INLINE_VALUES))
            break;
        if (!read_word(rt, type + l->type.basicsize, &size) ||
            !mem_read(&rt->mem, object + size + l->dict.values_valid, &valid, 1))
            return false;
        *values = valid ? object + size : 0;
        break;
    case LAYOUT_DICT:
        return false;
    }
    return *values || *dict;
}

/* Reads an attribute from an instance's own attributes (not its class's). */
static bool attribute(const struct walk_runtime *rt, uint64_t object, const char *name, uint64_t *value)
{
    const struct layout *l = rt->layout;
    uint64_t type, flags, values, dict, offset;
    if (!read_type(rt, object, &type, &flags))
        return false;
    if (l->type.attributes != LAYOUT_DICT && (flags & FLAG_MANAGED_DICT)) {
        if (!managed(rt, object, type, flags, &values, &dict))
            return false;
        return values ? values_get(rt, type, values, name, value) : dict_get(rt, dict, name, value);
    }
    /* Negative offsets count from the end of instances of variable size: no thread is one. */
    return read_word(rt, type + l->type.dictoffset, &offset) && (int64_t)offset > 0 &&
           read_word(rt, object + offset, &dict) && dict_get(rt, dict, name, value);
}

/* ---- threads' names ---- */

static bool ends_with(const struct objects_buffer *text, const char *end)
{
    size_t len = strlen(end);
    return text->len >= len && memcmp(text->bytes + text->len - len, end, len) == 0;
}

/* Whether a code object is threading.Thread._bootstrap; `text` is room for its names. */
static bool is_bootstrap(const struct walk_runtime *rt, const struct walk_code *code, struct objects_buffer *text)
{
    uint64_t filename;
    return objects_str(rt, code->qualname, text) && ends_with(text, "_bootstrap") &&
           read_word(rt, code->address + rt->layout->code.filename, &filename) && objects_str(rt, filename, text) &&
           ends_with(text, "threading.py");
}

bool objects_thread_name(const struct walk_runtime *rt, const struct walk_frame *outermost,
                         struct objects_buffer *name)
{
    const char *attribute_name = rt->layout->major == 2 ? "_Thread__name" : "_name";
    uint64_t self, value;
    char path[4096];
    struct objects_buffer text = {path, sizeof path, 0};
    /* Its first local variable is the Thread. */
    return is_bootstrap(rt, &outermost->code, &text) &&
           read_word(rt, outermost->address + rt->layout->frame.localsplus, &self) &&
           attribute(rt, self & ~(uint64_t)rt->layout->frame.reference_tags, attribute_name, &value) &&
           objects_str(rt, value, name);
}

/* ---- sys ---- */

static void deliver_path(const struct walk_runtime *rt, uint64_t list, struct objects_buffer room,
                         objects_sys_fn *each, void *context)
{
    uint64_t size, items, item;
    if (!has_flag(rt, list, FLAG_LIST) || !read_word(rt, list + rt->layout->object.var_size, &size) ||
        !read_word(rt, list + rt->layout->list.items, &items))
        return;
    for (uint64_t i = 0; i < size && i < OBJECTS_PATH_MAX; i++)
        if (read_word(rt, items + i * WORD, &item) && objects_str(rt, item, &room))
            each(context, OBJECTS_SYS_PATH, &room);
}

bool objects_sys(const struct walk_runtime *rt, uint64_t interp, struct objects_buffer room, objects_sys_fn *each,
                 void *context)
{
    static const char *const names[] = {
        [OBJECTS_SYS_PREFIX] = "prefix",
        [OBJECTS_SYS_BASE_PREFIX] = "base_prefix",
        [OBJECTS_SYS_EXEC_PREFIX] = "exec_prefix",
        [OBJECTS_SYS_BASE_EXEC_PREFIX] = "base_exec_prefix",
    };
    static const char *const names_2[] = {"prefix", "real_prefix", "exec_prefix", "real_prefix"};
    bool old = rt->layout->major == 2;
    uint64_t dict, value;
    if (!read_word(rt, interp + rt->layout->interp.sysdict, &dict) || !dict)
        return false;
    for (int kind = OBJECTS_SYS_PREFIX; kind < OBJECTS_SYS_PATH; kind++) {
        bool found = dict_get(rt, dict, old ? names_2[kind] : names[kind], &value);
        if (!found && old)
            continue;
        if (!found || !objects_str(rt, value, &room))
            return false;
        each(context, (enum objects_sys_kind)kind, &room);
    }
    if (!dict_get(rt, dict, "path", &value))
        return false;
    deliver_path(rt, value, room, each, context);
    return true;
}

#include "rewrite.h"

#include "block.h"
#include "codec.h"
#include "column.h"
#include "defs.h"
#include "facts.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>

/* One more of them than `texts`; NULL if there is no memory. */
static struct pyprof_text *append(struct pyprof_texts texts, struct pyprof_text text)
{
    struct pyprof_text *items = malloc((texts.count + 1) * sizeof *items);

    if (!items)
        return NULL;
    if (texts.count > 0)
        memcpy(items, texts.items, texts.count * sizeof *items);
    items[texts.count] = text;
    return items;
}

/* SplitMix64's finaliser (Steele, Lea, Flood 2014): every bit of the result depends on every bit of the value. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

uint64_t pyprof_rewrite_id(uint64_t original, struct pyprof_text text)
{
    uint64_t id = mix(original + text.size);

    for (size_t i = 0; i < text.size; i++)
        id = mix(id + (unsigned char)text.bytes[i] + 1);
    return id ? id : 1;
}

static int no_memory(const struct pyprof_item *item, struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, item->offset, "no memory to pass a block on");
}

static int put_info(const struct pyprof_item *item, struct pyprof_text text, struct buffer *payload,
                    struct pyprof_error *error)
{
    struct pyprof_info info = *pyprof_section_info(item->section);
    struct pyprof_text *filters = append(info.filters, text);

    if (!filters)
        return no_memory(item, error);
    info.filters = (struct pyprof_texts){.items = filters, .count = info.filters.count + 1};
    info_put(payload, &info);
    free(filters);
    return payload->failed ? no_memory(item, error) : 0;
}

/* Puts what becomes of the block's payload. */
static int put_payload(const struct pyprof_item *item, struct pyprof_text text, const struct pyprof_node_map *map,
                       const struct pyprof_samples *samples, struct buffer *payload, struct pyprof_error *error)
{
    struct cursor original = cursor_over(item->block + BLOCK_HEADER_SIZE, item->size - BLOCK_HEADER_SIZE);
    bool mapped = item->type == PYPROF_ITEM_DEFS && map;
    struct unpacker unpacker = {0};
    struct packer packer;
    int result;

    if (item->type == PYPROF_ITEM_SECTION)
        return put_info(item, text, payload, error);
    if (item->type != PYPROF_ITEM_SAMPLES && !mapped) {
        buffer_put(payload, original.at, cursor_left(&original));
        return payload->failed ? no_memory(item, error) : 0;
    }
    if (packer_init(&packer) < 0)
        return no_memory(item, error);
    if (mapped)
        result = defs_map(original, map, &unpacker, &packer, payload, item->offset, error);
    else
        result = samples_encode(samples, &packer, payload, error);
    unpacker_free(&unpacker);
    packer_free(&packer);
    return result;
}

int pyprof_rewrite(const struct pyprof_sink *sink, const struct pyprof_item *item, struct pyprof_text text,
                   const struct pyprof_node_map *map, const struct pyprof_samples *samples,
                   struct pyprof_error *error)
{
    struct buffer block = {0}, payload = {0};
    struct block_header header;
    int result;

    if (!item->section)
        return pyprof_fail(error, PYPROF_DAMAGED, item->offset, "damage is no block to pass on");
    if (block_header_get(item->block, item->offset, &header, error) < 0)
        return -1;
    result = put_payload(item, text, map, samples, &payload, error);
    if (result == 0) {
        header.section = pyprof_rewrite_id(header.section, text);
        block_put_as(&block, &header, &payload);
        if (block.failed)
            result = no_memory(item, error);
        else if (sink->write(sink->context, block.bytes, block.size) < 0)
            result = pyprof_fail(error, PYPROF_SYSTEM, item->offset, "cannot write");
    }
    buffer_free(&block);
    buffer_free(&payload);
    return result;
}

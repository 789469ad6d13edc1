#include "merge/merge.h"

#include "merge/order.h"
#include "merge/sift.h"

#include <stdlib.h>

/* The second pass. */
struct copying {
    struct input *inputs;
    struct input *open; /* the one that is, or NULL */
    struct order *order;
    struct pyprof_sink sink;
    uint8_t *bytes; /* of a block */
    size_t room;

    /* Only with a filter: one section at a time is read again. */
    struct sift *sift;
    struct pyprof_reader *reader;
    uint32_t section; /* that `reader` reads */
};

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

static int add_item(struct order *order, uint32_t input, const struct pyprof_item *item)
{
    struct order_block block = {
        .offset = item->offset,
        .sum = order_sum(item->block, (size_t)item->size),
        .size = (uint32_t)item->size,
        .input = input,
        .sequence = item->sequence,
    };
    uint64_t id = pyprof_section_id(item->section);
    if (item->type == PYPROF_ITEM_SECTION &&
        order_facts(order, id, item->sequence, pyprof_section_info(item->section)) < 0)
        return -1;
    return order_block(order, id, &block);
}

/* The first pass, over one file. */
static int index_file(struct order *order, struct input *inputs, uint32_t number)
{
    struct input *input = &inputs[number];
    struct pyprof_item item;
    enum input_result got;
    int status = 0;
    if (input_open(input) < 0)
        return 0;
    while (status == 0 && (got = input_next(input, &item)) != INPUT_END) {
        if (got == INPUT_MORE)
            input_fill(input);
        else
            status = add_item(order, number, &item);
    }
    input_close(input);
    return status;
}

/* Makes `copying->bytes` the block's; false if that cannot be: its input's account says why. */
static bool load(struct copying *copying, const struct order_block *block)
{
    struct input *input = &copying->inputs[block->input];
    if (input->changed)
        return false;
    if (copying->open != input) {
        if (copying->open)
            input_close(copying->open);
        copying->open = NULL;
        if (input_reopen(input) < 0) {
            input->changed = true;
            return false;
        }
        copying->open = input;
    }
    if (input_read(input, block->offset, copying->bytes, block->size) < 0)
        return false;
    if (order_sum(copying->bytes, block->size) == block->sum)
        return true;
    input_fail_changed(input);
    return false;
}

static int grow(struct copying *copying, size_t size)
{
    if (size <= copying->room)
        return 0;
    free(copying->bytes);
    copying->room = 0;
    copying->bytes = malloc(size);
    if (!copying->bytes)
        return -1;
    copying->room = size;
    return 0;
}

/* Has the reader read the loaded block, of a section that may be another than the last one's. */
static int feed(struct copying *copying, const struct order_block *block, struct pyprof_error *error)
{
    if (copying->section != block->section) {
        pyprof_reader_free(copying->reader);
        copying->reader = NULL;
    }
    if (!copying->reader) {
        copying->section = block->section;
        copying->reader = pyprof_reader_new(NULL);
        if (!copying->reader)
            return no_memory(error);
    }
    return pyprof_reader_feed(copying->reader, copying->bytes, block->size, error);
}

static int sift_block(struct copying *copying, const struct order_block *block, struct pyprof_error *error)
{
    struct pyprof_item item;
    int got;
    if (feed(copying, block, error) < 0)
        return -1;
    while ((got = pyprof_reader_next(copying->reader, &item, error)) == PYPROF_ITEM) {
        if (item.type == PYPROF_ITEM_DAMAGE)
            continue;
        uint64_t unknown = sift_unknown(copying->sift);
        if (sift_item(copying->sift, copying->reader, &item, &copying->sink, error) == 0) {
            copying->inputs[block->input].unknown += sift_unknown(copying->sift) - unknown;
            continue;
        }
        if (!sift_goes_on(error))
            return -1;
        error->offset = block->offset;
        input_add_unfiltered(&copying->inputs[block->input], error);
    }
    return got < 0 ? -1 : 0;
}

static int copy_blocks(struct copying *copying, struct pyprof_error *error)
{
    const struct order_block *block;
    for (size_t i = 0; (block = order_at(copying->order, i)); i++) {
        if (grow(copying, block->size) < 0)
            return no_memory(error);
        if (!load(copying, block))
            continue;
        if (copying->sift) {
            if (sift_block(copying, block, error) < 0)
                return -1;
        } else if (copying->sink.write(copying->sink.context, copying->bytes, block->size) < 0) {
            return pyprof_fail(error, PYPROF_SYSTEM, 0, "the output failed");
        }
    }
    return 0;
}

static int copy(struct input *inputs, struct order *order, const struct filter *filter, struct output *output,
                struct pyprof_error *error)
{
    struct copying copying = {.inputs = inputs, .order = order, .sink = output_sink(output)};
    struct pyprof_text text = filter_text(filter);
    bool sifts = !filter_empty(filter);
    if (sifts)
        copying.sift = sift_new(filter);
    int status = 0;
    if (order_sort(order, sifts ? &text : NULL) < 0 || (sifts && !copying.sift))
        status = no_memory(error);
    if (status == 0)
        status = copy_blocks(&copying, error);
    if (copying.open)
        input_close(copying.open);
    pyprof_reader_free(copying.reader);
    sift_free(copying.sift);
    free(copying.bytes);
    return status;
}

int merge_files(struct input *inputs, size_t count, const struct filter *filter, struct output *output,
                struct pyprof_error *error)
{
    struct order *order = order_new();
    int status = order ? 0 : -1;
    for (size_t i = 0; i < count && status == 0; i++)
        if (inputs[i].usable)
            status = index_file(order, inputs, (uint32_t)i);
    if (status < 0)
        no_memory(error);
    else
        status = copy(inputs, order, filter, output, error);
    order_free(order);
    return status;
}

#include "section.h"

#include "state.h"

#include <string.h>

static void init_tables(struct pyprof_section *section)
{
    table_init(&section->strings, section->budget, sizeof(struct string_item));
    table_init(&section->functions, section->budget, sizeof(struct function_item));
    table_init(&section->nodes, section->budget, sizeof(struct node_item));
    table_init(&section->threads, section->budget, sizeof(struct thread_item));
}

struct pyprof_section *section_new(struct budget *budget, uint64_t id)
{
    struct pyprof_section *section = budget_alloc(budget, sizeof *section);

    if (!section)
        return NULL;
    section->id = id;
    section->budget = budget;
    section->facts.budget = budget;
    init_tables(section);
    return section;
}

void section_forget(struct pyprof_section *section)
{
    if (section->free_user)
        section->free_user(section->user);
    section->user = NULL;
    section->free_user = NULL;
    facts_free(&section->facts);
    table_free(&section->strings);
    table_free(&section->functions);
    table_free(&section->nodes);
    table_free(&section->threads);
    while (section->chunks) {
        struct chunk *next = section->chunks->next;

        budget_free(section->budget, section->chunks, sizeof *next + section->chunks->size);
        section->chunks = next;
    }
}

void section_free(struct pyprof_section *section)
{
    struct budget *budget;

    if (!section)
        return;
    budget = section->budget;
    section_forget(section);
    seen_free(&section->seen, budget);
    budget_free(budget, section, sizeof *section);
}

char *section_keep(struct pyprof_section *section, size_t size)
{
    struct chunk *chunk = budget_alloc(section->budget, sizeof *chunk + size);

    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->next = section->chunks;
    section->chunks = chunk;
    return chunk->bytes;
}

uint64_t pyprof_section_id(const struct pyprof_section *section)
{
    return section->id;
}

const struct pyprof_info *pyprof_section_info(const struct pyprof_section *section)
{
    return &section->facts.info;
}

const struct pyprof_end *pyprof_section_end(const struct pyprof_section *section)
{
    return &section->end;
}

struct pyprof_loss pyprof_section_loss(const struct pyprof_section *section)
{
    return (struct pyprof_loss){
        .blocks = seen_missing(&section->seen) + section->broken,
        .samples = section->due > section->arrived ? section->due - section->arrived : 0,
    };
}

static struct pyprof_text string(const struct pyprof_section *section, uint32_t id)
{
    const struct string_item *item = table_get(&section->strings, id);

    return item ? (struct pyprof_text){.bytes = item->bytes, .size = item->size} : (struct pyprof_text){0};
}

uint32_t pyprof_section_nodes(const struct pyprof_section *section)
{
    return section->nodes.top;
}

bool pyprof_section_node(const struct pyprof_section *section, uint32_t id, struct pyprof_node *node)
{
    const struct node_item *item = table_get(&section->nodes, id);
    const struct function_item *function;

    if (!item || item->depth == 0)
        return false;
    function = table_get(&section->functions, item->function);
    *node = (struct pyprof_node){.parent = item->parent, .function = item->function};
    if (item->function == 0 || (function && function->defined))
        node->line = item->line + (item->function ? function->firstline : 0);
    return true;
}

uint32_t pyprof_section_functions(const struct pyprof_section *section)
{
    return section->functions.top;
}

bool pyprof_section_function(const struct pyprof_section *section, uint32_t id, struct pyprof_function *function)
{
    const struct function_item *item = table_get(&section->functions, id);

    if (!item || !item->defined)
        return false;
    function->file = string(section, item->file);
    function->name = string(section, item->name);
    function->firstline = item->firstline;
    function->flags = item->flags;
    return true;
}

uint32_t pyprof_section_threads(const struct pyprof_section *section)
{
    return section->threads.top;
}

bool pyprof_section_thread(const struct pyprof_section *section, uint32_t id, struct pyprof_thread *thread)
{
    const struct thread_item *item = table_get(&section->threads, id);

    if (!item || !item->defined)
        return false;
    *thread = (struct pyprof_thread){
        .id = id,
        .tid = item->tid,
        .name = string(section, item->name),
        .start = item->start,
        .end = item->end,
    };
    return true;
}

void *pyprof_section_user(const struct pyprof_section *section)
{
    return section->user;
}

void pyprof_section_set_user(struct pyprof_section *section, void *user, void (*free_user)(void *))
{
    section->user = user;
    section->free_user = free_user;
}

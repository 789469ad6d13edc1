#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_BITS = 9, PAGE_ITEMS = 1 << PAGE_BITS, PAGES_AT_FIRST = 8 };

void *budget_alloc(struct budget *budget, size_t size)
{
    void *memory;

    if (size > budget->limit - budget->used)
        return NULL;
    memory = calloc(1, size ? size : 1);
    if (memory)
        budget->used += size;
    return memory;
}

void budget_free(struct budget *budget, void *memory, size_t size)
{
    if (!memory)
        return;
    budget->used -= size;
    free(memory);
}

void table_init(struct table *table, struct budget *budget, size_t item_size)
{
    *table = (struct table){.budget = budget, .item_size = item_size};
}

void table_free(struct table *table)
{
    for (uint32_t i = 0; i < table->npages; i++)
        budget_free(table->budget, table->pages[i], PAGE_ITEMS * table->item_size);
    budget_free(table->budget, table->pages, table->npages * sizeof *table->pages);
    table_init(table, table->budget, table->item_size);
}

void *table_get(const struct table *table, uint32_t id)
{
    uint32_t page = id >> PAGE_BITS;

    if (page >= table->npages || !table->pages[page])
        return NULL;
    return (char *)table->pages[page] + (id & (PAGE_ITEMS - 1)) * table->item_size;
}

static int grow(struct table *table, uint32_t page)
{
    uint32_t npages = table->npages ? table->npages : PAGES_AT_FIRST;
    void **pages;

    while (npages <= page)
        npages *= 2;
    pages = budget_alloc(table->budget, npages * sizeof *pages);
    if (!pages)
        return -1;
    if (table->npages > 0)
        memcpy(pages, table->pages, table->npages * sizeof *pages);
    budget_free(table->budget, table->pages, table->npages * sizeof *pages);
    table->pages = pages;
    table->npages = npages;
    return 0;
}

void *table_make(struct table *table, uint32_t id)
{
    uint32_t page = id >> PAGE_BITS;

    if (page >= table->npages && grow(table, page) < 0)
        return NULL;
    if (!table->pages[page])
        table->pages[page] = budget_alloc(table->budget, PAGE_ITEMS * table->item_size);
    if (!table->pages[page])
        return NULL;
    if (id > table->top)
        table->top = id;
    return table_get(table, id);
}

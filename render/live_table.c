#include "live_state.h"

#include "grow.h"
#include "origin.h"
#include "summary.h"

#include <string.h>

/* Functions that the table makes itself; their names are the reports' own. */
static int add_own_functions(struct live_table *table)
{
    static const char *const names[LIVE_FIRST_FUNCTION] = {"[no Python frame]", "[lost]"};

    if (GROW(&table->functions, &table->functions_room, LIVE_FIRST_FUNCTION) < 0)
        return -1;
    for (; table->nfunctions < LIVE_FIRST_FUNCTION; table->nfunctions++)
        table->functions[table->nfunctions] = (struct model_function){
            .file = text_of(""), .name = text_of(names[table->nfunctions]), .path = text_of("")};
    return 0;
}

static uint32_t add_thread(struct live_table *table, const struct live_thread *thread)
{
    if (GROW(&table->threads, &table->threads_room, table->nthreads + 1) < 0)
        return UINT32_MAX;
    table->threads[table->nthreads] = malloc(sizeof *thread);
    if (!table->threads[table->nthreads])
        return UINT32_MAX;
    *table->threads[table->nthreads] = *thread;
    return (uint32_t)table->nthreads++;
}

struct live_table *live_table_new(const struct model_patterns *patterns)
{
    struct live_table *table = calloc(1, sizeof *table);

    if (!table)
        return NULL;
    table->patterns = patterns;
    table->command = text_of("");
    if (add_own_functions(table) == 0 &&
        add_thread(table, &(struct live_thread){.name = text_of("[ended threads]"), .ended = true}) == LIVE_ENDED)
        return table;
    live_table_free(table);
    return NULL;
}

static void free_thread(struct live_thread *thread)
{
    free(thread->cells);
    free(thread->recent_cells);
    map_free(&thread->cell_of);
    free(thread);
}

void live_table_free(struct live_table *table)
{
    if (!table)
        return;
    for (size_t i = table->nthreads; i-- > 0;)
        if (live_is_thread(table, i))
            free_thread(table->threads[i]);
    for (size_t i = 0; i < LIVE_SLOTS; i++)
        free(table->slots[i].records);
    free(table->threads);
    free(table->functions);
    free(table->scratch.nodes);
    free(table->scratch.met_nodes);
    free(table->scratch.functions);
    free(table->scratch.met_functions);
    map_free(&table->function_of);
    map_free(&table->thread_of);
    map_free(&table->process_of);
    texts_free(&table->prefixes);
    texts_free(&table->paths);
    names_free(&table->names);
    free(table);
}

static int keep(struct live_table *table, struct pyprof_text text, struct pyprof_text *kept)
{
    uint32_t id = names_intern(&table->names, text);

    if (id == UINT32_MAX)
        return -1;
    *kept = names_text(&table->names, id);
    return 0;
}

uint32_t live_function(struct live_table *table, const struct pyprof_function *function)
{
    struct {
        uint32_t file, name, firstline;
    } key = {names_intern(&table->names, function->file), names_intern(&table->names, function->name),
             function->firstline};
    uint64_t hash = map_hash(&key, sizeof key);
    struct pyprof_text file, name;
    uint32_t *index;

    if (key.file == UINT32_MAX || key.name == UINT32_MAX)
        return UINT32_MAX;
    file = names_text(&table->names, key.file);
    name = names_text(&table->names, key.name);
    while ((index = map_at(&table->function_of, hash++)) && *index) {
        const struct model_function *known = &table->functions[*index];

        /* Interned: the same bytes are in the same place. */
        if (known->file.bytes == file.bytes && known->name.bytes == name.bytes && known->firstline == key.firstline)
            return *index;
    }
    if (!index || GROW(&table->functions, &table->functions_room, table->nfunctions + 1) < 0)
        return UINT32_MAX;
    *index = (uint32_t)table->nfunctions;
    table->functions[*index] = (struct model_function){.file = file, .name = name, .firstline = key.firstline};
    origin_mark(&table->functions[*index], &table->prefixes, &table->paths, table->patterns);
    table->nfunctions++;
    return *index;
}

/* What a process is, as one number: model.h says what makes two sections one process. */
static uint64_t identity(const struct pyprof_info *info)
{
    struct {
        uint64_t wall, pid, host, argv;
        int64_t start;
        uint8_t recording[16], boot[16];
    } key = {.wall = info->wall, .pid = info->pid, .start = info->start};

    key.host = map_hash(info->host.bytes, info->host.size);
    for (size_t i = 0; i < info->argv.count; i++)
        key.argv = key.argv * 31 + map_hash(info->argv.items[i].bytes, info->argv.items[i].size);
    memcpy(key.recording, info->recording, sizeof key.recording);
    memcpy(key.boot, info->boot, sizeof key.boot);
    return map_hash(&key, sizeof key);
}

static void free_section(void *user)
{
    struct live_section *mine = user;

    free(mine->functions);
    free(mine->nodes);
    map_free(&mine->thread_of);
    free(mine);
}

struct live_section *live_section(struct live_table *table, struct pyprof_section *section)
{
    const struct pyprof_info *info = pyprof_section_info(section);
    struct live_section *mine = pyprof_section_user(section);
    uint64_t process;
    uint32_t *number;

    if (mine)
        return mine;
    process = identity(info);
    number = map_at(&table->process_of, process);
    mine = number ? calloc(1, sizeof *mine) : NULL;
    if (!mine)
        return NULL;
    if (!*number)
        *number = (uint32_t)++table->nprocesses;
    mine->process = process;
    mine->pid = info->pid;
    mine->base = info->wall > INT64_MAX ? INT64_MAX : (int64_t)info->wall;
    pyprof_section_set_user(section, mine, free_section);
    return mine;
}

static int collect(struct live_table *table, struct pyprof_texts texts, struct texts *set)
{
    for (size_t i = 0; i < texts.count; i++) {
        struct pyprof_text kept;

        if (keep(table, texts.items[i], &kept) < 0 || texts_add(set, kept) < 0)
            return -1;
    }
    return 0;
}

/* The command line of the first process is what the screen is about. */
static int keep_command(struct live_table *table, const struct pyprof_info *info)
{
    const struct model_process process = {.info = *info};
    struct pyprof_text command;
    int result;

    if (table->command.size)
        return 0;
    command = summary_command(&process);
    result = command.bytes ? keep(table, command, &table->command) : -1;
    free((char *)command.bytes);
    table->pid = info->pid;
    return result;
}

int live_table_facts(struct live_table *table, const struct pyprof_section *section)
{
    const struct pyprof_info *info = pyprof_section_info(section);
    size_t known = table->prefixes.count + table->paths.count;

    if (keep_command(table, info) < 0 || collect(table, info->prefixes, &table->prefixes) < 0 ||
        collect(table, info->path, &table->paths) < 0)
        return -1;
    if (info->period && (!table->period || info->period < table->period))
        table->period = info->period;
    if (table->prefixes.count + table->paths.count > known)
        for (size_t i = LIVE_FIRST_FUNCTION; i < table->nfunctions; i++)
            origin_mark(&table->functions[i], &table->prefixes, &table->paths, table->patterns);
    return 0;
}

/* Takes over what the section says of its thread by now. */
static int learn_thread(struct live_table *table, struct live_thread *thread, const struct pyprof_section *section,
                        uint32_t id)
{
    struct pyprof_thread known;

    if (!pyprof_section_thread(section, id, &known) || thread == table->threads[LIVE_ENDED])
        return 0;
    if (known.end != INT64_MAX && !thread->ended) {
        thread->ended = true;
        table->nended++;
    }
    return text_equal(known.name, thread->name) ? 0 : keep(table, known.name, &thread->name);
}

uint32_t live_thread(struct live_table *table, struct live_section *mine, const struct pyprof_section *section,
                     uint32_t id)
{
    struct {
        uint64_t process, tid, id;
        int64_t start;
    } key = {.process = mine->process, .id = id};
    struct live_thread thread = {.pid = mine->pid, .id = id, .name = text_of("")};
    struct pyprof_thread known;
    uint32_t *by_id = map_at(&mine->thread_of, id), *by_key;

    if (!by_id || *by_id)
        return by_id ? *by_id - 1 : UINT32_MAX;
    if (pyprof_section_thread(section, id, &known)) {
        key.tid = thread.tid = known.tid;
        key.start = known.start;
        thread.main = known.tid && known.tid == mine->pid;
    }
    by_key = map_at(&table->thread_of, map_hash(&key, sizeof key));
    if (!by_key)
        return UINT32_MAX;
    if (!*by_key)
        *by_key = add_thread(table, &thread) + 1;
    *by_id = *by_key; /* 0 without memory, after which nobody asks again */
    return *by_id && learn_thread(table, table->threads[*by_id - 1], section, id) == 0 ? *by_id - 1 : UINT32_MAX;
}

uint32_t live_cell(struct live_thread *thread, uint32_t function)
{
    uint32_t *index = map_at(&thread->cell_of, function);

    if (!index)
        return UINT32_MAX;
    if (!*index) {
        if (GROW(&thread->cells, &thread->cells_room, thread->ncells + 1) < 0)
            return UINT32_MAX;
        thread->cells[thread->ncells++] = (struct live_cell){.function = function};
        *index = (uint32_t)thread->ncells;
    }
    return *index - 1;
}

void live_counts_add(struct live_counts *counts, const struct live_counts *more)
{
    counts_add(&counts->self, &more->self);
    counts_add(&counts->total, &more->total);
}

/* Adds what a thread spent to what those that ended did. */
static int fold_thread(struct live_thread *all, const struct live_thread *thread)
{
    for (size_t i = 0; i < thread->ncells; i++) {
        uint32_t cell = live_cell(all, thread->cells[i].function);

        if (cell == UINT32_MAX)
            return -1;
        live_counts_add(&all->cells[cell].counts, &thread->cells[i].counts);
    }
    counts_add(&all->counts, &thread->counts);
    all->framed = all->framed || thread->framed;
    return 0;
}

/* What a slot says of threads that were folded. */
static void fold_records(const struct live_table *table, struct live_slot *slot)
{
    const struct live_thread *all = table->threads[LIVE_ENDED];

    for (size_t i = 0; i < slot->nrecords; i++) {
        struct live_record *record = &slot->records[i];
        const struct live_thread *thread = table->threads[record->thread];

        if (!thread->ended || thread == all)
            continue;
        if (record->cell != LIVE_WHOLE)
            record->cell = map_get(&all->cell_of, thread->cells[record->cell].function) - 1;
        record->thread = LIVE_ENDED;
    }
}

/* Adds up the threads that have ended, once there are too many of them. */
static int fold_ended(struct live_table *table)
{
    struct live_thread *all = table->threads[LIVE_ENDED];

    if (table->nended <= LIVE_THREADS)
        return 0;
    for (size_t i = LIVE_ENDED + 1; i < table->nthreads; i++)
        if (table->threads[i]->ended && live_is_thread(table, i) && fold_thread(all, table->threads[i]) < 0)
            return -1;
    for (size_t i = 0; i < LIVE_SLOTS; i++)
        fold_records(table, &table->slots[i]);
    for (size_t i = LIVE_ENDED + 1; i < table->nthreads; i++)
        if (table->threads[i]->ended && live_is_thread(table, i)) {
            free_thread(table->threads[i]);
            table->threads[i] = all;
        }
    table->nended = 0;
    return 0;
}

int live_table_threads(struct live_table *table, const struct pyprof_section *section)
{
    const struct live_section *mine = pyprof_section_user(section);

    for (uint32_t id = 1; mine && id <= pyprof_section_threads(section); id++) {
        uint32_t index = map_get(&mine->thread_of, id);

        if (index && learn_thread(table, table->threads[index - 1], section, id) < 0)
            return -1;
    }
    return fold_ended(table);
}

int live_table_end(struct live_table *table, struct pyprof_section *section)
{
    const struct live_section *mine = pyprof_section_user(section);

    if (live_table_threads(table, section) < 0)
        return -1;
    for (uint32_t id = 1; mine && id <= pyprof_section_threads(section); id++) {
        uint32_t index = map_get(&mine->thread_of, id);

        if (index && !table->threads[index - 1]->ended) {
            table->threads[index - 1]->ended = true;
            table->nended++;
        }
    }
    return fold_ended(table);
}

struct live_slot *live_slot(struct live_table *table, int64_t number)
{
    struct live_slot *slot = &table->slots[(uint64_t)number % LIVE_SLOTS];

    if (table->started && number < table->newest && table->newest - number >= LIVE_SLOTS)
        return NULL;
    if (!table->started || number > table->newest)
        table->newest = number;
    table->started = true;
    if (!slot->used || slot->number != number) {
        slot->nrecords = 0;
        slot->number = number;
        slot->used = true;
    }
    return slot;
}

void live_table_reset(struct live_table *table)
{
    for (size_t i = 0; i < table->nthreads; i++) {
        struct live_thread *thread = table->threads[i];

        for (size_t k = 0; k < thread->ncells; k++)
            thread->cells[k].counts = (struct live_counts){0};
        thread->counts = (struct counts){0};
    }
    for (size_t i = 0; i < LIVE_SLOTS; i++) {
        table->slots[i].nrecords = 0;
        table->slots[i].used = false;
    }
    table->started = false;
    table->begin = table->end = 0;
}

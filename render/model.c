#include "model.h"

#include "grow.h"
#include "model_sort.h"
#include "model_tracks.h"
#include "origin.h"

#include <string.h>

/* A model and what it needs while it grows.  `public` is first: a struct model * is a struct store *. */
struct store {
    struct model public;
    struct names names;
    struct model_function *functions;
    struct model_node *nodes;
    struct texts prefixes, paths, filters; /* of all sections */
    struct map function_of, node_of;       /* by hash; equal hashes take the keys that follow */
    size_t processes_room, functions_room, nodes_room;
};

static struct store *store_of(struct model *model)
{
    return (struct store *)model;
}

struct model *model_new(void)
{
    struct store *store = calloc(1, sizeof *store);

    if (!store)
        return NULL;
    /* Index 0 of functions and nodes: none, and the root. */
    if (GROW(&store->functions, &store->functions_room, 1) < 0 || GROW(&store->nodes, &store->nodes_room, 1) < 0) {
        model_free(&store->public);
        return NULL;
    }
    store->functions[0] = (struct model_function){.file = text_of(""), .name = text_of(""), .path = text_of("")};
    store->nodes[0] = (struct model_node){0};
    return &store->public;
}

static void free_process(struct model_process *process)
{
    for (size_t i = 0; i < process->nthreads; i++) {
        free(process->threads[i].cells);
        track_free(&process->threads[i].track);
    }
    free(process->threads);
    map_free(&process->thread_of);
    free((struct pyprof_text *)process->info.argv.items);
}

void model_free(struct model *model)
{
    struct store *store = store_of(model);

    if (!model)
        return;
    for (size_t i = 0; i < model->nprocesses; i++)
        free_process(&model->processes[i]);
    free(model->processes);
    free(store->functions);
    free(store->nodes);
    texts_free(&store->prefixes);
    texts_free(&store->paths);
    texts_free(&store->filters);
    map_free(&store->function_of);
    map_free(&store->node_of);
    names_free(&store->names);
    free(store);
}

/* The model's copy of a text. */
static int keep(struct store *store, struct pyprof_text text, struct pyprof_text *kept)
{
    uint32_t id = names_intern(&store->names, text);

    if (id == UINT32_MAX)
        return -1;
    *kept = names_text(&store->names, id);
    return 0;
}

static int keep_all(struct store *store, struct pyprof_texts texts, struct pyprof_texts *kept)
{
    struct pyprof_text *items = calloc(texts.count + 1, sizeof *items);

    *kept = (struct pyprof_texts){items, texts.count};
    if (!items)
        return -1;
    for (size_t i = 0; i < texts.count; i++)
        if (keep(store, texts.items[i], &items[i]) < 0)
            return -1;
    return 0;
}

static int keep_greater(struct store *store, struct pyprof_text text, struct pyprof_text *kept)
{
    return text_compare(text, *kept) > 0 ? keep(store, text, kept) : 0;
}

static int collect(struct store *store, struct pyprof_texts texts, struct texts *set)
{
    for (size_t i = 0; i < texts.count; i++) {
        struct pyprof_text kept;

        if (keep(store, texts.items[i], &kept) < 0 || texts_add(set, kept) < 0)
            return -1;
    }
    return 0;
}

static struct model_process *process_of(struct store *store, const struct pyprof_info *info)
{
    struct model *model = &store->public;
    struct model_process *process;

    for (size_t i = model->nprocesses; i-- > 0;)
        if (model_compare_infos(&model->processes[i].info, info) == 0)
            return &model->processes[i];
    if (GROW(&model->processes, &store->processes_room, model->nprocesses + 1) < 0)
        return NULL;
    process = &model->processes[model->nprocesses++];
    *process = (struct model_process){.info = *info};
    process->info.prefixes = process->info.path = process->info.filters = (struct pyprof_texts){0};
    process->info.python = process->info.recorder = text_of("");
    if (keep_all(store, info->argv, &process->info.argv) < 0 || keep(store, info->host, &process->info.host) < 0)
        return NULL;
    return process;
}

static int add_facts(struct store *store, struct model_process *process, const struct pyprof_info *info)
{
    struct pyprof_info *kept = &process->info;

    if (info->ppid > kept->ppid)
        kept->ppid = info->ppid;
    if (info->period && (!kept->period || info->period < kept->period))
        kept->period = info->period;
    if (keep_greater(store, info->python, &kept->python) < 0 ||
        keep_greater(store, info->recorder, &kept->recorder) < 0)
        return -1;
    if (collect(store, info->prefixes, &store->prefixes) < 0 || collect(store, info->path, &store->paths) < 0)
        return -1;
    return collect(store, info->filters, &store->filters);
}

/* The model's index of a function of a section; UINT32_MAX if there is no memory. */
static uint32_t add_function(struct store *store, const struct pyprof_function *function)
{
    struct {
        uint32_t file, name, firstline;
    } key = {names_intern(&store->names, function->file), names_intern(&store->names, function->name),
             function->firstline};
    uint64_t hash = map_hash(&key, sizeof key);
    struct pyprof_text file, name;
    bool hidden = function->flags & PYPROF_FUNCTION_HIDDEN;
    uint32_t *index;

    if (key.file == UINT32_MAX || key.name == UINT32_MAX)
        return UINT32_MAX;
    file = names_text(&store->names, key.file);
    name = names_text(&store->names, key.name);
    while ((index = map_at(&store->function_of, hash++)) && *index) {
        struct model_function *known = &store->functions[*index];

        /* Interned: the same bytes are in the same place. */
        if (known->file.bytes == file.bytes && known->name.bytes == name.bytes && known->firstline == key.firstline) {
            known->hidden |= hidden;
            return *index;
        }
    }
    if (!index || GROW(&store->functions, &store->functions_room, store->public.nfunctions + 2) < 0)
        return UINT32_MAX;
    *index = (uint32_t)++store->public.nfunctions;
    store->functions[*index] = (struct model_function){
        .file = file, .name = name, .path = file, .firstline = key.firstline, .hidden = hidden};
    return *index;
}

static uint32_t add_node(struct store *store, const struct model_node *node)
{
    uint64_t hash = map_hash(node, sizeof *node);
    uint32_t *index;

    while ((index = map_at(&store->node_of, hash++)) && *index)
        if (memcmp(&store->nodes[*index], node, sizeof *node) == 0)
            return *index;
    if (!index || GROW(&store->nodes, &store->nodes_room, store->public.nnodes + 2) < 0)
        return UINT32_MAX;
    *index = (uint32_t)++store->public.nnodes;
    store->nodes[*index] = *node;
    return *index;
}

/* Indices of a section's functions and nodes in the model. */
struct translation {
    uint32_t *functions, *nodes;
    uint32_t nnodes;
};

static int translate_functions(struct store *store, const struct pyprof_section *section, uint32_t *functions)
{
    for (uint32_t id = 0; id <= pyprof_section_functions(section); id++) {
        struct pyprof_function function = {0};

        if (id == 0 || !pyprof_section_function(section, id, &function))
            function = (struct pyprof_function){.file = text_of(""), .name = text_of("")};
        functions[id] = add_function(store, &function);
        if (functions[id] == UINT32_MAX)
            return -1;
    }
    return 0;
}

static int translate_nodes(struct store *store, const struct pyprof_section *section, struct translation *to)
{
    uint32_t nfunctions = pyprof_section_functions(section);

    to->nodes[0] = 0;
    for (uint32_t id = 1; id <= to->nnodes; id++) {
        struct pyprof_node node = {0};
        struct model_node mine;

        /* A node that the stream lost is a call of a lost function. */
        if (!pyprof_section_node(section, id, &node) || node.parent >= id || node.function > nfunctions)
            node = (struct pyprof_node){0};
        mine = (struct model_node){to->nodes[node.parent], to->functions[node.function], node.line};
        to->nodes[id] = add_node(store, &mine);
        if (to->nodes[id] == UINT32_MAX)
            return -1;
    }
    return 0;
}

static void translation_free(struct translation *to)
{
    free(to->functions);
    free(to->nodes);
}

static int translate(struct store *store, const struct pyprof_section *section, struct translation *to)
{
    to->nnodes = pyprof_section_nodes(section);
    to->functions = calloc((size_t)pyprof_section_functions(section) + 1, sizeof *to->functions);
    to->nodes = calloc((size_t)to->nnodes + 1, sizeof *to->nodes);
    if (to->functions && to->nodes && translate_functions(store, section, to->functions) == 0 &&
        translate_nodes(store, section, to) == 0)
        return 0;
    translation_free(to);
    return -1;
}

static struct model_thread *thread_of(struct model_process *process, const struct pyprof_thread *thread)
{
    struct {
        uint64_t id, tid;
        int64_t start;
    } key = {thread->id, thread->tid, thread->start};
    uint64_t hash = map_hash(&key, sizeof key);
    struct model_thread *mine;
    uint32_t *index;

    while ((index = map_at(&process->thread_of, hash++)) && *index) {
        mine = &process->threads[*index - 1];
        if (mine->id == thread->id && mine->tid == thread->tid && mine->start == thread->start)
            return mine;
    }
    if (!index || GROW(&process->threads, &process->threads_room, process->nthreads + 1) < 0)
        return NULL;
    mine = &process->threads[process->nthreads++];
    *mine = (struct model_thread){.id = thread->id, .tid = thread->tid, .start = thread->start, .end = thread->end};
    mine->name = text_of("");
    mine->idle = true;
    mine->main = thread->tid && thread->tid == process->info.pid;
    *index = (uint32_t)process->nthreads;
    return mine;
}

/* The model's thread of a section's; NULL: no memory. */
static struct model_thread *place_thread(struct store *store, struct model_process *process,
                                         const struct pyprof_section *section, uint32_t id)
{
    struct pyprof_thread thread = {0};
    struct model_thread *mine;

    if (!pyprof_section_thread(section, id, &thread))
        thread = (struct pyprof_thread){.id = id, .name = text_of(""), .end = INT64_MAX};
    mine = thread_of(process, &thread);
    if (!mine || keep_greater(store, thread.name, &mine->name) < 0)
        return NULL;
    if (mine->end < thread.end)
        mine->end = thread.end;
    return mine;
}

/* The model's node of a section's, a call of a lost function if the section lost it; UINT32_MAX: no memory. */
static uint32_t place_node(struct store *store, const struct translation *to, uint32_t node)
{
    return node <= to->nnodes ? to->nodes[node] : add_node(store, &(struct model_node){.function = to->functions[0]});
}

static int add_cell(struct store *store, struct model_thread *mine, const struct tally_cell *cell,
                    const struct translation *to)
{
    uint32_t node = place_node(store, to, cell->node);

    if (!mine || node == UINT32_MAX || GROW(&mine->cells, &mine->cells_room, mine->ncells + 1) < 0)
        return -1;
    mine->cells[mine->ncells++] = (struct model_cell){node, cell->counts};
    if (node)
        mine->idle = false;
    counts_add(&mine->counts, &cell->counts);
    return 0;
}

static int add_track(struct store *store, struct model_thread *mine, const struct track *track,
                     const struct translation *to)
{
    size_t before;

    if (!mine)
        return -1;
    before = mine->track.count;
    for (size_t i = 0; i < track->count; i++) {
        struct track_run run = track->runs[i];

        run.node = place_node(store, to, run.node);
        if (run.node == UINT32_MAX || track_append(&mine->track, &run) < 0)
            return -1;
    }
    store->public.nruns += mine->track.count - before;
    return 0;
}

static int add_samples(struct store *store, struct model_process *process, const struct pyprof_section *section,
                       const struct tally *tally)
{
    const struct tracks *tracks = tally->tracks;
    struct translation to;
    int result = 0;

    if (translate(store, section, &to) < 0)
        return -1;
    for (size_t i = 0; i < tally->ncells && result == 0; i++)
        result =
            add_cell(store, place_thread(store, process, section, tally->cells[i].thread), &tally->cells[i], &to);
    for (size_t i = 0; tracks && i < tracks->count && result == 0; i++)
        result = add_track(store, place_thread(store, process, section, tracks->threads[i]), &tracks->items[i], &to);
    translation_free(&to);
    return result == 0 && tracks ? model_tracks_added(&store->public, tracks) : result;
}

static void add_span(struct model_process *process, const struct tally *tally)
{
    if (!tally->sums.rounds)
        return;
    if (!process->rounds || tally->begin < process->begin)
        process->begin = tally->begin;
    if (!process->rounds || tally->end > process->end)
        process->end = tally->end;
    process->rounds += tally->sums.rounds;
}

int model_add(struct model *model, const struct pyprof_section *section, const struct tally *tally)
{
    struct store *store = store_of(model);
    const struct pyprof_info *info = pyprof_section_info(section);
    struct model_process *process = process_of(store, info);
    struct pyprof_loss loss = pyprof_section_loss(section);
    enum pyprof_fate fate = pyprof_section_end(section)->fate;

    if (!process || add_facts(store, process, info) < 0 || add_samples(store, process, section, tally) < 0)
        return -1;
    add_span(process, tally);
    if (fate > process->fate)
        process->fate = fate;
    process->cut = process->cut || fate == PYPROF_FATE_UNKNOWN;
    model->loss.blocks += loss.blocks;
    model->loss.samples += loss.samples;
    model->sampled = saturating_add(model->sampled, saturating_add(tally->end, -tally->begin));
    sums_add(&model->sums, &tally->sums);
    return 0;
}

int model_finish(struct model *model, const struct model_patterns *patterns)
{
    struct store *store = store_of(model);

    model_sort(model);
    if (model_tracks_finish(model) < 0)
        return -1;
    texts_sort(&store->filters);
    model->filters = store->filters.items;
    model->nfilters = store->filters.count;
    model->functions = store->functions;
    model->nodes = store->nodes;
    for (size_t i = 1; i <= model->nfunctions; i++)
        origin_mark(&store->functions[i], &store->prefixes, &store->paths, patterns);
    return 0;
}

void model_uproot(struct model *model, uint32_t node)
{
    store_of(model)->nodes[node].parent = 0;
}

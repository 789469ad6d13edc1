#include "page_data.h"

#include "escape.h"
#include "grow.h"
#include "page_columns.h"
#include "page_source.h"
#include "shape.h"
#include "summary.h"

#include <inttypes.h>

enum { NAME_COLUMNS = 500, FACT_COLUMNS = 4000 };

static const double DEFAULT_THRESHOLD = 1;

/* What the page calls a function's flags; the lowest two bits are its origin, the next two its folding. */
enum { FOLDING_SHIFT = 2, GIVES_WAY = 1 << 4, STARTS_PROGRAMS = 1 << 5 };

/* The data while it is made. */
struct making {
    const struct report *report;
    const struct render_options *options;
    const struct page_limits *limits;
    struct page_nodes *nodes;
    struct page_runs cells, runs;
    struct pack pack;
    FILE *json;
    int64_t *shifts; /* of threads: recordings are laid out one after the other */
    uint32_t *files; /* a function of each */
    size_t nfiles, files_room;
};

static void put_string(FILE *json, struct pyprof_text text, size_t columns)
{
    fputc('"', json);
    escape_text(json, text, ESCAPE_JSON, columns);
    fputc('"', json);
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

/* What is said of the recording. */

static int put_facts(struct making *making)
{
    struct summary *summary = summary_new(making->report);

    if (!summary)
        return -1;
    fputs("{\"program\":", making->json);
    put_string(making->json, summary->items[0].value, FACT_COLUMNS);
    fputs(",\n\"facts\":[", making->json);
    for (size_t i = 1; i < summary->count; i++) {
        fprintf(making->json, "%s{\"warning\":%s,\"label\":\"%s\",\"value\":", i > 1 ? "," : "",
                truth(summary->items[i].warning), summary->items[i].label);
        put_string(making->json, summary->items[i].value, FACT_COLUMNS);
        fputc('}', making->json);
    }
    fputs("],\n", making->json);
    summary_free(summary);
    return 0;
}

static void put_settings(const struct making *making)
{
    const struct render_options *options = making->options;
    const struct model *model = making->report->model;
    double threshold = options->threshold < 0 ? DEFAULT_THRESHOLD : options->threshold;

    fprintf(making->json,
            "\"decimals\":%u,\"threshold\":%g,\"percent\":%s,\"all\":%s,\"combine\":%s,\"rooted\":%s,\n",
            summary_decimals(model), options->all ? 0 : threshold, truth(options->percent), truth(options->all),
            truth(options->combine), truth(model->root));
    fprintf(making->json,
            "\"cellUnit\":%d,\"runUnit\":%" PRId64 ",\"width\":%" PRId64 ",\"duration\":%" PRId64
            ",\"removed\":%s,\"foldedCalls\":%" PRIu64 ",\"foldedShare\":%g,\n",
            PAGE_CELL_UNIT, page_run_unit(model->period), making->runs.width, model->duration,
            truth(model->sums.removed), making->nodes->nfolded, making->limits->share);
}

static int put_process(struct making *making, const struct model_process *process)
{
    struct pyprof_text command = summary_command(process);

    if (!command.bytes)
        return -1;
    fprintf(making->json, "{\"pid\":%" PRIu64 ",\"threads\":%zu,\"command\":", process->info.pid, process->nthreads);
    put_string(making->json, command, NAME_COLUMNS);
    fputc('}', making->json);
    free((char *)command.bytes);
    return 0;
}

/* Times of a recording begin where those of the one before it end. */
static void shift_threads(struct making *making)
{
    const struct model *model = making->report->model;
    int64_t begin = 0, end = 0, done = 0;
    size_t thread = 0;

    for (size_t first = 0, next; first < model->nprocesses; first = next) {
        begin = model->processes[first].begin;
        end = model->processes[first].end;
        for (next = first; next < model->nprocesses; next++) {
            const struct model_process *process = &model->processes[next];

            if (memcmp(process->info.recording, model->processes[first].info.recording,
                       sizeof process->info.recording) != 0)
                break;
            begin = process->rounds && process->begin < begin ? process->begin : begin;
            end = process->rounds && process->end > end ? process->end : end;
        }
        for (size_t i = first; i < next; i++)
            for (size_t k = 0; k < model->processes[i].nthreads; k++)
                making->shifts[thread++] = saturating_add(done, -begin);
        done = saturating_add(done, saturating_add(end, -begin));
    }
}

static int put_processes(struct making *making)
{
    const struct model *model = making->report->model;
    bool first = true;

    fputs("\"processes\":[", making->json);
    for (size_t i = 0; i < model->nprocesses; i++) {
        fputs(i ? ",\n" : "", making->json);
        if (put_process(making, &model->processes[i]) < 0)
            return -1;
    }
    fputs("],\n\"threads\":[", making->json);
    for (size_t i = 0; i < model->nprocesses; i++)
        for (size_t k = 0; k < model->processes[i].nthreads; k++) {
            const struct model_thread *thread = &model->processes[i].threads[k];

            fprintf(making->json, "%s[%" PRIu64 ",", first ? "" : ",\n", thread->tid ? thread->tid : thread->id);
            put_string(making->json, thread->name, NAME_COLUMNS);
            fputc(']', making->json);
            first = false;
        }
    fputs("],\n", making->json);
    return 0;
}

/* Functions and their files. */

static int file_of(struct making *making, struct map *numbers, uint32_t function, uint32_t *number)
{
    const struct model_function *functions = making->report->model->functions;
    /* Interned: equal bytes are in the same place. */
    uint32_t *slot = map_at(numbers, (uint64_t)(uintptr_t)functions[function].file.bytes);

    if (!slot)
        return -1;
    if (!*slot) {
        if (GROW(&making->files, &making->files_room, making->nfiles + 1) < 0)
            return -1;
        making->files[making->nfiles++] = function;
        *slot = (uint32_t)making->nfiles;
    }
    *number = *slot - 1;
    return 0;
}

static unsigned flags_of(const struct model_function *function)
{
    return (unsigned)function->origin | (unsigned)function->folding << FOLDING_SHIFT |
           (shape_gives_way(function) ? GIVES_WAY : 0U) | (shape_starts_programs(function) ? STARTS_PROGRAMS : 0U);
}

static int put_functions(struct making *making)
{
    const struct page_nodes *nodes = making->nodes;
    struct map numbers = {0};

    fputs("\"functions\":[", making->json);
    for (uint32_t i = 0; i < nodes->nfunctions; i++) {
        const struct model_function *function = &making->report->model->functions[nodes->functions[i]];
        uint32_t file;

        if (file_of(making, &numbers, nodes->functions[i], &file) < 0) {
            map_free(&numbers);
            return -1;
        }
        fputs(i ? ",\n[" : "[", making->json);
        put_string(making->json, function->name, NAME_COLUMNS);
        fprintf(making->json, ",%" PRIu32 ",%" PRIu32 ",%u]", file, function->firstline, flags_of(function));
    }
    fputs("],\n", making->json);
    map_free(&numbers);
    return 0;
}

static void put_files(const struct making *making)
{
    size_t left = making->options->source ? making->limits->source : 0;

    fputs("\"files\":[", making->json);
    for (size_t i = 0; i < making->nfiles; i++) {
        const struct model_function *function = &making->report->model->functions[making->files[i]];

        fputs(i ? ",\n[" : "[", making->json);
        put_string(making->json, function->path, NAME_COLUMNS);
        fputc(',', making->json);
        put_string(making->json, function->file, NAME_COLUMNS);
        fputc(',', making->json);
        size_t size = left ? page_source_put(making->json, function->file, left) : 0;
        fputs(size ? "]" : "null]", making->json);
        left -= size;
    }
    fputs("],\n", making->json);
}

/* All of it. */

static int prepare(struct making *making)
{
    making->nodes = page_nodes_new(making->report->model, making->limits->share, making->limits->depth);
    if (!making->nodes || page_cells_make(&making->cells, making->nodes) < 0 ||
        page_runs_make(&making->runs, making->nodes, making->limits->runs, making->limits->width) < 0)
        return -1;
    making->shifts = calloc(making->runs.nthreads + 1, sizeof *making->shifts);
    return making->shifts ? 0 : -1;
}

static void put_columns(struct making *making)
{
    shift_threads(making);
    page_put_nodes(&making->pack, making->nodes);
    page_put_cells(&making->pack, &making->cells);
    page_put_runs(&making->pack, &making->runs, page_run_unit(making->report->model->period), making->shifts);
}

static int put_json(struct making *making)
{
    if (put_facts(making) < 0)
        return -1;
    put_settings(making);
    if (put_processes(making) < 0 || put_functions(making) < 0)
        return -1;
    put_files(making);
    pack_put_index(&making->pack, making->json);
    fputc('}', making->json);
    return 0;
}

static int make(struct making *making, struct page_data *data)
{
    char *json = NULL;
    size_t size = 0;
    int result;

    if (prepare(making) < 0 || !(making->json = open_memstream(&json, &size)))
        return -1;
    put_columns(making);
    result = put_json(making);
    if (fclose(making->json) == 0 && result == 0)
        data->text = pack_close(&making->pack, json, size, &data->size);
    free(json);
    data->runs = making->runs.count;
    data->cells = making->cells.count;
    data->width = making->runs.width;
    return data->text ? 0 : -1;
}

int page_data_make(const struct report *report, const struct render_options *options,
                   const struct page_limits *limits, struct page_data *data)
{
    struct making making = {.report = report, .options = options, .limits = limits};
    int result;

    *data = (struct page_data){0};
    result = make(&making, data);
    page_nodes_free(making.nodes);
    page_runs_free(&making.cells);
    page_runs_free(&making.runs);
    pack_free(&making.pack);
    free(making.shifts);
    free(making.files);
    return result;
}

void page_data_free(struct page_data *data)
{
    free(data->text);
    *data = (struct page_data){0};
}

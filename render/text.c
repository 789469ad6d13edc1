#include "text.h"

#include "escape.h"
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FACT_COLUMNS = 2000, LABEL_COLUMNS = 10, FIGURE_SIZE = SUMMARY_SECONDS_SIZE + 8, COUNTS_SIZE = 160 };

void text_color(const struct text *text, enum text_color color)
{
    if (text->options->color)
        fprintf(text->out, "\033[%dm", (int)color);
}

static double share_of(const struct counts *part, const struct counts *whole)
{
    return whole->time ? (double)part->time / (double)whole->time : 0;
}

enum text_color text_share_color(const struct counts *part, const struct counts *whole)
{
    double share = share_of(part, whole);

    if (share > 0.6)
        return TEXT_RED;
    if (share > 0.2)
        return TEXT_YELLOW;
    return share > 0.05 ? TEXT_GREEN : TEXT_FAINT;
}

size_t text_put(const struct text *text, struct pyprof_text foreign, size_t columns)
{
    if (!columns)
        return 0;
    return escape_text(text->out, foreign, text->escapes, columns < TEXT_NAME_COLUMNS ? columns : TEXT_NAME_COLUMNS);
}

void text_pad(const struct text *text, size_t columns)
{
    if (columns)
        fprintf(text->out, "%*s", (int)columns, "");
}

/* Figures. */

static void print_figure(const struct text *text, char room[FIGURE_SIZE], int64_t time, int64_t whole)
{
    if (text->options->percent)
        snprintf(room, FIGURE_SIZE, "%.1f%%", whole ? 100.0 * (double)time / (double)whole : 0.0);
    else
        summary_print_seconds(room, time, text->decimals);
}

static bool error_matters(const struct text *text, int64_t error, int64_t time, int64_t whole)
{
    int64_t digit = 1000000000;

    for (unsigned i = 0; i < text->decimals; i++)
        digit /= 10;
    if (text->options->percent)
        digit = whole / 1000;
    return error && error >= digit / 2 && error > time / 10;
}

/* The error of a row, empty where it has none worth showing. */
static void print_error(const struct text *text, char room[FIGURE_SIZE], const struct counts *part,
                        const struct counts *whole)
{
    int64_t error = summary_error(part, whole);

    *room = '\0';
    if (error_matters(text, error, part->time, whole->time))
        print_figure(text, room, error, whole->time);
}

static const char *plus_minus(const struct text *text)
{
    return text->options->unicode ? "±" : "+-";
}

static size_t plus_minus_columns(const struct text *text)
{
    return text->options->unicode ? 1 : 2;
}

static void keep_longer(size_t *longest, size_t length)
{
    if (length > *longest)
        *longest = length;
}

void text_figures_fit(const struct text *text, struct text_figures *figures, const struct counts *part,
                      const struct counts *whole)
{
    char room[FIGURE_SIZE];

    print_figure(text, room, part->time, whole->time);
    keep_longer(&figures->figure, strlen(room));
    print_error(text, room, part, whole);
    if (*room)
        keep_longer(&figures->error, strlen(room) + plus_minus_columns(text));
}

size_t text_figures_width(const struct text_figures *figures)
{
    return figures->figure + (figures->error ? 1 + figures->error : 0);
}

void text_figures_put(const struct text *text, const struct text_figures *figures, const struct counts *part,
                      const struct counts *whole)
{
    char room[FIGURE_SIZE];
    size_t used = 0;

    print_figure(text, room, part->time, whole->time);
    text_pad(text, figures->figure - strlen(room));
    text_color(text, text_share_color(part, whole));
    fputs(room, text->out);
    print_error(text, room, part, whole);
    if (*room) {
        fprintf(text->out, " %s%s", plus_minus(text), room);
        used = 1 + plus_minus_columns(text) + strlen(room);
    }
    text_color(text, TEXT_RESET);
    text_pad(text, text_figures_width(figures) - figures->figure - used);
}

/* Columns. */

size_t text_room(const struct text *text, size_t used)
{
    if (!text->width)
        return SIZE_MAX / 2;
    return text->width > used ? text->width - used : 1;
}

size_t text_share_room(const struct text *text, size_t room, size_t first, size_t *second)
{
    enum { LEAST_FIRST = 10, LEAST_SECOND = 12 };
    size_t least = room / 3 > LEAST_SECOND ? room / 3 : LEAST_SECOND, wanted = *second;

    if (!text->width || first + 2 + wanted <= room)
        return first;
    *second = first + 2 + least < room ? room - 2 - first : least;
    if (*second > wanted)
        *second = wanted;
    if (*second + 2 + LEAST_FIRST > room)
        *second = 0;
    return room - (*second ? 2 + *second : 0);
}

/* Functions. */

struct pyprof_text text_function_name(const struct model_function *function)
{
    return function->name.size ? function->name : text_of("[lost]");
}

static size_t line_columns(uint32_t line)
{
    return (size_t)snprintf(NULL, 0, ":%" PRIu32, line);
}

size_t text_place_columns(const struct text *text, const struct model_function *function, uint32_t line)
{
    size_t path = escape_columns(function->path, text->escapes, TEXT_NAME_COLUMNS);

    if (!function->path.size)
        return 0;
    return (path < TEXT_NAME_COLUMNS ? path : TEXT_NAME_COLUMNS) + line_columns(line);
}

void text_put_place(const struct text *text, const struct model_function *function, uint32_t line, size_t columns)
{
    size_t room = columns - line_columns(line);

    if (!function->path.size || columns <= line_columns(line))
        return;
    text_color(text, TEXT_FAINT);
    escape_end(text->out, function->path, text->escapes, room < TEXT_NAME_COLUMNS ? room : TEXT_NAME_COLUMNS);
    fprintf(text->out, ":%" PRIu32, line);
    text_color(text, TEXT_RESET);
}

/* Headings. */

static void print_counts(const struct text *text, char room[COUNTS_SIZE], const struct counts *counts)
{
    char time[SUMMARY_SECONDS_SIZE], cpu[SUMMARY_SECONDS_SIZE];

    summary_print_seconds(time, counts->time, text->decimals);
    summary_print_seconds(cpu, counts->cpu, text->decimals);
    snprintf(room, COUNTS_SIZE, "%s s, CPU %s s, %" PRIu64 " %s", time, cpu, counts->samples,
             counts->samples == 1 ? "sample" : "samples");
}

static void put_heading(const struct text *text, const char *what, struct pyprof_text name,
                        const struct counts *counts)
{
    enum { LEAST_NAME = 8 };
    char room[COUNTS_SIZE];
    size_t used = strlen(what), rest;

    print_counts(text, room, counts);
    rest = text_room(text, used + 2 + strlen(room));
    fputc('\n', text->out);
    text_color(text, TEXT_BOLD);
    fputs(what, text->out);
    used += text_put(text, name, rest > LEAST_NAME ? rest : LEAST_NAME);
    text_color(text, TEXT_RESET);
    text_color(text, TEXT_FAINT);
    fputs("  ", text->out);
    text_put(text, text_of(room), text_room(text, used + 2));
    text_color(text, TEXT_RESET);
    fputc('\n', text->out);
}

/* A thread's name, or its number in `room`. */
static struct pyprof_text thread_name(const struct model_thread *thread, char room[24])
{
    if (thread->name.size)
        return thread->name;
    snprintf(room, 24, "%" PRIu64, thread->tid ? thread->tid : thread->id);
    return text_of(room);
}

static int put_thread(struct text *text, const struct model_thread *thread, text_section *section)
{
    char room[24];

    put_heading(text, "Thread ", thread_name(thread, room), &thread->counts);
    return section(text, &thread, 1);
}

/* Words on lines of the report's width, all but the first indented; `used` columns of the first are taken. */
static void put_wrapped(const struct text *text, struct pyprof_text words, size_t indent, size_t used)
{
    size_t blanks = used > indent;

    for (size_t at = 0; at < words.size;) {
        const char *end = memchr(words.bytes + at, ' ', words.size - at);
        struct pyprof_text word = {words.bytes + at, (end ? (size_t)(end - words.bytes) : words.size) - at};
        size_t columns = escape_columns(word, text->escapes, FACT_COLUMNS);

        at += word.size + 1;
        if (word.size && blanks && text->width && used + blanks + columns > text->width) {
            fputc('\n', text->out);
            text_pad(text, indent);
            used = indent;
            blanks = 0;
        }
        if (word.size) {
            text_pad(text, blanks);
            used += blanks + escape_text(text->out, word, text->escapes, text_room(text, used + blanks));
            blanks = 0;
        }
        blanks++;
    }
    fputc('\n', text->out);
}

/* Names of threads with nothing to draw, and what they come to. */
static int describe_others(const struct text *text, const struct model_process *process, FILE *out, bool idle)
{
    enum { NAMED = 20 };
    struct counts counts = {0};
    size_t n = 0;
    char room[COUNTS_SIZE];

    for (size_t i = 0; i < process->nthreads; i++) {
        const struct model_thread *thread = &process->threads[i];

        if (thread->idle != idle || (!idle && thread->ncells))
            continue;
        counts_add(&counts, &thread->counts);
        if (n++ >= NAMED)
            continue;
        fputs(n > 1 ? ", " : "", out);
        escape_text(out, thread_name(thread, room), text->escapes, TEXT_NAME_COLUMNS);
    }
    if (n > NAMED)
        fprintf(out, " and %zu more", n - NAMED);
    print_counts(text, room, &counts);
    fprintf(out, "  %s", room);
    return n > 0;
}

/* Threads that have no section: one line for all of a kind. */
static int put_others(const struct text *text, const struct model_process *process, const char *what, bool idle)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    int any;

    if (!out)
        return -1;
    any = describe_others(text, process, out, idle);
    if (fclose(out) == 0 && any) {
        fprintf(text->out, "\n%s:", what);
        put_wrapped(text, (struct pyprof_text){bytes, size}, 2, strlen(what) + 1);
    }
    free(bytes);
    return 0;
}

static int put_process(struct text *text, const struct model_process *process, text_section *section)
{
    struct pyprof_text command = summary_command(process);
    char what[40];

    if (!command.bytes)
        return -1;
    snprintf(what, sizeof what, "Process %" PRIu64 ": ", process->info.pid);
    fputc('\n', text->out);
    text_color(text, TEXT_BOLD);
    fputs(what, text->out);
    text_put(text, command, text_room(text, strlen(what)));
    free((char *)command.bytes);
    text_color(text, TEXT_RESET);
    if (!process->nthreads)
        fputs("  no samples", text->out);
    fputc('\n', text->out);
    for (size_t i = 0; i < process->nthreads; i++) {
        const struct model_thread *thread = &process->threads[i];

        if (!thread->idle && thread->ncells && put_thread(text, thread, section) < 0)
            return -1;
    }
    /* Below a root, threads that never came there are none of what was asked for. */
    if (text->report->model->root)
        return 0;
    if (put_others(text, process, "Threads without Python frames", true) < 0)
        return -1;
    return text->report->model->cpu ? put_others(text, process, "Threads without CPU time", false) : 0;
}

static bool has_section(const struct model_process *process)
{
    for (size_t i = 0; i < process->nthreads; i++)
        if (process->threads[i].ncells)
            return true;
    return false;
}

static int put_combined(struct text *text, text_section *section)
{
    const struct model *model = text->report->model;
    size_t n;
    const struct model_thread **threads = model_threads(model, &n);
    struct counts counts = {0};
    int result;

    if (!threads)
        return -1;
    for (size_t i = 0; i < n; i++)
        counts_add(&counts, &threads[i]->counts);
    put_heading(text, "All processes and threads", text_of(""), &counts);
    result = section(text, threads, n);
    free(threads);
    return result;
}

void text_put_facts(const struct text *text, const struct summary *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];

        text_color(text, fact->warning ? TEXT_YELLOW : TEXT_FAINT);
        fprintf(text->out, "%-*s", LABEL_COLUMNS, fact->label);
        if (!fact->warning)
            text_color(text, TEXT_RESET);
        put_wrapped(text, fact->value, LABEL_COLUMNS, LABEL_COLUMNS);
        if (fact->warning)
            text_color(text, TEXT_RESET);
    }
}

static int put_facts(const struct text *text)
{
    struct summary *facts = summary_new(text->report);

    if (!facts)
        return -1;
    text_put_facts(text, facts);
    summary_free(facts);
    return 0;
}

static int put_sections(struct text *text, text_section *section)
{
    const struct model *model = text->report->model;

    if (!model->counts.samples) {
        fprintf(text->out, "\nNo samples%s.\n", model->sums.removed ? ": filters removed all of them" : "");
        return 0;
    }
    if (text->options->combine)
        return put_combined(text, section);
    for (size_t i = 0; i < model->nprocesses; i++)
        if ((!model->root || has_section(&model->processes[i])) &&
            put_process(text, &model->processes[i], section) < 0)
            return -1;
    return 0;
}

int text_report(const struct report *report, const struct render_options *options, FILE *out, text_section *section)
{
    struct text text = {.out = out, .report = report, .options = options, .width = options->width};

    text.escapes = options->unicode ? 0 : ESCAPE_ASCII;
    text.decimals = summary_decimals(report->model);
    text.threshold = options->threshold < 0 ? TEXT_THRESHOLD : options->threshold;
    return put_facts(&text) < 0 ? -1 : put_sections(&text, section);
}

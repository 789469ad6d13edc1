#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Adds a fact whose value is what `write` writes; -1: no memory. */
static int add(struct summary *summary, const char *label, bool warning, void (*write)(const struct report *, FILE *),
               const struct report *report)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);

    if (!out)
        return -1;
    write(report, out);
    if (fclose(out) != 0) {
        free(bytes);
        return -1;
    }
    summary->items[summary->count++] = (struct fact){label, {bytes, size}, warning};
    return 0;
}

static void write_text(FILE *out, struct pyprof_text text)
{
    fwrite(text.bytes, 1, text.size, out);
}

static void write_share(FILE *out, uint64_t part, uint64_t whole)
{
    if (part && whole)
        fprintf(out, " (%.2g %%)", 100.0 * (double)part / (double)whole);
}

/* An argument as a shell would want it, as far as a reader cares. */
static void write_argument(FILE *out, struct pyprof_text argument)
{
    bool plain = argument.size > 0;

    for (size_t i = 0; i < argument.size; i++)
        plain = plain && !memchr(" \t\n'\"\\$`;&|<>()*?", argument.bytes[i], 18);
    if (!plain)
        fputc('\'', out);
    write_text(out, argument);
    if (!plain)
        fputc('\'', out);
}

static void write_command(FILE *out, const struct model_process *process)
{
    for (size_t i = 0; i < process->info.argv.count; i++) {
        if (i)
            fputc(' ', out);
        write_argument(out, process->info.argv.items[i]);
    }
    if (!process->info.argv.count)
        fputs("unknown program", out);
}

struct pyprof_text summary_command(const struct model_process *process)
{
    struct pyprof_text text = {0};
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, &text.size);

    if (!out)
        return text;
    write_command(out, process);
    if (fclose(out) != 0) {
        free(bytes);
        return (struct pyprof_text){0};
    }
    text.bytes = bytes;
    return text;
}

/* No process of its recording is its parent. */
static bool is_first(const struct model *model, const struct model_process *process)
{
    for (size_t i = 0; i < model->nprocesses; i++) {
        const struct pyprof_info *other = &model->processes[i].info;

        if (other->pid == process->info.ppid &&
            memcmp(other->recording, process->info.recording, sizeof other->recording) == 0)
            return false;
    }
    return true;
}

/* The program that was launched: where all are somebody's child, the first. */
static const struct model_process *program_of(const struct model *model)
{
    for (size_t i = 0; i < model->nprocesses; i++)
        if (is_first(model, &model->processes[i]))
            return &model->processes[i];
    return model->nprocesses ? &model->processes[0] : NULL;
}

static void write_program(const struct report *report, FILE *out)
{
    const struct model *model = report->model;
    const struct model_process *program = program_of(model);

    if (!program) {
        fputs("unknown", out);
        return;
    }
    write_command(out, program);
    if (model->nrecordings > 1)
        fprintf(out, ", first of %zu recordings", model->nrecordings);
}

/* sys.version up to its first space: the number. */
static struct pyprof_text version_of(struct pyprof_text python)
{
    const char *space = python.size ? memchr(python.bytes, ' ', python.size) : NULL;

    return space ? (struct pyprof_text){python.bytes, (size_t)(space - python.bytes)} : python;
}

static void write_recorded(const struct report *report, FILE *out)
{
    const struct model_process *program = program_of(report->model);
    char date[64] = "at an unknown time";
    struct tm when;
    time_t seconds;

    if (!program)
        return;
    seconds = (time_t)(program->info.wall / 1000000000);
    if (program->info.wall && localtime_r(&seconds, &when))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S %z", &when);
    fputs(date, out);
    if (program->info.host.size) {
        fputs(" on ", out);
        write_text(out, program->info.host);
    }
    if (program->info.python.size) {
        fputs(", Python ", out);
        write_text(out, version_of(program->info.python));
    }
    if (program->info.recorder.size) {
        fputs(", by ", out);
        write_text(out, program->info.recorder);
    }
    fputs(", shown by pyrender " PYREC_VERSION, out);
}

unsigned summary_decimals(const struct model *model)
{
    uint64_t step = 1000000000;
    unsigned decimals = 0;

    if (!model->period)
        return 3;
    for (; step > model->period; step /= 10)
        decimals++;
    return decimals;
}

void summary_print_seconds(char room[SUMMARY_SECONDS_SIZE], int64_t ns, unsigned decimals)
{
    uint64_t step = 1, whole = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, rounded;
    const char *sign = ns < 0 ? "-" : "";

    for (unsigned i = decimals; i < 9; i++)
        step *= 10;
    rounded = whole / step + (whole % step >= step - step / 2 && step > 1);
    step = 1000000000 / step;
    if (decimals)
        snprintf(room, SUMMARY_SECONDS_SIZE, "%s%" PRIu64 ".%0*" PRIu64, sign, rounded / step, (int)decimals,
                 rounded % step);
    else
        snprintf(room, SUMMARY_SECONDS_SIZE, "%s%" PRIu64, sign, rounded);
}

void summary_seconds(FILE *out, int64_t ns, unsigned decimals)
{
    char room[SUMMARY_SECONDS_SIZE];

    summary_print_seconds(room, ns, decimals);
    fputs(room, out);
}

static size_t count_threads(const struct model *model)
{
    size_t threads = 0;

    for (size_t i = 0; i < model->nprocesses; i++)
        threads += model->processes[i].nthreads;
    return threads;
}

static const char *plural(size_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

static void write_duration(const struct report *report, FILE *out)
{
    const struct model *model = report->model;
    size_t threads = count_threads(model);

    summary_seconds(out, model->duration, summary_decimals(model));
    fputs(" s, CPU time ", out);
    summary_seconds(out, model->counts.cpu, summary_decimals(model));
    fprintf(out, " s, %" PRIu64 " samples, %zu %s, %zu %s", model->sums.samples, model->nprocesses,
            plural(model->nprocesses, "process", "processes"), threads, plural(threads, "thread", "threads"));
}

int64_t summary_error(const struct counts *part, const struct counts *whole)
{
    double n = (double)part->samples, all = (double)whole->samples;

    if (!part->samples || part->samples >= whole->samples)
        return 0;
    return (int64_t)(sqrt(n * (1 - n / all)) * (double)part->time / n);
}

void summary_sampling(FILE *out, const struct sums *sums, uint64_t period, int64_t sampled)
{
    uint64_t wanted = sums->samples + sums->missed + sums->removed + sums->overflow;

    if (period)
        fprintf(out, "%.4g Hz asked, ", 1e9 / (double)period);
    if (sampled > sums->paused)
        fprintf(out, "%.4g Hz reached, ", 1e9 * (double)sums->rounds / (double)(sampled - sums->paused));
    fprintf(out, "%" PRIu64 " late", sums->late);
    write_share(out, sums->late, sums->rounds + sums->late);
    fprintf(out, ", %" PRIu64 " missed", sums->missed);
    write_share(out, sums->missed, wanted);
    fprintf(out, ", %" PRIu64 " lost", sums->overflow);
    write_share(out, sums->overflow, wanted);
    fprintf(out, ", %" PRIu64 " doubted", sums->doubted);
    write_share(out, sums->doubted, wanted);
    if (sums->unwatched) {
        fprintf(out, ", %" PRIu64 " of unknown wait for the GIL", sums->unwatched);
        write_share(out, sums->unwatched, wanted);
    }
}

static void write_sampling(const struct report *report, FILE *out)
{
    const struct model *model = report->model;

    summary_sampling(out, &model->sums, model->period, model->sampled);
}

static void write_shown(const struct report *report, FILE *out)
{
    const struct model *model = report->model;

    if (model->cpu)
        fputs("CPU time, without what waited", out);
    if (!model->root)
        return;
    fprintf(out, "%swhat matches '%s' and all below it, %" PRIu64 " samples", model->cpu ? "; " : "", model->root,
            model->root_counts.samples);
    write_share(out, model->root_counts.samples, model->counts.samples);
}

static void write_filtered(const struct report *report, FILE *out)
{
    const struct model *model = report->model;
    const struct sums *sums = &model->sums;

    fprintf(out, "%" PRIu64 " samples removed", sums->removed);
    write_share(out, sums->removed, sums->samples + sums->missed + sums->removed);
    for (size_t i = 0; i < model->nfilters; i++) {
        fputs(i ? ", " : " by ", out);
        write_text(out, model->filters[i]);
    }
}

static void write_damage(const struct report *report, FILE *out)
{
    enum { NAMED = 3 };
    const struct input_damages *damages = report->damages;
    const struct pyprof_loss *loss = &report->model->loss;

    fprintf(out, "%" PRIu64 " bytes unreadable, %" PRIu64 " blocks and %" PRIu64 " samples known to be missing",
            damages->bytes, loss->blocks, loss->samples);
    for (size_t i = 0; i < damages->count && i < NAMED; i++)
        fprintf(out, "; '%s' at byte %" PRIu64 ": %s", damages->items[i].file, damages->items[i].offset,
                damages->items[i].reason.message);
    if (damages->total > NAMED)
        fprintf(out, "; %" PRIu64 " more", damages->total - NAMED);
}

static void write_cut(const struct report *report, FILE *out)
{
    fprintf(out, "the stream ends before the recording did, for %zu of %zu processes", report->model->cut,
            report->model->nprocesses);
}

static void write_running(const struct report *report, FILE *out)
{
    fprintf(out, "%zu of %zu processes ran on after the recording", report->model->running,
            report->model->nprocesses);
}

static void write_paused(const struct report *report, FILE *out)
{
    summary_seconds(out, report->model->sums.paused, summary_decimals(report->model));
    fputs(report->model->nprocesses > 1 ? " s, all processes together" : " s", out);
}

static int add_warnings(struct summary *summary, const struct report *report)
{
    const struct model *model = report->model;

    if (model->sums.paused && add(summary, "Paused", false, write_paused, report) < 0)
        return -1;
    if ((model->nfilters || model->sums.removed) && add(summary, "Filtered", true, write_filtered, report) < 0)
        return -1;
    if ((report->damages->total || model->loss.blocks) && add(summary, "Damaged", true, write_damage, report) < 0)
        return -1;
    if (model->cut && add(summary, "Cut", true, write_cut, report) < 0)
        return -1;
    return model->running ? add(summary, "Running", false, write_running, report) : 0;
}

struct summary *summary_new(const struct report *report)
{
    struct summary *summary = calloc(1, sizeof *summary);
    const struct sums *sums = &report->model->sums;

    if (!summary)
        return NULL;
    if (add(summary, "Program", false, write_program, report) == 0 &&
        add(summary, "Recorded", false, write_recorded, report) == 0 &&
        add(summary, "Duration", false, write_duration, report) == 0 &&
        add(summary, "Sampling", sums->missed || sums->overflow || sums->doubted, write_sampling, report) == 0 &&
        (!(report->model->root || report->model->cpu) || add(summary, "Shown", false, write_shown, report) == 0) &&
        add_warnings(summary, report) == 0)
        return summary;
    summary_free(summary);
    return NULL;
}

void summary_free(struct summary *summary)
{
    if (!summary)
        return;
    for (size_t i = 0; i < summary->count; i++)
        free((char *)summary->items[i].value.bytes);
    free(summary);
}

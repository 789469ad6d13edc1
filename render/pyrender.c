/*
 * pyrender: recordings of pyrec as reports; see pyrender(1)
 */
#include "compare.h"
#include "live.h"
#include "options.h"
#include "select.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_OVER_LIMIT = 3 };

__attribute__((format(printf, 1, 2))) static int refuse(const char *message, ...)
{
    va_list arguments;

    va_start(arguments, message);
    fputs("pyrender: ", stderr);
    vfprintf(stderr, message, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return -1;
}

static void report_damage(const struct input_damage *damage)
{
    refuse("'%s': byte %" PRIu64 ": %s (%" PRIu64 " bytes skipped)", damage->file, damage->offset,
           damage->reason.message, damage->size);
}

static int select_part(const struct options *options, struct model *model)
{
    int matched = options->root ? select_root(model, options->root, &options->root_regex) : 1;

    if (matched < 0)
        return refuse("out of memory");
    if (!matched)
        return refuse("--root '%s': no function with samples has such a name", options->root);
    if (options->cpu && !select_cpu(model))
        return refuse("--time cpu: there is no CPU time in the samples");
    return 0;
}

/* `file`: whose error it is; NULL: none's. */
static int refuse_input(const char *file, const struct pyprof_error *error)
{
    if (!file)
        return refuse("%s", error->message);
    if (error->code == PYPROF_SYSTEM)
        return refuse("'%s': %s", file, error->message);
    return refuse("'%s': byte %" PRIu64 ": %s", file, error->offset, error->message);
}

static void report_more(const struct input_damages *damages)
{
    if (damages->total > INPUT_DAMAGES_REPORTED)
        refuse("%" PRIu64 " more pieces are unreadable, %" PRIu64 " bytes in all",
               damages->total - INPUT_DAMAGES_REPORTED, damages->bytes);
}

static int read_input(const struct options *options, const struct input *input, struct model *model,
                      struct input_damages *damages)
{
    struct pyprof_error error = {0};
    const char *file = NULL;

    if (input_read(input, model, damages, &file, &error) < 0)
        return refuse_input(file, &error);
    if (model_finish(model, &options->patterns) < 0)
        return refuse("out of memory");
    if (select_part(options, model) < 0)
        return -1;
    report_more(damages);
    if (model->loss.blocks)
        refuse("%" PRIu64 " blocks and %" PRIu64 " samples are known to be missing", model->loss.blocks,
               model->loss.samples);
    if (model->cut)
        refuse("the stream ends before the recording did, for %zu of %zu processes", model->cut, model->nprocesses);
    return 0;
}

static FILE *open_output(const char *output)
{
    return output && !options_is_dash(output) ? fopen(output, "we") : stdout;
}

/* A reader that went away is no error worth a word. */
static int close_output(FILE *out, const char *output)
{
    bool failed = ferror(out) || fflush(out) != 0;
    int number = errno;

    if (fclose(out) != 0 && !failed) {
        failed = true;
        number = errno;
    }
    if (failed && number != EPIPE)
        refuse("'%s': %s", out == stdout ? "<stdout>" : output, strerror(number));
    return failed ? -1 : 0;
}

/* What is read, rendered and checked: the side of the new runs is all there is without a baseline. */
struct work {
    struct model *models[DIFF_SIDES];
    struct input_damages damages[DIFF_SIDES];
    struct report reports[DIFF_SIDES];
    struct comparison comparison;
};

static int read_side(const struct options *options, struct work *work, enum diff_side side)
{
    struct input input = options->input;
    struct model *model = work->models[side] = model_new();

    if (side == DIFF_OLD) {
        input.files = options->baseline;
        input.nfiles = options->nbaseline;
    }
    if (!model)
        return refuse("out of memory");
    work->reports[side] = (struct report){.model = model, .damages = &work->damages[side]};
    work->comparison.side[side] = &work->reports[side];
    if (read_input(options, &input, model, &work->damages[side]) < 0)
        return -1;
    if (options->nbaseline && !model->nprocesses)
        return refuse("'%s': no recording to compare", input.files[0]);
    return 0;
}

static int read_sides(const struct options *options, struct work *work)
{
    if (options->nbaseline && read_side(options, work, DIFF_OLD) < 0)
        return -1;
    if (read_side(options, work, DIFF_NEW) < 0)
        return -1;
    if (!options->nbaseline && !options->nlimits)
        return 0;
    work->comparison.normalize = options->normalize;
    work->comparison.plain = comparison_diff(&work->comparison, NULL);
    return work->comparison.plain ? 0 : refuse("out of memory");
}

static int write_output(struct options *options, const struct work *work)
{
    FILE *out = open_output(options->output);
    int result;

    if (!out)
        return refuse("'%s': %s", options->output, strerror(errno));
    looks_choose(&options->looks, &options->render, out);
    if (options->nbaseline)
        result = options->renderer->compare(&work->comparison, &options->render, out);
    else
        result = options->renderer->render(&work->reports[DIFF_NEW], &options->render, out);
    if (result < 0)
        refuse("out of memory");
    return close_output(out, options->output) < 0 ? -1 : result;
}

static int check_limits(const struct options *options, const struct work *work)
{
    int over = limits_check(options->limits, options->nlimits, work->comparison.plain,
                            comparison_decimals(&work->comparison), stderr);

    return over < 0 ? refuse("out of memory") : over;
}

/* The exit status. */
static int run(struct options *options)
{
    struct work work = {0};
    int result = read_sides(options, &work), over = 0;

    if (result == 0) {
        result = write_output(options, &work);
        over = check_limits(options, &work);
    }
    diff_free(work.comparison.plain);
    for (int side = 0; side < DIFF_SIDES; side++) {
        input_damages_free(&work.damages[side]);
        model_free(work.models[side]);
    }
    if (result < 0 || over < 0)
        return EXIT_FAILURE;
    return over ? EXIT_OVER_LIMIT : EXIT_SUCCESS;
}

/* The exit status. */
static int run_live(const struct options *options)
{
    const struct live_options live = {.file = options->input.files[0],
                                      .patterns = &options->patterns,
                                      .sort = options->render.sort,
                                      .cpu = options->cpu,
                                      .color = looks_want_color(options->looks.color, STDOUT_FILENO),
                                      .unicode = looks_have_unicode() && options->looks.unicode != 0};
    struct live_outcome outcome = {0};
    struct pyprof_error error = {0};
    int result;

    if (!isatty(STDOUT_FILENO)) {
        refuse("--live draws on a terminal, and stdout is none");
        return EXIT_FAILURE;
    }
    result = live_run(&live, stdout, &outcome, &error);
    for (size_t i = 0; i < outcome.damages.count && i < INPUT_DAMAGES_REPORTED; i++)
        report_damage(&outcome.damages.items[i]);
    report_more(&outcome.damages);
    input_damages_free(&outcome.damages);
    if (result < 0)
        refuse_input(outcome.file, &error);
    if (outcome.cut)
        refuse("the stream ends before the recording did");
    if (outcome.signal) {
        signal(outcome.signal, SIG_DFL);
        raise(outcome.signal);
    }
    return close_output(stdout, NULL) < 0 || result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options options;
    int status = EXIT_SUCCESS;

    setlocale(LC_CTYPE, "");
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_HELP:
        options_usage(stdout);
        break;
    case OPTIONS_VERSION:
        puts("pyrender " PYREC_VERSION);
        break;
    case OPTIONS_WRONG:
        if (*options.wrong)
            refuse("%s", options.wrong);
        options_usage(stderr);
        status = EXIT_USAGE;
        break;
    case OPTIONS_RUN:
        options.input.report = report_damage;
        status = options.renderer->render ? run(&options) : run_live(&options);
    }
    options_free(&options);
    return status;
}

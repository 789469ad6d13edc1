/*
 * pyrender: recordings of pyrec as reports; see pyrender(1)
 */
#include "input.h"
#include "render.h"
#include "summary.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

/* The command line. */
struct options {
    const struct renderer *renderer;
    struct render_options render;
    const char *output; /* NULL or "-": stdout */
    struct model_patterns patterns;
    const char **hide, **show; /* room for as many as there are arguments */
    int color, unicode;        /* 1: yes, 0: no, -1: not said */
    struct input input;
};

static void usage(FILE *out)
{
    fputs("usage: pyrender [--text | --html | --collapsed] [-o file] [--combine]\n"
          "                [--percent] [--threshold percent] [--show-all]\n"
          "                [--hide glob] [--show glob] [--color | --no-color]\n"
          "                [--unicode | --no-unicode] [file ... | -]\n"
          "       pyrender --help | --version\n",
          out);
}

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

static int parse_percent(const char *text, double *percent)
{
    char *end;

    errno = 0;
    *percent = strtod(text, &end);
    if (*end == '%')
        end++;
    if (errno || end == text || *end || !(*percent >= 0 && *percent <= 100))
        return refuse("'%s': not a share from 0 to 100 percent", text);
    return 0;
}

enum {
    OPTION_HELP = 256,
    OPTION_VERSION,
    OPTION_COMBINE,
    OPTION_PERCENT,
    OPTION_THRESHOLD,
    OPTION_SHOW_ALL,
    OPTION_HIDE,
    OPTION_SHOW,
    OPTION_COLOR,
    OPTION_NO_COLOR,
    OPTION_UNICODE,
    OPTION_NO_UNICODE,
    OPTION_RENDERER, /* and those after it: by index into renderers */
};

static int set_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case 'o':
        options->output = value;
        return 0;
    case OPTION_COMBINE:
        options->render.combine = true;
        return 0;
    case OPTION_PERCENT:
        options->render.percent = true;
        return 0;
    case OPTION_THRESHOLD:
        return parse_percent(value, &options->render.threshold);
    case OPTION_SHOW_ALL:
        options->render.all = true;
        return 0;
    case OPTION_HIDE:
        options->hide[options->patterns.nhide++] = value;
        return 0;
    case OPTION_SHOW:
        options->show[options->patterns.nshow++] = value;
        return 0;
    case OPTION_COLOR:
    case OPTION_NO_COLOR:
        options->color = option == OPTION_COLOR;
        return 0;
    case OPTION_UNICODE:
    case OPTION_NO_UNICODE:
        options->unicode = option == OPTION_UNICODE;
        return 0;
    default:
        options->renderer = renderers[option - OPTION_RENDERER];
        return 0;
    }
}

static const struct option fixed_options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"output", required_argument, NULL, 'o'},
    {"combine", no_argument, NULL, OPTION_COMBINE},
    {"percent", no_argument, NULL, OPTION_PERCENT},
    {"threshold", required_argument, NULL, OPTION_THRESHOLD},
    {"show-all", no_argument, NULL, OPTION_SHOW_ALL},
    {"hide", required_argument, NULL, OPTION_HIDE},
    {"show", required_argument, NULL, OPTION_SHOW},
    {"color", no_argument, NULL, OPTION_COLOR},
    {"no-color", no_argument, NULL, OPTION_NO_COLOR},
    {"unicode", no_argument, NULL, OPTION_UNICODE},
    {"no-unicode", no_argument, NULL, OPTION_NO_UNICODE},
};

enum { FIXED_OPTIONS = sizeof fixed_options / sizeof *fixed_options, MOST_RENDERERS = 32 };

/* Renderers name their own options. */
static void list_options(struct option list[FIXED_OPTIONS + MOST_RENDERERS + 1])
{
    size_t n = FIXED_OPTIONS;

    memcpy(list, fixed_options, sizeof fixed_options);
    for (int i = 0; i < MOST_RENDERERS && renderers[i]; i++)
        list[n++] = (struct option){renderers[i]->name, no_argument, NULL, OPTION_RENDERER + i};
    list[n] = (struct option){0};
}

static bool is_dash(const char *name)
{
    return strcmp(name, "-") == 0;
}

/* What was not said follows from where the output goes. */
static int complete(struct options *options)
{
    static const char *const standard_input[] = {"-"};
    bool to_file = options->output && !is_dash(options->output);

    if (!options->renderer && to_file)
        options->renderer = renderer_for(options->output);
    if (!options->renderer)
        options->renderer = renderers[0];
    if (!options->input.nfiles) {
        if (isatty(STDIN_FILENO))
            return refuse("no file named, and stdin is a terminal");
        options->input.files = standard_input;
        options->input.nfiles = 1;
    }
    options->input.timed = options->renderer->timed;
    options->input.most_runs = options->renderer->most_runs;
    options->patterns.hide = options->hide;
    options->patterns.show = options->show;
    return 0;
}

/* 0: go on; 1: done, exit 0; -1: wrong. */
static int parse(struct options *options, int argc, char **argv)
{
    struct option list[FIXED_OPTIONS + MOST_RENDERERS + 1];
    int option;

    list_options(list);
    while ((option = getopt_long(argc, argv, "o:h", list, NULL)) != -1) {
        if (option == '?')
            return -1;
        if (option == OPTION_HELP || option == 'h') {
            usage(stdout);
            return 1;
        }
        if (option == OPTION_VERSION) {
            puts("pyrender " PYREC_VERSION);
            return 1;
        }
        if (set_option(options, option, optarg) < 0)
            return -1;
    }
    options->input.files = (const char *const *)argv + optind;
    options->input.nfiles = (size_t)(argc - optind);
    return complete(options);
}

/* https://no-color.org and https://bixense.com/clicolors: an empty variable is as good as none. */
static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

static bool wants_color(int said, int fd)
{
    const char *terminal = getenv("TERM");

    if (said >= 0)
        return said;
    if (is_set("NO_COLOR"))
        return false;
    if (is_set("CLICOLOR_FORCE") && strcmp(getenv("CLICOLOR_FORCE"), "0") != 0)
        return true;
    return isatty(fd) && !(terminal && strcmp(terminal, "dumb") == 0);
}

static void choose_looks(struct options *options, FILE *out)
{
    options->render.color = wants_color(options->color, fileno(out));
    options->render.unicode = options->unicode >= 0 ? options->unicode : strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void report_damage(const struct input_damage *damage)
{
    refuse("'%s': byte %" PRIu64 ": %s (%" PRIu64 " bytes skipped)", damage->file, damage->offset,
           damage->reason.message, damage->size);
}

static int read_input(const struct options *options, struct model *model, struct input_damages *damages)
{
    struct pyprof_error error = {0};
    const char *file = NULL;

    if (input_read(&options->input, model, damages, &file, &error) < 0) {
        if (!file)
            return refuse("%s", error.message);
        if (error.code == PYPROF_SYSTEM)
            return refuse("'%s': %s", file, error.message);
        return refuse("'%s': byte %" PRIu64 ": %s", file, error.offset, error.message);
    }
    if (model_finish(model, &options->patterns) < 0)
        return refuse("out of memory");
    if (damages->total > INPUT_DAMAGES_REPORTED)
        refuse("%" PRIu64 " more pieces are unreadable, %" PRIu64 " bytes in all",
               damages->total - INPUT_DAMAGES_REPORTED, damages->bytes);
    if (model->loss.blocks)
        refuse("%" PRIu64 " blocks and %" PRIu64 " samples are known to be missing", model->loss.blocks,
               model->loss.samples);
    if (model->cut)
        refuse("the stream ends before the recording did, for %zu of %zu processes", model->cut, model->nprocesses);
    return 0;
}

static FILE *open_output(const char *output)
{
    return output && !is_dash(output) ? fopen(output, "we") : stdout;
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

static int write_output(struct options *options, const struct report *report)
{
    FILE *out = open_output(options->output);
    int result;

    if (!out)
        return refuse("'%s': %s", options->output, strerror(errno));
    choose_looks(options, out);
    result = options->renderer->render(report, &options->render, out);
    if (result < 0)
        refuse("out of memory");
    return close_output(out, options->output) < 0 ? -1 : result;
}

static int run(struct options *options)
{
    struct model *model = model_new();
    struct input_damages damages = {0};
    struct report report = {.model = model, .damages = &damages};
    int result;

    if (!model)
        return refuse("out of memory");
    result = read_input(options, model, &damages);
    if (result == 0)
        result = write_output(options, &report);
    input_damages_free(&damages);
    model_free(model);
    return result;
}

int main(int argc, char **argv)
{
    struct options options = {.color = -1, .unicode = -1, .render.threshold = -1, .input.report = report_damage};
    int parsed, status;

    setlocale(LC_CTYPE, "");
    options.hide = calloc((size_t)argc, sizeof *options.hide);
    options.show = calloc((size_t)argc, sizeof *options.show);
    parsed = options.hide && options.show ? parse(&options, argc, argv) : refuse("out of memory");
    if (parsed < 0)
        usage(stderr);
    if (parsed)
        status = parsed < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else
        status = run(&options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    free(options.hide);
    free(options.show);
    return status;
}

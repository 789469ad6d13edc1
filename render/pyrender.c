/*
 * pyrender: recordings of pyrec as reports; see pyrender(1)
 */
#include "compare.h"
#include "grow.h"
#include "input.h"
#include "limit.h"
#include "live.h"
#include "looks.h"
#include "render.h"
#include "select.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <locale.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_OVER_LIMIT = 3 };

/* The command line. */
struct options {
    const struct renderer *renderer;
    struct render_options render;
    const char *output; /* NULL or "-": stdout */
    struct model_patterns patterns;
    const char **hide, **show; /* room for as many as there are arguments */
    struct looks looks;
    bool cpu;         /* --time cpu */
    const char *root; /* NULL: none; what it says, and what that means */
    regex_t root_regex;
    struct input input;
    const char **baseline; /* files of the baseline */
    size_t nbaseline, baseline_room;
    bool normalize;
    struct limit *limits; /* room for as many as there are arguments */
    size_t nlimits;
};

static void usage(FILE *out)
{
    fputs("usage: pyrender [--text | --flat | --lines | --timeline | --html | --collapsed]\n"
          "                [-o file] [--combine] [--root regex] [--time wall | cpu]\n"
          "                [--threshold percent] [--percent] [--sort self | total | name | samples]\n"
          "                [--invert] [--depth calls] [--show-all] [--hide glob] [--show glob]\n"
          "                [--width columns] [--color | --no-color] [--unicode | --no-unicode]\n"
          "                [--source] [--max-size bytes]\n"
          "                [--baseline file[,file ...]] [--normalize]\n"
          "                [--fail-if pattern:measure>limit] [file ... | -]\n"
          "       pyrender --live [--sort self | total | name] [--time wall | cpu]\n"
          "                [--hide glob] [--show glob] [--color | --no-color] [--no-unicode]\n"
          "                [file | -]\n"
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

/* A decimal number from `least` up to 1,000,000. */
static int parse_number(const char *text, const char *what, size_t least, size_t *number)
{
    enum { MOST = 1000000 };
    char *end;

    errno = 0;
    *number = strtoul(text, &end, 10);
    if (!strchr("0123456789", *text) || errno || end == text || *end || *number < least || *number > MOST)
        return refuse("'%s': not a number of %s %zu to %d", text, what, least, (int)MOST);
    return 0;
}

static int parse_width(const char *text, struct options *options)
{
    options->looks.width_said = true;
    options->render.width = 0;
    if (strcmp(text, "0") == 0)
        return 0;
    return parse_number(text, "columns: 0 for any, or from", LOOKS_LEAST_WIDTH, &options->render.width);
}

static int parse_depth(const char *text, uint32_t *depth)
{
    size_t number;

    if (parse_number(text, "calls from", 1, &number) < 0)
        return -1;
    *depth = (uint32_t)number;
    return 0;
}

static int parse_sort(const char *text, enum render_sort *sort)
{
    static const char *const names[] = {
        [SORT_SELF] = "self", [SORT_TOTAL] = "total", [SORT_NAME] = "name", [SORT_SAMPLES] = "samples"};

    for (size_t i = SORT_SELF; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *sort = (enum render_sort)i;
            return 0;
        }
    return refuse("'%s': rows are sorted by self, total, name or samples", text);
}

static int parse_time(const char *text, bool *cpu)
{
    *cpu = strcmp(text, "cpu") == 0;
    return *cpu || strcmp(text, "wall") == 0 ? 0 : refuse("'%s': time is wall or cpu", text);
}

static int parse_root(const char *text, struct options *options)
{
    char why[80];
    int code;

    if (options->root)
        return refuse("'%s': there is one root, and '%s' is it; 'a|b' matches either", text, options->root);
    code = regcomp(&options->root_regex, text, REG_EXTENDED | REG_NOSUB);
    if (code) {
        regerror(code, &options->root_regex, why, sizeof why);
        return refuse("'%s': not a regular expression: %s", text, why);
    }
    options->root = text;
    return 0;
}

/* Adds the files of a list with commas, in which they stay. */
static int add_baseline(struct options *options, char *list)
{
    const char *name;

    if (!*list || *list == ',' || strstr(list, ",,") || list[strlen(list) - 1] == ',')
        return refuse("'%s': an empty name of a file", list);
    while ((name = strsep(&list, ","))) {
        if (GROW(&options->baseline, &options->baseline_room, options->nbaseline + 1) < 0)
            return refuse("out of memory");
        options->baseline[options->nbaseline++] = name;
    }
    return 0;
}

static int add_limit(struct options *options, const char *text)
{
    const char *wrong = limit_parse(&options->limits[options->nlimits++], text);

    return wrong ? refuse("'%s': %s", text, wrong) : 0;
}

/* Bytes, or with K, M or G thousands, millions or thousands of millions of them. */
static int parse_size(const char *text, size_t *size)
{
    static const char suffixes[] = "KMG";
    char *end;
    double bytes, most = 1e12;

    errno = 0;
    bytes = strtod(text, &end);
    for (const char *suffix = suffixes; end > text && *suffix && *end; suffix++) {
        bytes *= 1000;
        if (*end == *suffix) {
            end++;
            break;
        }
    }
    if (errno || end == text || *end || !(bytes >= 1 && bytes <= most))
        return refuse("'%s': not a size in bytes, as 500K or 5M", text);
    *size = (size_t)bytes;
    return 0;
}

enum {
    OPTION_HELP = 256,
    OPTION_VERSION,
    OPTION_COMBINE,
    OPTION_PERCENT,
    OPTION_THRESHOLD,
    OPTION_SHOW_ALL,
    OPTION_SOURCE,
    OPTION_MAX_SIZE,
    OPTION_HIDE,
    OPTION_SHOW,
    OPTION_ROOT,
    OPTION_TIME,
    OPTION_INVERT,
    OPTION_DEPTH,
    OPTION_SORT,
    OPTION_WIDTH,
    OPTION_COLOR,
    OPTION_NO_COLOR,
    OPTION_UNICODE,
    OPTION_NO_UNICODE,
    OPTION_BASELINE,
    OPTION_NORMALIZE,
    OPTION_FAIL_IF,
    OPTION_RENDERER, /* and those after it: by index into renderers */
};

static int set_form(struct options *options, const struct renderer *renderer)
{
    if (options->renderer && options->renderer != renderer)
        return refuse("--%s and --%s: a report has one form", options->renderer->name, renderer->name);
    options->renderer = renderer;
    return 0;
}

static int set_option(struct options *options, int option, char *value)
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
    case OPTION_SOURCE:
        options->render.source = true;
        return 0;
    case OPTION_MAX_SIZE:
        return parse_size(value, &options->render.max_size);
    case OPTION_HIDE:
        options->hide[options->patterns.nhide++] = value;
        return 0;
    case OPTION_SHOW:
        options->show[options->patterns.nshow++] = value;
        return 0;
    case OPTION_ROOT:
        return parse_root(value, options);
    case OPTION_TIME:
        return parse_time(value, &options->cpu);
    case OPTION_INVERT:
        options->render.invert = true;
        return 0;
    case OPTION_DEPTH:
        return parse_depth(value, &options->render.depth);
    case OPTION_SORT:
        return parse_sort(value, &options->render.sort);
    case OPTION_WIDTH:
        return parse_width(value, options);
    case OPTION_COLOR:
    case OPTION_NO_COLOR:
        options->looks.color = option == OPTION_COLOR;
        return 0;
    case OPTION_UNICODE:
    case OPTION_NO_UNICODE:
        options->looks.unicode = option == OPTION_UNICODE;
        return 0;
    case OPTION_BASELINE:
        return add_baseline(options, value);
    case OPTION_NORMALIZE:
        options->normalize = true;
        return 0;
    case OPTION_FAIL_IF:
        return add_limit(options, value);
    default:
        return set_form(options, renderers[option - OPTION_RENDERER]);
    }
}

static const struct {
    const char *name;
    int argument, option;
    unsigned takes; /* what the renderer must take; 0: any does */
} fixed_options[] = {
    {"help", no_argument, OPTION_HELP, 0},
    {"version", no_argument, OPTION_VERSION, 0},
    {"output", required_argument, 'o', 0},
    {"combine", no_argument, OPTION_COMBINE, TAKES_COMBINE},
    {"percent", no_argument, OPTION_PERCENT, TAKES_PERCENT},
    {"threshold", required_argument, OPTION_THRESHOLD, TAKES_THRESHOLD},
    {"show-all", no_argument, OPTION_SHOW_ALL, TAKES_SHOW_ALL},
    {"hide", required_argument, OPTION_HIDE, TAKES_FOLDING},
    {"show", required_argument, OPTION_SHOW, TAKES_FOLDING},
    {"source", no_argument, OPTION_SOURCE, TAKES_SOURCE},
    {"max-size", required_argument, OPTION_MAX_SIZE, TAKES_MAX_SIZE},
    {"root", required_argument, OPTION_ROOT, 0},
    {"time", required_argument, OPTION_TIME, TAKES_TIME},
    {"invert", no_argument, OPTION_INVERT, TAKES_INVERT},
    {"depth", required_argument, OPTION_DEPTH, TAKES_DEPTH},
    {"sort", required_argument, OPTION_SORT, TAKES_SORT},
    {"width", required_argument, OPTION_WIDTH, TAKES_WIDTH},
    {"color", no_argument, OPTION_COLOR, 0},
    {"no-color", no_argument, OPTION_NO_COLOR, 0},
    {"unicode", no_argument, OPTION_UNICODE, 0},
    {"no-unicode", no_argument, OPTION_NO_UNICODE, 0},
    {"baseline", required_argument, OPTION_BASELINE, 0},
    {"normalize", no_argument, OPTION_NORMALIZE, 0},
    {"fail-if", required_argument, OPTION_FAIL_IF, 0},
};

enum { FIXED_OPTIONS = sizeof fixed_options / sizeof *fixed_options, MOST_RENDERERS = 32 };

/* Renderers name their own options. */
static void list_options(struct option list[FIXED_OPTIONS + MOST_RENDERERS + 1])
{
    size_t n = 0;

    for (; n < FIXED_OPTIONS; n++)
        list[n] = (struct option){fixed_options[n].name, fixed_options[n].argument, NULL, fixed_options[n].option};
    for (int i = 0; i < MOST_RENDERERS && renderers[i]; i++)
        list[n++] = (struct option){renderers[i]->name, no_argument, NULL, OPTION_RENDERER + i};
    list[n] = (struct option){0};
}

/* What the renderer does not take is refused by the name under which it was asked for. */
static int check_takes(const struct options *options, const bool said[FIXED_OPTIONS])
{
    unsigned takes = options->nbaseline ? options->renderer->compare_takes : options->renderer->takes;

    for (size_t i = 0; i < FIXED_OPTIONS; i++)
        if (said[i] && fixed_options[i].takes & ~takes)
            return refuse("--%s does not apply to --%s%s", fixed_options[i].name, options->renderer->name,
                          options->nbaseline ? " with a --baseline" : "");
    return 0;
}

static bool is_dash(const char *name)
{
    return strcmp(name, "-") == 0;
}

/* What else the live view cannot do: it is one stream's, on the terminal. */
static int check_live(const struct options *options)
{
    if (options->output)
        return refuse("--live shows a stream on the terminal: -o does not apply");
    if (options->nlimits)
        return refuse("--fail-if does not apply to --live");
    if (options->root)
        return refuse("--root does not apply to --live");
    if (options->render.sort == SORT_SAMPLES)
        return refuse("--live sorts by self, total or name");
    if (options->input.nfiles > 1)
        return refuse("--live shows one stream, and %zu files are named; pymerge makes one of them",
                      options->input.nfiles);
    return 0;
}

static bool names_stdin(const char *const *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_dash(files[i]))
            return true;
    return false;
}

/* What a baseline makes possible, and what it does not. */
static int check_baseline(const struct options *options)
{
    for (size_t i = 0; i < options->nlimits; i++)
        if (options->limits[i].change && !options->nbaseline)
            return refuse("'%s': a change needs a --baseline", options->limits[i].text);
    if (!options->nbaseline)
        return options->normalize ? refuse("--normalize needs a --baseline") : 0;
    if (!options->renderer->compare)
        return refuse("--%s does not show differences; --text, --flat, --html and --collapsed do",
                      options->renderer->name);
    if (names_stdin(options->baseline, options->nbaseline) &&
        names_stdin(options->input.files, options->input.nfiles))
        return refuse("the standard input cannot be both the baseline and what is compared with it");
    return 0;
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
    options->input.timed = options->renderer->timed || options->nbaseline || options->nlimits;
    options->input.most_runs = options->renderer->most_runs;
    options->patterns.hide = options->hide;
    options->patterns.show = options->show;
    if (check_baseline(options) < 0)
        return -1;
    return options->renderer->render ? 0 : check_live(options);
}

/* 0: go on; 1: done, exit 0; -1: wrong. */
static int parse(struct options *options, int argc, char **argv)
{
    struct option list[FIXED_OPTIONS + MOST_RENDERERS + 1];
    bool said[FIXED_OPTIONS] = {false};
    int option, index = -1;

    list_options(list);
    while ((option = getopt_long(argc, argv, "o:h", list, &index)) != -1) {
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
        if (index >= 0 && index < FIXED_OPTIONS)
            said[index] = true;
        index = -1;
    }
    options->input.files = (const char *const *)argv + optind;
    options->input.nfiles = (size_t)(argc - optind);
    return complete(options) < 0 ? -1 : check_takes(options, said);
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
    struct options options = {
        .looks = {.color = -1, .unicode = -1}, .render.threshold = -1, .input.report = report_damage};
    int parsed, status;

    setlocale(LC_CTYPE, "");
    options.hide = calloc((size_t)argc, sizeof *options.hide);
    options.show = calloc((size_t)argc, sizeof *options.show);
    options.limits = calloc((size_t)argc, sizeof *options.limits);
    parsed = options.hide && options.show && options.limits ? parse(&options, argc, argv) : refuse("out of memory");
    if (parsed < 0)
        usage(stderr);
    if (parsed)
        status = parsed < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else
        status = options.renderer->render ? run(&options) : run_live(&options);
    if (options.root)
        regfree(&options.root_regex);
    free(options.hide);
    free(options.show);
    free(options.baseline);
    free(options.limits);
    return status;
}

#include "options.h"

#include "grow.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Keeps what is wrong; -1. */
__attribute__((format(printf, 2, 3))) static int refuse(struct options *options, const char *message, ...)
{
    va_list arguments;

    va_start(arguments, message);
    vsnprintf(options->wrong, sizeof options->wrong, message, arguments);
    va_end(arguments);
    return -1;
}

static int parse_percent(struct options *options, const char *text, double *percent)
{
    char *end;

    errno = 0;
    *percent = strtod(text, &end);
    if (*end == '%')
        end++;
    if (errno || end == text || *end || !(*percent >= 0 && *percent <= 100))
        return refuse(options, "'%s': not a share from 0 to 100 percent", text);
    return 0;
}

/* A decimal number from `least` up to 1,000,000. */
static int parse_number(struct options *options, const char *text, const char *what, size_t least, size_t *number)
{
    enum { MOST = 1000000 };
    char *end;

    errno = 0;
    *number = strtoul(text, &end, 10);
    if (!strchr("0123456789", *text) || errno || end == text || *end || *number < least || *number > MOST)
        return refuse(options, "'%s': not a number of %s %zu to %d", text, what, least, (int)MOST);
    return 0;
}

static int parse_width(const char *text, struct options *options)
{
    options->looks.width_said = true;
    options->render.width = 0;
    if (strcmp(text, "0") == 0)
        return 0;
    return parse_number(options, text, "columns: 0 for any, or from", LOOKS_LEAST_WIDTH, &options->render.width);
}

static int parse_depth(struct options *options, const char *text, uint32_t *depth)
{
    size_t number;

    if (parse_number(options, text, "calls from", 1, &number) < 0)
        return -1;
    *depth = (uint32_t)number;
    return 0;
}

static int parse_sort(struct options *options, const char *text, enum render_sort *sort)
{
    static const char *const names[] = {
        [SORT_SELF] = "self", [SORT_TOTAL] = "total", [SORT_NAME] = "name", [SORT_SAMPLES] = "samples"};

    for (size_t i = SORT_SELF; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *sort = (enum render_sort)i;
            return 0;
        }
    return refuse(options, "'%s': rows are sorted by self, total, name or samples", text);
}

static int parse_time(struct options *options, const char *text, bool *cpu)
{
    *cpu = strcmp(text, "cpu") == 0;
    return *cpu || strcmp(text, "wall") == 0 ? 0 : refuse(options, "'%s': time is wall or cpu", text);
}

static int parse_root(const char *text, struct options *options)
{
    char why[80];
    int code;

    if (options->root)
        return refuse(options, "'%s': there is one root, and '%s' is it; 'a|b' matches either", text, options->root);
    code = regcomp(&options->root_regex, text, REG_EXTENDED | REG_NOSUB);
    if (code) {
        regerror(code, &options->root_regex, why, sizeof why);
        return refuse(options, "'%s': not a regular expression: %s", text, why);
    }
    options->root = text;
    return 0;
}

/* Adds the files of a list with commas, in which they stay. */
static int add_baseline(struct options *options, char *list)
{
    const char *name;

    if (!*list || *list == ',' || strstr(list, ",,") || list[strlen(list) - 1] == ',')
        return refuse(options, "'%s': an empty name of a file", list);
    while ((name = strsep(&list, ","))) {
        if (GROW(&options->baseline, &options->baseline_room, options->nbaseline + 1) < 0)
            return refuse(options, "out of memory");
        options->baseline[options->nbaseline++] = name;
    }
    return 0;
}

static int add_limit(struct options *options, const char *text)
{
    const char *wrong = limit_parse(&options->limits[options->nlimits++], text);

    return wrong ? refuse(options, "'%s': %s", text, wrong) : 0;
}

/* Bytes, or with K, M or G thousands, millions or thousands of millions of them. */
static int parse_size(struct options *options, const char *text, size_t *size)
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
        return refuse(options, "'%s': not a size in bytes, as 500K or 5M", text);
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
        return refuse(options, "--%s and --%s: a report has one form", options->renderer->name, renderer->name);
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
        return parse_percent(options, value, &options->render.threshold);
    case OPTION_SHOW_ALL:
        options->render.all = true;
        return 0;
    case OPTION_SOURCE:
        options->render.source = true;
        return 0;
    case OPTION_MAX_SIZE:
        return parse_size(options, value, &options->render.max_size);
    case OPTION_HIDE:
        options->hide[options->patterns.nhide++] = value;
        return 0;
    case OPTION_SHOW:
        options->show[options->patterns.nshow++] = value;
        return 0;
    case OPTION_ROOT:
        return parse_root(value, options);
    case OPTION_TIME:
        return parse_time(options, value, &options->cpu);
    case OPTION_INVERT:
        options->render.invert = true;
        return 0;
    case OPTION_DEPTH:
        return parse_depth(options, value, &options->render.depth);
    case OPTION_SORT:
        return parse_sort(options, value, &options->render.sort);
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
static int check_takes(struct options *options, const bool said[FIXED_OPTIONS])
{
    unsigned takes = options->nbaseline ? options->renderer->compare_takes : options->renderer->takes;

    for (size_t i = 0; i < FIXED_OPTIONS; i++)
        if (said[i] && fixed_options[i].takes & ~takes)
            return refuse(options, "--%s does not apply to --%s%s", fixed_options[i].name, options->renderer->name,
                          options->nbaseline ? " with a --baseline" : "");
    return 0;
}

bool options_is_dash(const char *name)
{
    return strcmp(name, "-") == 0;
}

/* What else the live view cannot do: it is one stream's, on the terminal. */
static int check_live(struct options *options)
{
    if (options->output)
        return refuse(options, "--live shows a stream on the terminal: -o does not apply");
    if (options->nlimits)
        return refuse(options, "--fail-if does not apply to --live");
    if (options->root)
        return refuse(options, "--root does not apply to --live");
    if (options->render.sort == SORT_SAMPLES)
        return refuse(options, "--live sorts by self, total or name");
    if (options->input.nfiles > 1)
        return refuse(options, "--live shows one stream, and %zu files are named; pymerge makes one of them",
                      options->input.nfiles);
    return 0;
}

static bool names_stdin(const char *const *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (options_is_dash(files[i]))
            return true;
    return false;
}

/* What a baseline makes possible, and what it does not. */
static int check_baseline(struct options *options)
{
    for (size_t i = 0; i < options->nlimits; i++)
        if (options->limits[i].change && !options->nbaseline)
            return refuse(options, "'%s': a change needs a --baseline", options->limits[i].text);
    if (!options->nbaseline)
        return options->normalize ? refuse(options, "--normalize needs a --baseline") : 0;
    if (!options->renderer->compare)
        return refuse(options, "--%s does not show differences; --text, --flat, --html and --collapsed do",
                      options->renderer->name);
    if (names_stdin(options->baseline, options->nbaseline) &&
        names_stdin(options->input.files, options->input.nfiles))
        return refuse(options, "the standard input cannot be both the baseline and what is compared with it");
    return 0;
}

/* What was not said follows from where the output goes. */
static int complete(struct options *options)
{
    static const char *const standard_input[] = {"-"};
    bool to_file = options->output && !options_is_dash(options->output);

    if (!options->renderer && to_file)
        options->renderer = renderer_for(options->output);
    if (!options->renderer)
        options->renderer = renderers[0];
    if (!options->input.nfiles) {
        if (isatty(STDIN_FILENO))
            return refuse(options, "no file named, and stdin is a terminal");
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

static enum options_result parse(struct options *options, int argc, char **argv)
{
    struct option list[FIXED_OPTIONS + MOST_RENDERERS + 1];
    bool said[FIXED_OPTIONS] = {false};
    int option, index = -1;

    list_options(list);
    while ((option = getopt_long(argc, argv, "o:h", list, &index)) != -1) {
        if (option == '?')
            return OPTIONS_WRONG;
        if (option == OPTION_HELP || option == 'h')
            return OPTIONS_HELP;
        if (option == OPTION_VERSION)
            return OPTIONS_VERSION;
        if (set_option(options, option, optarg) < 0)
            return OPTIONS_WRONG;
        if (index >= 0 && index < FIXED_OPTIONS)
            said[index] = true;
        index = -1;
    }
    options->input.files = (const char *const *)argv + optind;
    options->input.nfiles = (size_t)(argc - optind);
    return complete(options) < 0 || check_takes(options, said) < 0 ? OPTIONS_WRONG : OPTIONS_RUN;
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){.looks = {.color = -1, .unicode = -1}, .render.threshold = -1};
    options->hide = calloc((size_t)argc, sizeof *options->hide);
    options->show = calloc((size_t)argc, sizeof *options->show);
    options->limits = calloc((size_t)argc, sizeof *options->limits);
    if (options->hide && options->show && options->limits)
        return parse(options, argc, argv);
    refuse(options, "out of memory");
    return OPTIONS_WRONG;
}

void options_free(struct options *options)
{
    if (options->root)
        regfree(&options->root_regex);
    free(options->hide);
    free(options->show);
    free(options->baseline);
    free(options->limits);
}

void options_usage(FILE *out)
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

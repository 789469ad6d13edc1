/*
 * pymerge: filter and combine streams; see pymerge(1)
 */
#include "merge/filter.h"
#include "merge/input.h"
#include "merge/merge.h"
#include "merge/output.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

struct options {
    struct filter *filter;
    const char *output; /* NULL: the standard output */
    char **files;
    int count;
};

static void parse(struct options *, int argc, char *argv[]);
static void add_filter(struct options *, int kind, const char *value);
static void check_files(const struct options *);
static struct input *look_at_inputs(const struct options *);
static int open_output(const struct options *, const struct input *inputs);
static int merge(const struct options *, struct input *inputs, int fd);
static void survive_one_interrupt(void);
static int report(const struct input *);
static void usage(FILE *to);
static void complain(const char *message, ...) __attribute__((format(printf, 1, 2)));
static void fail_usage(const char *message, ...) __attribute__((format(printf, 1, 2), noreturn));

int main(int argc, char *argv[])
{
    struct options options = {0};
    int status = EXIT_SUCCESS;

    options.filter = filter_new();
    if (!options.filter) {
        complain("out of memory");
        return EXIT_FAILURE;
    }
    parse(&options, argc, argv);
    check_files(&options);
    struct input *inputs = look_at_inputs(&options);
    int fd = inputs ? open_output(&options, inputs) : -1;
    if (fd < 0 || merge(&options, inputs, fd) < 0)
        status = EXIT_FAILURE;
    for (int i = 0; inputs && i < options.count; i++)
        if (report(&inputs[i]) < 0)
            status = EXIT_FAILURE;
    free(inputs);
    filter_free(options.filter);
    return status;
}

static void parse(struct options *options, int argc, char *argv[])
{
    enum { HELP = FILTER_KINDS, VERSION };
    static const struct option names[] = {
        {"thread", required_argument, NULL, FILTER_THREAD},
        {"pid", required_argument, NULL, FILTER_PID},
        {"path", required_argument, NULL, FILTER_PATH},
        {"exclude-path", required_argument, NULL, FILTER_CUT},
        {"function", required_argument, NULL, FILTER_FUNCTION},
        {"state", required_argument, NULL, FILTER_STATE},
        {"since", required_argument, NULL, FILTER_SINCE},
        {"until", required_argument, NULL, FILTER_UNTIL},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {0},
    };
    static char *standard_input[] = {"-", NULL};
    int option;
    while ((option = getopt_long(argc, argv, ":o:h", names, NULL)) != -1) {
        switch (option) {
        case 'o':
            options->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
            break;
        case 'h':
        case HELP:
            usage(stdout);
            exit(EXIT_SUCCESS);
        case VERSION:
            puts("pymerge " PYREC_VERSION);
            exit(EXIT_SUCCESS);
        case ':':
            fail_usage("option '%s' needs a value", argv[optind - 1]);
        case '?':
            if (optopt)
                fail_usage("unknown option '-%c'", optopt);
            fail_usage("unknown option '%s'", argv[optind - 1]);
        default:
            add_filter(options, option, optarg);
        }
    }
    struct filter_error error = {""};
    if (filter_done(options->filter, &error) < 0)
        fail_usage("%s", error.message);
    options->files = optind < argc ? argv + optind : standard_input;
    options->count = optind < argc ? argc - optind : 1;
}

static void add_filter(struct options *options, int kind, const char *value)
{
    struct filter_error error = {""};
    if (filter_add(options->filter, (enum filter_kind)kind, value, &error) < 0)
        fail_usage("%s", error.message);
}

static void check_files(const struct options *options)
{
    int standard = 0;
    for (int i = 0; i < options->count; i++)
        standard += strcmp(options->files[i], "-") == 0;
    if (standard > 1)
        fail_usage("'-', the standard input, is named more than once");
    if (standard && isatty(STDIN_FILENO))
        fail_usage("the standard input is a terminal: name files, or pipe a stream in");
    if (!options->output && isatty(STDOUT_FILENO))
        fail_usage(
            "the standard output is a terminal, and a stream is not for reading: name a file with -o, or pipe it");
}

static struct input *look_at_inputs(const struct options *options)
{
    struct input *inputs = calloc((size_t)options->count, sizeof *inputs);
    if (!inputs)
        complain("out of memory");
    for (int i = 0; inputs && i < options->count; i++)
        input_look(&inputs[i], options->files[i]);
    return inputs;
}

/* Whether the output is one of the inputs: writing it would destroy what is to be read. */
static bool is_input(const struct options *options, const struct input *inputs, const struct stat *output)
{
    for (int i = 0; i < options->count; i++) {
        const struct stat *file = &inputs[i].file;
        if (inputs[i].usable && S_ISREG(output->st_mode) && file->st_dev == output->st_dev &&
            file->st_ino == output->st_ino) {
            complain("'%s': is an input and the output", inputs[i].path);
            return true;
        }
    }
    return false;
}

/* The descriptor to write to, or -1.  A file is not touched if there is nothing to read, or if it is an input. */
static int open_output(const struct options *options, const struct input *inputs)
{
    struct stat file;
    bool usable = false;
    for (int i = 0; i < options->count; i++)
        usable = usable || inputs[i].usable;
    if (!usable)
        return -1;
    if (!options->output) {
        if (fstat(STDOUT_FILENO, &file) < 0) {
            complain("standard output: %s", strerror(errno));
            return -1;
        }
        return is_input(options, inputs, &file) ? -1 : STDOUT_FILENO;
    }
    if (stat(options->output, &file) == 0 && is_input(options, inputs, &file))
        return -1;
    int fd = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0)
        complain("'%s': %s", options->output, strerror(errno));
    else if (isatty(fd))
        fail_usage("'%s' is a terminal, and a stream is not for reading", options->output);
    return fd;
}

static int complain_of_output(const struct options *options, int code)
{
    /* Who no longer reads knows why. */
    if (code == EPIPE)
        return -1;
    if (options->output)
        complain("'%s': %s", options->output, strerror(code));
    else
        complain("standard output: %s", strerror(code));
    return -1;
}

static int merge(const struct options *options, struct input *inputs, int fd)
{
    struct output *output = output_new(fd);
    struct pyprof_error error = {0};
    size_t count = (size_t)options->count;
    bool files = true;
    int status = -1;
    for (size_t i = 0; i < count; i++)
        files = files && (!inputs[i].usable || input_is_file(&inputs[i]));
    if (!output) {
        pyprof_fail(&error, PYPROF_MEMORY, 0, "out of memory");
    } else if (files) {
        status = merge_files(inputs, count, options->filter, output, &error);
    } else {
        survive_one_interrupt();
        status = merge_live(inputs, count, options->filter, output, &error);
    }
    if (output && !output_errno(output))
        output_flush(output);
    int code = output ? output_errno(output) : 0;
    output_free(output);
    if (close(fd) < 0 && !code)
        code = errno;
    if (code)
        return complain_of_output(options, code);
    if (status < 0)
        complain("%s", error.message);
    return status;
}

static void take_note(int signal)
{
    (void)signal;
}

/*
 * Ctrl-C in a terminal interrupts a whole pipeline, and the recorder that it was meant for still has things to say:
 * the first one is left to it.  The second one ends this process too.
 */
static void survive_one_interrupt(void)
{
    struct sigaction action = {.sa_handler = take_note, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    struct sigaction before;
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGINT, &action, NULL);
}

/* "1 block", "2 blocks" */
static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* Says what was missed of an input that was read. */
static void report_loss(const struct input *input, const char *name)
{
    const struct pyprof_reader_totals *totals = &input->totals;
    if (input->damage.code != PYPROF_OK)
        complain("'%s': byte %" PRIu64 ": %s", name, input->damage.offset, input->damage.message);
    if (totals->damages || totals->lost_blocks)
        complain("'%s': %" PRIu64 " byte%s skipped in %" PRIu64 " place%s; %" PRIu64 " block%s missing, with %" PRIu64
                 " known sample%s; the rest is merged",
                 name, totals->damaged_bytes, plural(totals->damaged_bytes), totals->damages, plural(totals->damages),
                 totals->lost_blocks, plural(totals->lost_blocks), totals->lost_samples,
                 plural(totals->lost_samples));
    if (input->unknown)
        complain("'%s': %" PRIu64 " sample%s removed of which it is not known whether the thread waited for the GIL",
                 name, input->unknown, plural(input->unknown));
    if (input->unfiltered)
        complain("'%s': %" PRIu64 " block%s left out, which the filter could not read", name, input->unfiltered,
                 plural(input->unfiltered));
}

/* Says what was wrong with an input; -1 if that makes it an error. */
static int report(const struct input *input)
{
    const char *name = strcmp(input->path, "-") == 0 ? "standard input" : input->path;
    if (input->totals.blocks)
        report_loss(input, name);
    if (input->failure.code != PYPROF_OK)
        complain("'%s': %s", name, input->failure.message);
    else if (input->whole && input->totals.bytes == 0)
        complain("'%s': empty: a stream has at least one block", name);
    else if (input->whole && input->totals.blocks == 0)
        complain("'%s': no stream: byte %" PRIu64 ": %s", name, input->damage.offset, input->damage.message);
    return input->failure.code != PYPROF_OK || input->totals.blocks == 0 ? -1 : 0;
}

static void usage(FILE *to)
{
    fputs("usage: pymerge [--thread GLOB] [--pid N] [--path GLOB] [--exclude-path GLOB] [--function REGEX]\n"
          "               [--state cpu|gil|gil-wait|gc|idle] [--since TIME] [--until TIME] [-o OUTPUT] [FILE ...]\n"
          "       pymerge --help | --version\n",
          to);
}

static void print_complaint(const char *message, va_list arguments)
{
    fputs("pymerge: ", stderr);
    vfprintf(stderr, message, arguments);
    putc('\n', stderr);
}

static void complain(const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    print_complaint(message, arguments);
    va_end(arguments);
}

static void fail_usage(const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    print_complaint(message, arguments);
    va_end(arguments);
    exit(EXIT_USAGE);
}

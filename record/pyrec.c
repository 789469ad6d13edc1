/* pyrec: records what the Python programs of one command do; see pyrec(1). */
#include "collect.h"
#include "interval.h"
#include "preload.h"
#include "remote/attach.h"
#include "remote/dump.h"
#include "show.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_UNPROFILED = 3, EXIT_SIGNAL = 128 };

/* Keys of options that have no letter. */
enum { OPTION_PYTHON = 256, OPTION_WAIT, OPTION_CHILDREN, OPTION_DUMP, OPTION_HELP, OPTION_VERSION };

static const char SYNOPSIS[] = "usage: pyrec [options] script.py [argument ...]\n"
                               "       pyrec [options] -m module [argument ...]\n"
                               "       pyrec [options] -c code [argument ...]\n"
                               "       pyrec [options] -- command [argument ...]\n"
                               "       pyrec [options] [--children] -p pid ...\n"
                               "       pyrec --dump -p pid ...\n";

static const char HELP[] = "Records the stacks of all Python threads and processes of a program.\n"
                           "\n"
                           "  -o FILE, --output FILE     write the stream to FILE; - is stdout\n"
                           "  -i TIME, --interval TIME   time between samples: 100us, 1ms, 0.01s; default 1ms\n"
                           "  -r HZ, --rate HZ           samples a second, instead of -i\n"
                           "  -d TIME, --duration TIME   stop recording after TIME; the program goes on\n"
                           "  -p PID, --pid PID          record a process that runs already; may be repeated\n"
                           "      --children             with -p: record its descendants too\n"
                           "      --dump                 with -p: print the stacks of all threads once\n"
                           "      --python PATH          the interpreter, instead of the python3 of the PATH\n"
                           "      --wait                 record until the program's last descendant has ended\n"
                           "  -q, --quiet                no summary at the end\n"
                           "      --help                 show this help\n"
                           "      --version              show the version\n"
                           "\n"
                           "Without -o, the call tree is shown at the end if stdout is a terminal; else the\n"
                           "stream goes to stdout, and the program's stdout to stderr.  See pyrec(1).\n";

enum run { RUN_SCRIPT, RUN_MODULE, RUN_CODE, RUN_COMMAND, RUN_ATTACH, RUN_DUMP };

enum { PIDS_MAX = 256 };

struct options {
    const char *output;
    uint64_t period;
    uint64_t duration; /* 0: none */
    const char *python;
    bool wait, children, quiet;
    enum run run;
    const char *what; /* module or code */
    char **rest;      /* of the command line, NULL at its end */
    pid_t pids[PIDS_MAX];
    size_t npids;
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    va_list arguments;

    fputs("pyrec: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static int usage(void)
{
    fputs(SYNOPSIS, stderr);
    return -1;
}

static int parse_interval(const char *text, bool rate, uint64_t *period)
{
    if (!(rate ? interval_parse_rate(text, period) : interval_parse(text, period)) || *period < INTERVAL_MIN ||
        *period > INTERVAL_MAX) {
        if (rate)
            say("'%s': not a rate from 0.1 to 20000 Hz", text);
        else
            say("'%s': not an interval from 50us to 10s", text);
        return -1;
    }
    return 0;
}

static int parse_duration(const char *text, uint64_t *duration)
{
    if (interval_parse(text, duration) && *duration > 0)
        return 0;
    say("'%s': not a time such as 30 or 0.5s", text);
    return -1;
}

static int add_pid(struct options *options, const char *text)
{
    char *end;
    long pid = strtol(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || pid <= 0 || pid > INT_MAX) {
        say("'%s': not a process id", text);
        return -1;
    }
    if (options->npids == PIDS_MAX) {
        say("more than %d processes", PIDS_MAX);
        return -1;
    }
    options->pids[options->npids++] = (pid_t)pid;
    return 0;
}

/* Stores option `key`; 0, 1 if it ends the options, -1 after an error. */
static int take_option(struct options *options, int key, char *value)
{
    switch (key) {
    case 'o':
        options->output = value;
        return 0;
    case 'i':
    case 'r':
        return parse_interval(value, key == 'r', &options->period);
    case 'd':
        return parse_duration(value, &options->duration);
    case 'q':
        options->quiet = true;
        return 0;
    case OPTION_PYTHON:
        options->python = value;
        return 0;
    case 'p':
        return add_pid(options, value);
    case OPTION_CHILDREN:
        options->children = true;
        return 0;
    case OPTION_DUMP:
        options->run = RUN_DUMP;
        return 0;
    case OPTION_WAIT:
        options->wait = true;
        return 0;
    case OPTION_HELP:
        printf("%s\n%s", SYNOPSIS, HELP);
        exit(EXIT_SUCCESS);
    case OPTION_VERSION:
        puts("pyrec " PYREC_VERSION);
        exit(EXIT_SUCCESS);
    case 'm':
    case 'c':
        options->run = key == 'm' ? RUN_MODULE : RUN_CODE;
        options->what = value;
        return 1;
    default:
        return usage(); /* getopt has said what is wrong */
    }
}

/* Checks what makes sense only together with -p. */
static int settle_attach(struct options *options, int taken)
{
    if (!options->npids) {
        say("%s needs a process: -p PID", options->run == RUN_DUMP ? "--dump" : "--children");
        return usage();
    }
    if (taken || *options->rest || options->python || options->wait) {
        say("-p records what runs already: there is nothing to start or to wait for");
        return usage();
    }
    if (options->run != RUN_DUMP)
        options->run = RUN_ATTACH;
    return 0;
}

static int parse(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {
        {"output", required_argument, NULL, 'o'},
        {"interval", required_argument, NULL, 'i'},
        {"rate", required_argument, NULL, 'r'},
        {"duration", required_argument, NULL, 'd'},
        {"python", required_argument, NULL, OPTION_PYTHON},
        {"pid", required_argument, NULL, 'p'},
        {"children", no_argument, NULL, OPTION_CHILDREN},
        {"dump", no_argument, NULL, OPTION_DUMP},
        {"wait", no_argument, NULL, OPTION_WAIT},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, OPTION_HELP},
        {"version", no_argument, NULL, OPTION_VERSION},
        {0},
    };
    int key, taken = 0, before = optind;

    *options = (struct options){.period = 1000000};
    while (taken == 0 && (key = getopt_long(argc, argv, "+o:i:r:d:p:qm:c:", names, NULL)) != -1) {
        taken = take_option(options, key, optarg);
        before = optind;
    }
    options->rest = argv + optind;
    if (taken < 0)
        return -1;
    if (options->npids || options->run == RUN_DUMP || options->children)
        return settle_attach(options, taken);
    if (taken == 0 && optind > before)
        options->run = RUN_COMMAND; /* what getopt stepped over was "--" */
    if (taken == 0 && !*options->rest) {
        say("nothing to run");
        return usage();
    }
    return 0;
}

/* The command to execute, in memory of its own. */
static char **command_line(const struct options *options)
{
    size_t n = 0, rest = 0;

    while (options->rest[rest])
        rest++;
    char **line = calloc(rest + 4, sizeof *line);
    if (!line)
        return NULL;
    if (options->run != RUN_COMMAND)
        line[n++] = (char *)(options->python ? options->python : "python3");
    if (options->run == RUN_MODULE || options->run == RUN_CODE) {
        line[n++] = (char *)(options->run == RUN_MODULE ? "-m" : "-c");
        line[n++] = (char *)options->what;
    }
    memcpy(line + n, options->rest, rest * sizeof *line);
    return line;
}

/* "-" is stdin; a folder or an archive with a __main__.py is a script too. */
static int check_script(const char *script)
{
    if (strcmp(script, "-") == 0 || access(script, R_OK) == 0)
        return 0;
    say("'%s': %s", script, strerror(errno));
    return -1;
}

/* Everything that is needed to record, and its end. */
struct session {
    struct recording recording;
    struct output *output;
    struct greet *greet;
    struct preload *preload;
    struct program *program;
    struct attach *attach;
};

/* What is needed to record programs that pyrec starts. */
static int prepare_agents(struct session *session)
{
    session->greet = greet_new();
    if (!session->greet) {
        say("cannot listen for agents: %s", strerror(errno));
        return -1;
    }
    session->preload = preload_new();
    if (!session->preload) {
        say("cannot find the agent 'libpyrec-agent.so': %s", strerror(errno));
        return -1;
    }
    return 0;
}

static int prepare(struct session *session, const struct options *options)
{
    char message[OUTPUT_MESSAGE_MAX];

    if (options->run != RUN_ATTACH && prepare_agents(session) < 0)
        return -1;
    session->output = output_open(options->output, message);
    if (!session->output) {
        say("%s", message);
        return -1;
    }
    recording_init(&session->recording, options->period);
    return 0;
}

/* Starts the program; 0 or the status to exit with. */
static int start(struct session *session, const struct options *options)
{
    char *hello = greet_value(session->greet, options->period);
    char **env = hello ? preload_env(session->preload, hello) : NULL;
    char **line = command_line(options);
    int status = EXIT_SUCCESS;

    if (env && line)
        session->program = program_start(line, env, options->wait);
    if (!session->program) {
        say("cannot run '%s': %s", line ? line[0] : "it", strerror(errno));
        status = options->run != RUN_COMMAND ? EXIT_FAILURE
                 : errno == ENOENT           ? PROGRAM_NOT_FOUND
                                             : PROGRAM_NOT_EXECUTABLE;
    }
    free(hello);
    free(line);
    return status;
}

/* Begins to sample what runs already; 0 or the status to exit with. */
static int attach(struct session *session, const struct options *options)
{
    const struct attach_plan plan = {
        .pids = options->pids,
        .n = options->npids,
        .children = options->children,
        .period = options->period,
        .say = say,
    };

    session->program = program_none(); /* before any sampler's thread, which inherits the mask */
    if (!session->program) {
        say("cannot take signals: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    session->attach = attach_new(&plan);
    return session->attach ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void finish(struct session *session)
{
    attach_free(session->attach);
    program_free(session->program);
    preload_free(session->preload);
    greet_free(session->greet);
    output_free(session->output);
}

static void summarize(const struct session *session, const struct collect_result *result)
{
    const struct process_sums *sums = &result->sums;
    uint64_t dropped = sums->missed + sums->overflow;
    double asked = 1e9 / (double)session->recording.period;
    const char *name = output_name(session->output);

    fprintf(stderr, "pyrec: %llu samples", (unsigned long long)sums->samples);
    if (sums->time)
        fprintf(stderr, " at %.6g of %.6g Hz", 1e9 * (double)sums->rounds / (double)sums->time, asked);
    fprintf(stderr, ", %llu dropped", (unsigned long long)dropped);
    if (dropped)
        fprintf(stderr, " (%llu missed, %llu overflow)", (unsigned long long)sums->missed,
                (unsigned long long)sums->overflow);
    if (sums->late)
        fprintf(stderr, ", %llu late", (unsigned long long)sums->late);
    fprintf(stderr, ", %llu process%s, %llu thread%s", (unsigned long long)sums->processes,
            sums->processes == 1 ? "" : "es", (unsigned long long)sums->threads, sums->threads == 1 ? "" : "s");
    fprintf(stderr, ", %llu bytes%s%s\n", (unsigned long long)output_bytes(session->output), name ? " in " : "",
            name ? name : "");
}

/* What there is to say and to show once the recording is over. */
static void report(const struct session *session, const struct options *options, const struct collect_result *result)
{
    int memory = output_memory(session->output);

    if (result->failed)
        return;
    if (result->sums.processes == 0 && result->unprofiled == 0)
        say("no python ran: nothing was recorded");
    else if (memory >= 0 && result->sums.processes && show_tree(session->program, memory) < 0)
        say("cannot show the call tree: no 'pyrender' beside pyrec or in the PATH");
    if (!options->quiet && result->sums.processes)
        summarize(session, result);
}

/* The status to exit with. */
static int conclude(const struct options *options, const struct collect_result *result, int status)
{
    if (WIFSIGNALED(status))
        return EXIT_SIGNAL + WTERMSIG(status);
    if (WEXITSTATUS(status) != EXIT_SUCCESS || result->failed || result->sums.processes)
        return WEXITSTATUS(status);
    if (result->unprofiled)
        return EXIT_UNPROFILED;
    return options->run == RUN_COMMAND ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int record(struct session *session, const struct options *options)
{
    struct collect_plan plan = {
        .recording = &session->recording,
        .greet = session->greet,
        .attach = session->attach,
        .output = session->output,
        .program = session->program,
        .duration = options->duration,
        .wait = options->wait,
        .say = say,
    };
    struct collect_result result;

    collect_run(&plan, &result);
    report(session, options, &result);
    if (session->attach)
        return result.failed || !result.sums.processes ? EXIT_FAILURE : EXIT_SUCCESS;
    return conclude(options, &result, collect_wait(&plan));
}

/* Prints all stacks of the processes once. */
static int dump(const struct options *options)
{
    int status = EXIT_SUCCESS;

    for (size_t i = 0; i < options->npids; i++) {
        char why[DUMP_WHY_MAX];
        if (i > 0)
            putchar('\n');
        if (dump_process(stdout, options->pids[i], why) == 0)
            continue;
        say("pid %d: %s", (int)options->pids[i], why);
        status = EXIT_FAILURE;
    }
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    struct session session = {0};
    int status = EXIT_FAILURE;

    setlinebuf(stderr); /* whole lines, between those of the program */
    if (parse(&options, argc, argv) < 0 || (options.run == RUN_SCRIPT && check_script(*options.rest) < 0))
        return EXIT_USAGE;
    if (options.run == RUN_DUMP)
        return dump(&options);
    if (prepare(&session, &options) == 0) {
        status = options.run == RUN_ATTACH ? attach(&session, &options) : start(&session, &options);
        if (status == EXIT_SUCCESS)
            status = record(&session, &options);
    }
    finish(&session);
    return status;
}

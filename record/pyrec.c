/* pyrec: records what the Python programs of one command do; see pyrec(1). */
#include "collect.h"
#include "options.h"
#include "preload.h"
#include "remote/attach.h"
#include "remote/dump.h"
#include "show.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_UNPROFILED = 3, EXIT_SIGNAL = 128 };

static const char SYNOPSIS[] = "usage: pyrec [options] script.py [argument ...]\n"
                               "       pyrec [options] -m module [argument ...]\n"
                               "       pyrec [options] -c code [argument ...]\n"
                               "       pyrec [options] -- command [argument ...]\n"
                               "       pyrec [options] [--children] -p pid ...\n"
                               "       pyrec --dump [--locals] -p pid ...\n";

static const char HELP[] =
    "Records the stacks of all Python threads and processes of a program.\n"
    "\n"
    "  -o FILE, --output FILE     write the stream to FILE; - is stdout\n"
    "  -i TIME, --interval TIME   time between samples: 100us, 1ms, 0.01s; default 1ms\n"
    "  -r HZ, --rate HZ           samples a second, instead of -i\n"
    "  -d TIME, --duration TIME   stop recording after TIME; the program goes on\n"
    "      --delay TIME           begin to record TIME after the start; inf: at SIGUSR1\n"
    "      --keep TIME            keep the last TIME in memory; write it at the end and at SIGHUP\n"
    "      --cpu-only             keep only samples of threads on a CPU\n"
    "      --gil-only             keep only samples of threads that have the GIL\n"
    "  -p PID, --pid PID          record a process that runs already; may be repeated\n"
    "      --children             with -p: record its descendants too\n"
    "      --dump                 with -p: print the stacks of all threads once\n"
    "      --locals               the local variables in the dump too\n"
    "      --python PATH          the interpreter, instead of the python3 of the PATH\n"
    "      --wait                 record until the program's last descendant has ended\n"
    "  -q, --quiet                no summary at the end\n"
    "      --help                 show this help\n"
    "      --version              show the version\n"
    "\n"
    "Without -o, the call tree is shown at the end if stdout is a terminal; else the\n"
    "stream goes to stdout, and the program's stdout to stderr.  See pyrec(1).\n";

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

/* Reads the command line; ends the process if there is nothing to be done by it. */
static void parse(struct options *options, int argc, char **argv)
{
    switch (options_parse(options, argc, argv, say)) {
    case OPTIONS_GOOD:
        return;
    case OPTIONS_HELP:
        printf("%s\n%s", SYNOPSIS, HELP);
        exit(EXIT_SUCCESS);
    case OPTIONS_VERSION:
        puts("pyrec " PYREC_VERSION);
        exit(EXIT_SUCCESS);
    case OPTIONS_USAGE:
        fputs(SYNOPSIS, stderr);
        exit(EXIT_USAGE);
    case OPTIONS_BAD:
        exit(EXIT_USAGE);
    }
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
    if (options->run != OPTIONS_COMMAND)
        line[n++] = (char *)(options->python ? options->python : "python3");
    if (options->run == OPTIONS_MODULE || options->run == OPTIONS_CODE) {
        line[n++] = (char *)(options->run == OPTIONS_MODULE ? "-m" : "-c");
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
    struct keep *keep;
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

static int prepare_keep(struct session *session, const struct options *options)
{
    bool file = options->output && strcmp(options->output, "-") != 0;

    session->recording.keeps = true;
    session->keep = keep_new(&session->recording, options->keep, file ? options->output : NULL);
    if (session->keep)
        return 0;
    say("out of memory");
    return -1;
}

static int prepare(struct session *session, const struct options *options)
{
    char message[OUTPUT_MESSAGE_MAX];

    if (options->run != OPTIONS_ATTACH && prepare_agents(session) < 0)
        return -1;
    session->output = output_open(options->output, message);
    if (!session->output) {
        say("%s", message);
        return -1;
    }
    recording_init(&session->recording, options->period);
    session->recording.states = options->states;
    if (options->keep && prepare_keep(session, options) < 0)
        return -1;
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
        status = options->run != OPTIONS_COMMAND ? EXIT_FAILURE
                 : errno == ENOENT               ? PROGRAM_NOT_FOUND
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
    keep_free(session->keep);
    output_free(session->output);
}

static void summarize(const struct session *session, const struct options *options,
                      const struct collect_result *result)
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
    if (sums->removed)
        fprintf(stderr, ", %llu left out", (unsigned long long)sums->removed);
    if (sums->late)
        fprintf(stderr, ", %llu late", (unsigned long long)sums->late);
    fprintf(stderr, ", %llu process%s, %llu thread%s", (unsigned long long)sums->processes,
            sums->processes == 1 ? "" : "es", (unsigned long long)sums->threads, sums->threads == 1 ? "" : "s");
    if (options->keep)
        fprintf(stderr, ", the last %.6g s kept", 1e-9 * (double)options->keep);
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
        summarize(session, options, result);
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
    return options->run == OPTIONS_COMMAND ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int record(struct session *session, const struct options *options)
{
    struct collect_plan plan = {
        .recording = &session->recording,
        .greet = session->greet,
        .attach = session->attach,
        .output = session->output,
        .keep = session->keep,
        .program = session->program,
        .delay = options->delay,
        .duration = options->duration,
        .wait = options->wait,
        .say = say,
    };
    struct collect_result result;

    if (session->keep)
        program_take_hangup(session->program);
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
        if (dump_process(stdout, options->pids[i], options->locals, why) == 0)
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
    parse(&options, argc, argv);
    if (options.run == OPTIONS_SCRIPT && check_script(*options.rest) < 0)
        return EXIT_USAGE;
    if (options.run == OPTIONS_DUMP)
        return dump(&options);
    if (prepare(&session, &options) == 0) {
        status = options.run == OPTIONS_ATTACH ? attach(&session, &options) : start(&session, &options);
        if (status == EXIT_SUCCESS)
            status = record(&session, &options);
    }
    finish(&session);
    return status;
}

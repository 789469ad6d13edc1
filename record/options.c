#include "options.h"

#include "format/samples.h"
#include "interval.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Keys of options that have no letter. */
enum {
    KEY_PYTHON = 256,
    KEY_WAIT,
    KEY_CHILDREN,
    KEY_DUMP,
    KEY_LOCALS,
    KEY_DELAY,
    KEY_KEEP,
    KEY_CPU_ONLY,
    KEY_GIL_ONLY,
    KEY_HELP,
    KEY_VERSION
};

static const struct option names[] = {
    {"output", required_argument, NULL, 'o'},
    {"interval", required_argument, NULL, 'i'},
    {"rate", required_argument, NULL, 'r'},
    {"duration", required_argument, NULL, 'd'},
    {"delay", required_argument, NULL, KEY_DELAY},
    {"keep", required_argument, NULL, KEY_KEEP},
    {"cpu-only", no_argument, NULL, KEY_CPU_ONLY},
    {"gil-only", no_argument, NULL, KEY_GIL_ONLY},
    {"python", required_argument, NULL, KEY_PYTHON},
    {"pid", required_argument, NULL, 'p'},
    {"children", no_argument, NULL, KEY_CHILDREN},
    {"dump", no_argument, NULL, KEY_DUMP},
    {"locals", no_argument, NULL, KEY_LOCALS},
    {"wait", no_argument, NULL, KEY_WAIT},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, KEY_HELP},
    {"version", no_argument, NULL, KEY_VERSION},
    {0},
};

static enum options_result take_interval(struct options *options, const char *text, options_say_fn *say)
{
    if (interval_parse(text, &options->period) && options->period >= INTERVAL_MIN && options->period <= INTERVAL_MAX)
        return OPTIONS_GOOD;
    say("'%s': not an interval from 50us to 10s", text);
    return OPTIONS_BAD;
}

static enum options_result take_rate(struct options *options, const char *text, options_say_fn *say)
{
    if (interval_parse_rate(text, &options->period) && options->period >= INTERVAL_MIN &&
        options->period <= INTERVAL_MAX)
        return OPTIONS_GOOD;
    say("'%s': not a rate from 0.1 to 20000 Hz", text);
    return OPTIONS_BAD;
}

static enum options_result take_time(uint64_t *time, const char *text, options_say_fn *say)
{
    if (interval_parse(text, time) && *time > 0)
        return OPTIONS_GOOD;
    say("'%s': not a time such as 30 or 0.5s", text);
    return OPTIONS_BAD;
}

static enum options_result take_delay(struct options *options, const char *text, options_say_fn *say)
{
    if (strcmp(text, "inf") == 0)
        options->delay = UINT64_MAX;
    else if (!interval_parse(text, &options->delay)) {
        say("'%s': not a time such as 30 or 0.5s, nor inf", text);
        return OPTIONS_BAD;
    }
    return OPTIONS_GOOD;
}

static enum options_result take_pid(struct options *options, const char *text, options_say_fn *say)
{
    char *end;
    long pid = strtol(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || pid <= 0 || pid > INT_MAX) {
        say("'%s': not a process id", text);
        return OPTIONS_BAD;
    }
    if (options->npids == OPTIONS_PIDS_MAX) {
        say("more than %d processes", OPTIONS_PIDS_MAX);
        return OPTIONS_BAD;
    }
    options->pids[options->npids++] = (pid_t)pid;
    return OPTIONS_GOOD;
}

/* Keeps samples in that state alone. */
static enum options_result take_state(struct options *options, uint32_t state, options_say_fn *say)
{
    if (options->states && options->states != state) {
        say("--cpu-only and --gil-only exclude each other; pymerge --state chooses afterwards");
        return OPTIONS_BAD;
    }
    options->states = state;
    return OPTIONS_GOOD;
}

/* Stores an option that has no value. */
static enum options_result take_flag(struct options *options, int key, options_say_fn *say)
{
    switch (key) {
    case 'q':
        options->quiet = true;
        return OPTIONS_GOOD;
    case KEY_CPU_ONLY:
        return take_state(options, PYPROF_ON_CPU, say);
    case KEY_GIL_ONLY:
        return take_state(options, PYPROF_HOLDS_GIL, say);
    case KEY_CHILDREN:
        options->children = true;
        return OPTIONS_GOOD;
    case KEY_DUMP:
        options->run = OPTIONS_DUMP;
        return OPTIONS_GOOD;
    case KEY_LOCALS:
        options->locals = true;
        return OPTIONS_GOOD;
    case KEY_WAIT:
        options->wait = true;
        return OPTIONS_GOOD;
    case KEY_HELP:
        return OPTIONS_HELP;
    case KEY_VERSION:
        return OPTIONS_VERSION;
    default:
        return OPTIONS_USAGE; /* getopt has said what is wrong */
    }
}

static enum options_result take(struct options *options, int key, char *value, options_say_fn *say)
{
    switch (key) {
    case 'o':
        options->output = value;
        return OPTIONS_GOOD;
    case 'i':
        return take_interval(options, value, say);
    case 'r':
        return take_rate(options, value, say);
    case 'd':
        return take_time(&options->duration, value, say);
    case KEY_DELAY:
        return take_delay(options, value, say);
    case KEY_KEEP:
        return take_time(&options->keep, value, say);
    case 'p':
        return take_pid(options, value, say);
    case KEY_PYTHON:
        options->python = value;
        return OPTIONS_GOOD;
    case 'm':
    case 'c':
        options->run = key == 'm' ? OPTIONS_MODULE : OPTIONS_CODE;
        options->what = value;
        return OPTIONS_GOOD;
    default:
        return take_flag(options, key, say);
    }
}

/* Checks what makes sense only together with -p. */
static enum options_result settle_attach(struct options *options, options_say_fn *say)
{
    if (!options->npids) {
        say("%s needs a process: -p PID", options->run == OPTIONS_DUMP ? "--dump" : "--children");
        return OPTIONS_USAGE;
    }
    if (options->what || *options->rest || options->python || options->wait) {
        say("-p records what runs already: there is nothing to start or to wait for");
        return OPTIONS_USAGE;
    }
    if (options->run != OPTIONS_DUMP)
        options->run = OPTIONS_ATTACH;
    return OPTIONS_GOOD;
}

/* Checks what options mean together; `dashes`: they ended in "--". */
static enum options_result settle(struct options *options, bool dashes, options_say_fn *say)
{
    if (options->locals && options->run != OPTIONS_DUMP) {
        say("--locals belongs to --dump");
        return OPTIONS_USAGE;
    }
    if (options->npids || options->run == OPTIONS_DUMP || options->children)
        return settle_attach(options, say);
    if (options->what)
        return OPTIONS_GOOD;
    if (dashes)
        options->run = OPTIONS_COMMAND;
    if (!*options->rest) {
        say("nothing to run");
        return OPTIONS_USAGE;
    }
    return OPTIONS_GOOD;
}

enum options_result options_parse(struct options *options, int argc, char **argv, options_say_fn *say)
{
    enum options_result result = OPTIONS_GOOD;
    int key, before = optind;

    *options = (struct options){.period = 1000000};
    /* The program's own arguments begin after -m or -c. */
    while (result == OPTIONS_GOOD && !options->what &&
           (key = getopt_long(argc, argv, "+o:i:r:d:p:qm:c:", names, NULL)) != -1) {
        result = take(options, key, optarg, say);
        before = optind;
    }
    options->rest = argv + optind;
    return result == OPTIONS_GOOD ? settle(options, optind > before, say) : result;
}

/* inherit: what is taken out of an environment, and what a child's is made of.  The agent is no library: its part is
 * compiled in. */
#include <stdlib.h>
#include <string.h>

#include "record/agent/inherit.c"
#include "tests/unit/tap.h"

#define AGENT "/usr/lib/agent.so"
#define VALUE "PYREC_AGENT=name:00:1"

static void test_take(void);
static void test_take_nothing(void);
static void test_fill(void);
static void test_pass_on(void);
static void test_command(void);

int main(void)
{
    test_take();
    test_take_nothing();
    test_fill();
    test_pass_on();
    test_command();
    return done_testing();
}

/* Whether an environment is just these strings, joined by newlines. */
static bool is(char *const *env, const char *wanted)
{
    char all[4096] = "";

    for (; *env; env++)
        strcat(strcat(all, *env), "\n");
    return strcmp(all, wanted) == 0;
}

/* Takes from an environment whose LD_PRELOAD is `preload`; whether `left` is what is left. */
static bool takes(const char *preload, const char *left)
{
    struct inherit inherit;
    char text[256], variable[] = VALUE, home[] = "HOME=/", path[] = "PATH=/bin";
    char *env[] = {home, text, variable, path, NULL};

    strcpy(text, preload);
    return inherit_take(&inherit, env) && is(env, left) && strcmp(inherit.agent, AGENT) == 0 &&
           strcmp(inherit.variable, VALUE) == 0;
}

static void test_take(void)
{
    ok(takes("LD_PRELOAD=" AGENT, "HOME=/\nPATH=/bin\n"), "a variable that the user did not have goes");
    ok(takes("LD_PRELOAD=" AGENT ":", "HOME=/\nLD_PRELOAD=\nPATH=/bin\n"), "an empty one stays, empty");
    ok(takes("LD_PRELOAD=" AGENT ":a.so b.so:c.so", "HOME=/\nLD_PRELOAD=a.so b.so:c.so\nPATH=/bin\n"),
       "the user's own stays as it was");
}

static void test_take_nothing(void)
{
    struct inherit inherit;
    char preload[] = "LD_PRELOAD=" AGENT, empty[] = "LD_PRELOAD=", variable[] = VALUE, longer[600] = "PYREC_AGENT=";

    memset(longer + strlen(longer), 'x', 500);
    char *without[] = {preload, NULL}, *alone[] = {variable, NULL}, *nobody[] = {empty, variable, NULL};
    char *too_long[] = {preload, longer, NULL}, *nothing[] = {NULL};
    ok(!inherit_take(&inherit, without) && is(without, "LD_PRELOAD=" AGENT "\n"), "a preload alone is not pyrec's");
    ok(!inherit_take(&inherit, alone) && is(alone, VALUE "\n"), "nor is the other variable alone");
    ok(!inherit_take(&inherit, nobody) && nobody[0] == empty, "nor a preload of nothing");
    ok(!inherit_take(&inherit, too_long) && too_long[1] == longer, "a value that cannot be kept is left");
    ok(!inherit_take(&inherit, nothing), "an empty environment is looked through");
}

/* Whether `env` becomes `wanted`, in no more room than was asked for. */
static bool fills(char *const *env, const char *wanted)
{
    static const struct inherit inherit = {.agent = AGENT, .variable = VALUE};
    size_t size = inherit_size(&inherit, env);
    char *room = malloc(size + 1);

    if (size == 0)
        return false;
    room[size] = '#';
    bool right = is(inherit_fill(&inherit, env, room), wanted) && room[size] == '#';
    free(room);
    return right;
}

static void test_fill(void)
{
    char home[] = "HOME=/", preload[] = "LD_PRELOAD=a.so:b.so", empty[] = "LD_PRELOAD=", first[] = "LD_PRELOAD=no";
    char *none[] = {NULL}, *plain[] = {home, NULL}, *own[] = {preload, home, NULL}, *void_[] = {empty, NULL};
    char *twice[] = {first, preload, NULL};

    ok(fills(NULL, "LD_PRELOAD=" AGENT "\n" VALUE "\n"), "no environment at all");
    ok(fills(none, "LD_PRELOAD=" AGENT "\n" VALUE "\n"), "an empty environment");
    ok(fills(plain, "HOME=/\nLD_PRELOAD=" AGENT "\n" VALUE "\n"), "one without a preload");
    ok(fills(own, "HOME=/\nLD_PRELOAD=" AGENT ":a.so:b.so\n" VALUE "\n"), "one with a preload");
    ok(fills(void_, "LD_PRELOAD=" AGENT ":\n" VALUE "\n"), "one with an empty preload");
    ok(fills(twice, "LD_PRELOAD=no\nLD_PRELOAD=" AGENT ":a.so:b.so\n" VALUE "\n"),
       "of two, the one that ld.so reads");
}

static void test_pass_on(void)
{
    static const struct inherit inherit = {.agent = AGENT, .variable = VALUE};
    char other[] = "PYREC_AGENT=other:11:2", home[] = "HOME=/";
    char *nested[] = {other, NULL};
    char **many = calloc(INHERIT_ROOM_MAX, sizeof *many);

    ok(inherit_size(&inherit, nested) == 0, "what a pyrec under pyrec starts is that one's");
    for (size_t i = 0; i < INHERIT_ROOM_MAX / sizeof *many; i++)
        many[i] = home;
    ok(inherit_size(&inherit, many) == 0, "an environment beyond all measure is passed on");
    free(many);
}

/* Whether a shell that runs the command prints `wanted`. */
static bool prints(const struct inherit *inherit, const char *command, const char *wanted)
{
    char got[512] = "";
    char *line = inherit_command(inherit, command);
    FILE *shell = popen(line, "r");

    got[fread(got, 1, sizeof got - 1, shell)] = '\0';
    pclose(shell);
    free(line);
    return strcmp(got, wanted) == 0;
}

static void test_command(void)
{
    static const struct inherit plain = {.agent = "/none", .variable = VALUE};
    static const struct inherit odd = {.agent = "/no'ne$HOME\\", .variable = "PYREC_AGENT=a'b\"c $x"};
    static const char show[] = "printf '%s,%s' \"$LD_PRELOAD\" \"$PYREC_AGENT\" 2>&1";

    unsetenv("LD_PRELOAD");
    ok(prints(&plain, show, "/none,name:00:1"), "a shell exports both");
    ok(prints(&odd, show, "/no'ne$HOME\\,a'b\"c $x"), "whatever is in them");
    setenv("LD_PRELOAD", "", 1);
    ok(prints(&plain, show, "/none:,name:00:1"), "before what there was");
    unsetenv("LD_PRELOAD");
    ok(prints(&plain, "exit 3 # comment", ""), "and then runs the command");
}

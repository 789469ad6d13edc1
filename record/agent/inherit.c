#include "inherit.h"

#include <stdlib.h>
#include <string.h>

#include "hello.h"

#define PRELOAD "LD_PRELOAD="
#define VARIABLE HELLO_VARIABLE "="

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* The last string of `env` that starts so, as ld.so reads it; NULL if there is none. */
static char *const *find(char *const *env, const char *start)
{
    char *const *found = NULL;

    for (; env && *env; env++) {
        if (starts_with(*env, start))
            found = env;
    }
    return found;
}

static void drop(char **at)
{
    do {
        at[0] = at[1];
    } while (*at++);
}

bool inherit_take(struct inherit *out, char **environ)
{
    char **variable = (char **)find(environ, VARIABLE);
    char **preload = (char **)find(environ, PRELOAD);
    if (!variable || !preload || strlen(*variable) >= sizeof out->variable)
        return false;

    char *path = *preload + strlen(PRELOAD);
    size_t len = strcspn(path, ": ");
    if (len == 0 || len >= sizeof out->agent)
        return false;

    memcpy(out->agent, path, len);
    out->agent[len] = '\0';
    strcpy(out->variable, *variable);
    bool users_own = path[len] != '\0';
    if (users_own)
        memmove(path, path + len + 1, strlen(path + len + 1) + 1);
    else
        drop(preload);
    drop((char **)find(environ, VARIABLE));
    return true;
}

size_t inherit_size(const struct inherit *self, char *const *env)
{
    char *const *preload = find(env, PRELOAD);
    size_t n = 3; /* two variables and the end */

    if (find(env, VARIABLE))
        return 0;
    for (char *const *at = env; at && *at; at++)
        n++;

    size_t text = strlen(PRELOAD) + strlen(self->agent) + 1;
    if (preload)
        text += strlen(*preload); /* more than enough: a colon, and the value */
    size_t size = n * sizeof(char *) + text;
    return size <= INHERIT_ROOM_MAX ? size : 0;
}

char **inherit_fill(const struct inherit *self, char *const *env, void *room)
{
    char *const *preload = find(env, PRELOAD);
    char **out = room;
    size_t n = 0;

    for (char *const *at = env; at && *at; at++) {
        if (at != preload)
            out[n++] = *at;
    }
    char *text = (char *)(out + n + 3);
    out[n++] = text;
    out[n++] = (char *)self->variable;
    out[n] = NULL;

    text = stpcpy(stpcpy(text, PRELOAD), self->agent);
    if (preload) {
        *text++ = ':';
        strcpy(text, *preload + strlen(PRELOAD));
    }
    return out;
}

/* Appends `text` as one word of a shell's, whatever it holds; returns the new end. */
static char *quote(char *to, const char *text)
{
    *to++ = '\'';
    for (; *text; text++) {
        if (*text == '\'')
            to = stpcpy(to, "'\\'");
        *to++ = *text;
    }
    *to++ = '\'';
    *to = '\0';
    return to;
}

char *inherit_command(const struct inherit *self, const char *command)
{
    static const char first[] = "export " PRELOAD, second[] = "\"${LD_PRELOAD+:$LD_PRELOAD}\" " VARIABLE;
    const char *value = self->variable + strlen(VARIABLE);
    size_t quoted = 4 * (strlen(self->agent) + strlen(value)) + 4;
    char *out = malloc(sizeof first + sizeof second + quoted + strlen("; ") + strlen(command) + 1);

    if (out)
        stpcpy(stpcpy(quote(stpcpy(quote(stpcpy(out, first), self->agent), second), value), "; "), command);
    return out;
}

#include "looks.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* https://no-color.org and https://bixense.com/clicolors: an empty variable is as good as none. */
static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

bool looks_want_color(int said, int fd)
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

/* A terminal's columns, 0 for what is none. */
static size_t terminal_width(int fd)
{
    struct winsize size = {0};

    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        return 0;
    return size.ws_col < LOOKS_LEAST_WIDTH ? LOOKS_LEAST_WIDTH : size.ws_col;
}

bool looks_have_unicode(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void looks_choose(const struct looks *looks, struct render_options *options, FILE *out)
{
    bool utf8 = looks_have_unicode();

    options->color = looks_want_color(looks->color, fileno(out));
    options->unicode = looks->unicode >= 0 ? looks->unicode : utf8;
    if (!looks->width_said)
        options->width = terminal_width(fileno(out));
    /* How wide characters are is the locale's to say (escape.h). */
    if (options->unicode && !utf8)
        setlocale(LC_CTYPE, "C.UTF-8");
}

#include "live_screen.h"

#include "live_view.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ESCAPE_MS = 25 };

struct live_screen {
    FILE *keyboard;
    SCREEN *terminal;
    attr_t looks[LOOKS];
};

/* Without colours, looks are told apart by what every terminal has. */
static void choose_looks(struct live_screen *screen, bool color)
{
    static const struct {
        enum live_look look;
        attr_t attribute;
        short color;
    } all[] = {
        {LOOK_FAINT, A_DIM, -1},
        {LOOK_BOLD, A_BOLD, -1},
        {LOOK_HOT, A_BOLD, COLOR_RED},
        {LOOK_WARM, A_NORMAL, COLOR_YELLOW},
        {LOOK_MILD, A_NORMAL, COLOR_GREEN},
        {LOOK_HEADING, A_REVERSE, -1},
        {LOOK_SORTED, A_BOLD | A_UNDERLINE | A_REVERSE, -1},
        {LOOK_WARNING, A_BOLD, COLOR_YELLOW},
    };

    color = color && has_colors() && start_color() == OK && use_default_colors() == OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        screen->looks[all[i].look] = all[i].attribute;
        if (!color || all[i].color < 0)
            continue;
        init_pair((short)(i + 1), all[i].color, -1);
        screen->looks[all[i].look] |= (attr_t)COLOR_PAIR(i + 1);
    }
}

static int open_keyboard(struct live_screen *screen, struct pyprof_error *error)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

    screen->keyboard = fd < 0 ? NULL : fdopen(fd, "r+");
    if (screen->keyboard)
        return 0;
    pyprof_fail(error, PYPROF_SYSTEM, 0, "'/dev/tty': %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

struct live_screen *live_screen_open(bool color, struct pyprof_error *error)
{
    struct live_screen *screen = calloc(1, sizeof *screen);
    const char *type = getenv("TERM");

    if (!screen) {
        pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
        return NULL;
    }
    if (open_keyboard(screen, error) < 0) {
        free(screen);
        return NULL;
    }
    screen->terminal = newterm(NULL, stdout, screen->keyboard);
    if (!screen->terminal) {
        pyprof_fail(error, PYPROF_SYSTEM, 0, "TERM is '%.60s', which is no terminal that can be drawn on",
                    type ? type : "");
        live_screen_close(screen);
        return NULL;
    }
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_MS);
    curs_set(0);
    choose_looks(screen, color);
    return screen;
}

void live_screen_close(struct live_screen *screen)
{
    if (!screen)
        return;
    if (screen->terminal) {
        live_screen_suspend(screen);
        delscreen(screen->terminal);
    }
    fclose(screen->keyboard);
    free(screen);
}

void live_screen_suspend(struct live_screen *screen)
{
    (void)screen;
    curs_set(1);
    endwin();
    fflush(stdout);
}

void live_screen_resume(struct live_screen *screen)
{
    reset_prog_mode();
    curs_set(0);
    live_screen_resize(screen);
}

void live_screen_redraw(struct live_screen *screen)
{
    (void)screen;
    clearok(curscr, TRUE);
}

void live_screen_resize(struct live_screen *screen)
{
    struct winsize size;

    if (ioctl(fileno(screen->keyboard), TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
    live_screen_redraw(screen);
}

unsigned live_screen_lines(const struct live_screen *screen)
{
    (void)screen;
    return LINES > 0 ? (unsigned)LINES : 1;
}

unsigned live_screen_columns(const struct live_screen *screen)
{
    (void)screen;
    return COLS > 0 ? (unsigned)COLS : 1;
}

void live_screen_put(struct live_screen *screen, unsigned y, const struct live_line *line, bool chosen)
{
    const char *bytes = line->bytes;

    if (move((int)y, 0) == ERR)
        return;
    for (size_t i = 0; i < line->nspans; bytes += line->spans[i].size, i++) {
        attrset((int)(screen->looks[line->spans[i].look] | (chosen ? A_REVERSE : 0)));
        addnstr(bytes, (int)line->spans[i].size);
    }
    attrset((int)(chosen ? A_REVERSE : A_NORMAL));
    if (line->columns < line->width)
        hline(' ', (int)(line->width - line->columns));
    attrset(A_NORMAL);
}

void live_screen_show(struct live_screen *screen)
{
    (void)screen;
    refresh();
}

int live_screen_descriptor(const struct live_screen *screen)
{
    return fileno(screen->keyboard);
}

/* What curses calls its keys. */
static uint32_t translate(wint_t code)
{
    static const struct {
        wint_t curses;
        enum live_key key;
    } keys[] = {
        {KEY_UP, LIVE_KEY_UP},           {KEY_DOWN, LIVE_KEY_DOWN},       {KEY_PPAGE, LIVE_KEY_PAGE_UP},
        {KEY_NPAGE, LIVE_KEY_PAGE_DOWN}, {KEY_HOME, LIVE_KEY_HOME},       {KEY_END, LIVE_KEY_END},
        {KEY_ENTER, LIVE_KEY_ENTER},     {KEY_BACKSPACE, LIVE_KEY_ERASE}, {KEY_DC, LIVE_KEY_ERASE},
    };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].curses == code)
            return keys[i].key;
    return 0;
}

bool live_screen_key(struct live_screen *screen, uint32_t *key)
{
    wint_t code;
    int kind = get_wch(&code);

    (void)screen;
    if (kind == ERR)
        return false;
    if (kind == KEY_CODE_YES)
        *key = translate(code);
    else if (code == '\r')
        *key = LIVE_KEY_ENTER;
    else
        *key = code == '\b' ? LIVE_KEY_ERASE : (uint32_t)code;
    return true;
}

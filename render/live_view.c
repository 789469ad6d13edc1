#include "live_view.h"

#include "grow.h"
#include "names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

void live_view_begin(struct live_view *view)
{
    *view = (struct live_view){.selection.thread = LIVE_ALL, .height = 1};
}

void live_view_free(struct live_view *view)
{
    free(view->rows);
    live_view_begin(view);
}

static enum live_page page_of(const struct live_view *view)
{
    return view->page == LIVE_HELP ? view->behind : view->page;
}

const char *live_view_filter(const struct live_view *view)
{
    return view->filters[page_of(view)];
}

int64_t live_view_time(const struct live_view *view, const struct counts *counts)
{
    return view->cpu ? counts->cpu : counts->time;
}

static bool contains(struct pyprof_text text, const char *part)
{
    size_t size = strlen(part);

    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp(text.bytes + i, part, size) == 0)
            return true;
    return size == 0;
}

bool live_matches(struct pyprof_text text, const char *filter)
{
    if (strpbrk(filter, "*?["))
        return fnmatch(filter, text.size ? text.bytes : "", FNM_CASEFOLD) == 0;
    return contains(text, filter);
}

static bool shows_function(const struct live_view *view, const struct live_function_row *row)
{
    const char *filter = view->filters[LIVE_FUNCTIONS];

    if (view->application_only && !row->application)
        return false;
    return live_matches(row->name, filter) || live_matches(row->path, filter);
}

/* What qsort_r compares with. */
struct sorting {
    const struct live_view *view;
    const struct live_snapshot *snapshot;
};

static int compare_times(int64_t a, int64_t b)
{
    return (a < b) - (a > b);
}

static int compare_functions(const void *first, const void *second, void *context)
{
    const struct sorting *sorting = context;
    const struct live_view *view = sorting->view;
    const struct live_function_row *a = &sorting->snapshot->functions[*(const uint32_t *)first];
    const struct live_function_row *b = &sorting->snapshot->functions[*(const uint32_t *)second];
    int self = compare_times(live_view_time(view, &a->self), live_view_time(view, &b->self));
    int total = compare_times(live_view_time(view, &a->total), live_view_time(view, &b->total));
    int name = text_compare(a->name, b->name) ?: text_compare(a->path, b->path);
    int order = view->order == LIVE_BY_SELF ? self ?: total : view->order == LIVE_BY_TOTAL ? total ?: self : 0;

    order = order ?: name;
    order = order ?: (a->firstline > b->firstline) - (a->firstline < b->firstline);
    return view->reverse ? -order : order;
}

static int compare_threads(const void *first, const void *second, void *context)
{
    const struct sorting *sorting = context;
    const struct live_view *view = sorting->view;
    const struct live_thread_row *a = &sorting->snapshot->threads[*(const uint32_t *)first];
    const struct live_thread_row *b = &sorting->snapshot->threads[*(const uint32_t *)second];
    int cpu = compare_times(a->counts.cpu, b->counts.cpu), time = compare_times(a->counts.time, b->counts.time);
    int order = view->order == LIVE_BY_SELF    ? cpu
                : view->order == LIVE_BY_TOTAL ? time
                                               : text_compare(a->name, b->name);

    order = order ?: (a->pid > b->pid) - (a->pid < b->pid);
    order = order ?: (a->tid > b->tid) - (a->tid < b->tid);
    order = order ?: (a->thread > b->thread) - (a->thread < b->thread);
    return view->reverse ? -order : order;
}

/* The cursor stays on its place, and in sight. */
static void keep_in_sight(struct live_view *view)
{
    size_t height = view->height ? view->height : 1;

    if (view->cursor >= view->nrows)
        view->cursor = view->nrows ? view->nrows - 1 : 0;
    if (view->top > view->cursor)
        view->top = view->cursor;
    if (view->cursor - view->top >= height)
        view->top = view->cursor - height + 1;
    if (view->top && view->nrows - view->top < height)
        view->top = view->nrows > height ? view->nrows - height : 0;
}

int live_view_arrange(struct live_view *view, const struct live_snapshot *snapshot)
{
    struct sorting sorting = {view, snapshot};
    bool functions = page_of(view) == LIVE_FUNCTIONS;
    size_t all = functions ? snapshot->nfunctions : snapshot->nthreads;

    if (GROW(&view->rows, &view->rows_room, all) < 0)
        return -1;
    view->nrows = 0;
    for (uint32_t i = 0; i < all; i++)
        if (functions ? shows_function(view, &snapshot->functions[i])
                      : live_matches(snapshot->threads[i].name, view->filters[LIVE_THREAD_LIST]))
            view->rows[view->nrows++] = i;
    if (view->nrows)
        qsort_r(view->rows, view->nrows, sizeof *view->rows, functions ? compare_functions : compare_threads,
                &sorting);
    keep_in_sight(view);
    return 0;
}

/* UTF-8 (RFC 3629). */
static size_t encode(uint32_t code, char bytes[4])
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = size; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(leads[size] | code);
    return size;
}

static void erase_character(char *filter)
{
    size_t size = strlen(filter);

    while (size && (filter[size - 1] & 0xc0) == 0x80)
        size--;
    filter[size ? size - 1 : 0] = '\0';
}

static void type_character(char *filter, uint32_t code)
{
    size_t size = strlen(filter);
    char bytes[4];
    size_t more = encode(code, bytes);

    if (code < ' ' || code >= LIVE_KEY_UP || size + more >= LIVE_FILTER_BYTES)
        return;
    memcpy(filter + size, bytes, more);
    filter[size + more] = '\0';
}

/* While a filter is typed, keys are its. */
static void type(struct live_view *view, uint32_t key)
{
    char *filter = view->filters[page_of(view)];

    view->cursor = view->top = 0;
    switch (key) {
    case LIVE_KEY_ENTER:
        view->typing = false;
        break;
    case LIVE_KEY_ESCAPE:
        memcpy(filter, view->former, sizeof view->former);
        view->typing = false;
        break;
    case LIVE_KEY_ERASE:
        erase_character(filter);
        break;
    case 'U' & 0x1f:
        *filter = '\0';
        break;
    default:
        type_character(filter, key);
    }
}

static void start_typing(struct live_view *view)
{
    memcpy(view->former, live_view_filter(view), sizeof view->former);
    view->typing = true;
}

static bool move(struct live_view *view, uint32_t key)
{
    size_t page = view->height > 1 ? view->height - 1 : 1, last = view->nrows ? view->nrows - 1 : 0;

    switch (key) {
    case LIVE_KEY_UP:
    case 'k':
        view->cursor -= view->cursor > 0;
        break;
    case LIVE_KEY_DOWN:
    case 'j':
        view->cursor += view->cursor < last;
        break;
    case LIVE_KEY_PAGE_UP:
        view->cursor -= view->cursor < page ? view->cursor : page;
        break;
    case LIVE_KEY_PAGE_DOWN:
        view->cursor = last - view->cursor < page ? last : view->cursor + page;
        break;
    case LIVE_KEY_HOME:
    case 'g':
        view->cursor = 0;
        break;
    case LIVE_KEY_END:
    case 'G':
        view->cursor = last;
        break;
    default:
        return false;
    }
    keep_in_sight(view);
    return true;
}

static enum live_wish go_to(struct live_view *view, enum live_page page, uint32_t thread)
{
    bool other = view->selection.thread != thread;

    view->page = page;
    view->selection.thread = thread;
    view->cursor = view->top = 0;
    return other ? LIVE_TAKE : LIVE_NOTHING;
}

/* The thread under the cursor, alone. */
static enum live_wish choose(struct live_view *view, const struct live_snapshot *snapshot)
{
    if (view->page != LIVE_THREAD_LIST || view->cursor >= view->nrows)
        return LIVE_NOTHING;
    return go_to(view, LIVE_FUNCTIONS, snapshot->threads[view->rows[view->cursor]].thread);
}

/* One thing back: the filter, the page, the thread. */
static enum live_wish step_back(struct live_view *view)
{
    char *filter = view->filters[page_of(view)];

    if (*filter)
        *filter = '\0';
    else if (view->page == LIVE_THREAD_LIST)
        return go_to(view, LIVE_FUNCTIONS, view->selection.thread);
    else
        return go_to(view, LIVE_FUNCTIONS, LIVE_ALL);
    return LIVE_NOTHING;
}

static void sort_by(struct live_view *view, enum live_order order)
{
    view->order = order;
    view->reverse = false;
    view->cursor = view->top = 0;
}

/* Keys that change what is seen of a snapshot; false if it is none of them. */
static bool change_looks(struct live_view *view, uint32_t key)
{
    switch (key) {
    case 's':
        sort_by(view, LIVE_BY_SELF);
        return true;
    case 't':
        sort_by(view, LIVE_BY_TOTAL);
        return true;
    case 'n':
        sort_by(view, LIVE_BY_NAME);
        return true;
    case 'i':
        view->reverse = !view->reverse;
        return true;
    case 'c':
        view->cpu = !view->cpu;
        return true;
    case 'l':
        view->application_only = !view->application_only;
        return true;
    case '/':
        start_typing(view);
        return true;
    default:
        return false;
    }
}

static enum live_wish command(struct live_view *view, const struct live_snapshot *snapshot, uint32_t key)
{
    switch (key) {
    case 'w':
        view->selection.recent = !view->selection.recent;
        return LIVE_TAKE;
    case 'T':
    case '\t':
        return go_to(view, view->page == LIVE_THREAD_LIST ? LIVE_FUNCTIONS : LIVE_THREAD_LIST,
                     view->selection.thread);
    case 'a':
        return go_to(view, LIVE_FUNCTIONS, LIVE_ALL);
    case LIVE_KEY_ENTER:
        return choose(view, snapshot);
    case LIVE_KEY_ESCAPE:
        return step_back(view);
    case 'p':
    case ' ':
        view->paused = !view->paused;
        return view->paused ? LIVE_NOTHING : LIVE_TAKE;
    case 'r':
        return LIVE_RESET;
    case '?':
    case 'h':
        view->behind = view->page;
        view->page = LIVE_HELP;
        view->help_top = 0;
        return LIVE_NOTHING;
    default:
        return LIVE_NOTHING;
    }
}

/* The help scrolls by lines; any other key leaves it. */
static void read_help(struct live_view *view, uint32_t key)
{
    if (key == LIVE_KEY_UP || key == 'k')
        view->help_top -= view->help_top > 0;
    else if (key == LIVE_KEY_DOWN || key == 'j')
        view->help_top++;
    else
        view->page = view->behind;
}

enum live_wish live_view_key(struct live_view *view, const struct live_snapshot *snapshot, uint32_t key)
{
    if (key == ('L' & 0x1f))
        return LIVE_REDRAW;
    if (view->typing) {
        type(view, key);
        return LIVE_NOTHING;
    }
    if (view->page == LIVE_HELP) {
        read_help(view, key);
        return LIVE_NOTHING;
    }
    if (key == 'q')
        return LIVE_QUIT;
    if (move(view, key) || change_looks(view, key))
        return LIVE_NOTHING;
    return command(view, snapshot, key);
}

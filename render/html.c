/*
 * html: one page that works offline
 *
 * The page is assets/page.html with its parts put in.  What comes from the stream is only ever in the data, deflated and in
 * base64 (page_data.h), which the page's script unpacks and shows as text.  A content-security policy allows the page's
 * own style and script, by their digests, and nothing else.
 *
 * Size: the page takes as many calls, and time as fine, as fit into --max-size; what it folds it says.
 */
#include "assets.h"
#include "diff_render.h"
#include "page_data.h"
#include "template.h"

#include <math.h>

/* More runs make a page slow; deeper calls cannot be read; tracks beyond this would be made coarser here anyway. */
enum { MOST_RUNS = 200000, DEEPEST = 500, MOST_TRACK_RUNS = 1 << 20, DEFAULT_SIZE = 5000000 };

/* A page while it is written. */
struct page {
    const struct report *report;
    const struct render_options *options;
    struct page_data data;
};

static void put_policy(void *context, FILE *out)
{
    (void)context;
    template_put_policy(out, assets_css(), assets_js());
}

static void put_style(void *context, FILE *out)
{
    (void)context;
    fwrite(assets_css().bytes, 1, assets_css().size, out);
}

static void put_data(void *context, FILE *out)
{
    const struct page *page = context;

    fwrite(page->data.text, 1, page->data.size, out);
}

static void put_script(void *context, FILE *out)
{
    (void)context;
    fwrite(assets_js().bytes, 1, assets_js().size, out);
}

static size_t size_without_data(void)
{
    return assets_html().size + assets_css().size + assets_js().size;
}

/* A share above `share`, the more so the more a page is too large. */
static double raise_share(double share, double excess)
{
    const double first = 1e-6;
    double factor = excess > 2 ? 16 : excess > 1.3 ? 5 : 2;

    return fmax(first, share * factor);
}

/*
 * Less of what there is most of, for data that is `excess` times what it may be; false if there is nothing left that could
 * be less.  Source goes first: without it the page still says everything.
 */
static bool narrow(struct page_limits *limits, const struct page_data *data, double excess)
{
    const size_t least_runs = 1000;
    const double last_share = 0.1;

    if (limits->source > 0) {
        limits->source = limits->source > data->size / 8 ? (size_t)((double)limits->source / (2 * excess)) : 0;
    } else if (limits->share < last_share && (data->cells > data->runs || data->runs <= least_runs)) {
        limits->share = raise_share(limits->share, excess);
    } else if (data->runs > least_runs && limits->runs > 1) {
        limits->runs = (size_t)((double)(limits->runs < data->runs ? limits->runs : data->runs) / fmax(1.2, excess));
    } else {
        return false;
    }
    return true;
}

static int fit_data(struct page *page)
{
    size_t most = page->options->max_size ? page->options->max_size : DEFAULT_SIZE;
    struct page_limits limits = {.runs = MOST_RUNS, .depth = DEEPEST, .source = page->options->source ? most * 2 : 0};

    for (;;) {
        double excess;

        if (page_data_make(page->report, page->options, &limits, &page->data) < 0)
            return -1;
        excess = (double)(page->data.size + size_without_data()) / (double)most;
        if (excess <= 1 || !narrow(&limits, &page->data, excess))
            return 0;
        limits.width = page->data.width;
        page_data_free(&page->data);
    }
}

static int render_html(const struct report *report, const struct render_options *options, FILE *out)
{
    static const struct template_part parts[] = {
        {"policy", put_policy}, {"style", put_style}, {"data", put_data}, {"script", put_script}};
    struct page page = {.report = report, .options = options};

    if (fit_data(&page) < 0)
        return -1;
    template_write(out, assets_html(), parts, sizeof parts / sizeof *parts, &page);
    page_data_free(&page.data);
    return 0;
}

static const char *const extensions[] = {".html", ".htm", NULL};

const struct renderer html_renderer = {
    .name = "html",
    .description = "a page that works offline",
    .extensions = extensions,
    .takes = TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_FOLDING | TAKES_SOURCE |
             TAKES_MAX_SIZE,
    .timed = true,
    .most_runs = MOST_TRACK_RUNS,
    .render = render_html,
    .compare_takes = TAKES_COMBINE | TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_TIME,
    .compare = diff_render_html,
};

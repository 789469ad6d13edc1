/*
 * text_timeline: the calls of each thread in the order of time
 */
#include "summary.h"
#include "text_tree.h"
#include "timeline.h"

/* Changes of the stack that are held, of all threads together: beyond it, time gets coarser (track.h). */
enum { MOST_RUNS = 1 << 18 };

static int put_timeline(struct text *text, const struct model_thread *const *threads, size_t nthreads)
{
    const struct model *model = text->report->model;
    struct shape_options shape = text_tree_shape(text);
    double threshold = shape.all ? 0 : shape.threshold;

    (void)nthreads; /* one: threads together have no order */
    if (model->width) {
        fputs("in order to within ", text->out);
        summary_seconds(text->out, saturating_add(model->width, model->width), text->decimals);
        fputs(" s: the stack changed more often than is held\n", text->out);
    }
    return text_tree_put(text, timeline_new(model, threads[0], shape_skips(&shape), threshold));
}

static int render_timeline(const struct report *report, const struct render_options *options, FILE *out)
{
    return text_report(report, options, out, put_timeline);
}

const struct renderer timeline_renderer = {
    .name = "timeline",
    .description = "calls in the order of time",
    .takes =
        TAKES_PERCENT | TAKES_THRESHOLD | TAKES_SHOW_ALL | TAKES_FOLDING | TAKES_DEPTH | TAKES_WIDTH | TAKES_TIME,
    .timed = true,
    .most_runs = MOST_RUNS,
    .render = render_timeline,
};

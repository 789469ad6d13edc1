#include "assets.h"

/* The assembler reads the files (GNU as, .incbin), so that no generator is needed. */
#define EMBED(name, include)                                                                                         \
    __asm__(".pushsection .rodata\n"                                                                                 \
            ".balign 8\n"                                                                                            \
            ".global asset_" name "_size\n"                                                                          \
            ".global asset_" name "\n"                                                                               \
            "asset_" name "_size: .quad asset_" name "_end - asset_" name "\n"                                       \
            "asset_" name ":\n" include "asset_" name "_end:\n"                                                      \
            ".popsection\n")
#define FILE_OF(file) ".incbin \"render/assets/" file "\"\n"

EMBED("html", FILE_OF("page.html"));
EMBED("css", FILE_OF("page.css"));
/* The order is that of assets/README.md: what runs at once comes after what it needs. */
EMBED("js",
      FILE_OF("types.js") FILE_OF("data.js") FILE_OF("state.js") FILE_OF("calls.js") FILE_OF("weigh.js")
          FILE_OF("shape.js") FILE_OF("text.js") FILE_OF("rows.js") FILE_OF("calltree.js") FILE_OF("inverted.js")
              FILE_OF("flame.js") FILE_OF("lanes.js") FILE_OF("timeline.js") FILE_OF("table.js") FILE_OF("source.js")
                  FILE_OF("export.js") FILE_OF("threads.js") FILE_OF("keys.js") FILE_OF("page.js"));

extern const char asset_html[], asset_css[], asset_js[];
extern const uint64_t asset_html_size, asset_css_size, asset_js_size;

struct pyprof_text assets_html(void)
{
    return (struct pyprof_text){asset_html, asset_html_size};
}

struct pyprof_text assets_css(void)
{
    return (struct pyprof_text){asset_css, asset_css_size};
}

struct pyprof_text assets_js(void)
{
    return (struct pyprof_text){asset_js, asset_js_size};
}

EMBED("diff_html", FILE_OF("diff/diff.html"));
EMBED("diff_css", FILE_OF("diff/diff.css"));
/* What runs at once comes after what it needs. */
EMBED("diff_js", FILE_OF("diff/data.js") FILE_OF("diff/flame.js") FILE_OF("diff/tables.js") FILE_OF("diff/page.js"));

extern const char asset_diff_html[], asset_diff_css[], asset_diff_js[];
extern const uint64_t asset_diff_html_size, asset_diff_css_size, asset_diff_js_size;

struct pyprof_text assets_diff_html(void)
{
    return (struct pyprof_text){asset_diff_html, asset_diff_html_size};
}

struct pyprof_text assets_diff_css(void)
{
    return (struct pyprof_text){asset_diff_css, asset_diff_css_size};
}

struct pyprof_text assets_diff_js(void)
{
    return (struct pyprof_text){asset_diff_js, asset_diff_js_size};
}

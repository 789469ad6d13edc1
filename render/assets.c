#include "assets.h"

/* The assembler reads the file (GNU as, .incbin), so that no generator is needed. */
#define EMBED(name, file)                                                                                            \
    __asm__(".pushsection .rodata\n"                                                                                 \
            ".global asset_" name "\n"                                                                               \
            ".global asset_" name "_end\n"                                                                           \
            "asset_" name ":\n"                                                                                      \
            ".incbin \"" file "\"\n"                                                                                 \
            "asset_" name "_end:\n"                                                                                  \
            ".popsection\n")

EMBED("html", "render/assets/page.html");
EMBED("css", "render/assets/page.css");
EMBED("js", "render/assets/page.js");

extern const char asset_html[], asset_html_end[], asset_css[], asset_css_end[], asset_js[], asset_js_end[];

struct pyprof_text assets_html(void)
{
    return (struct pyprof_text){asset_html, (size_t)(asset_html_end - asset_html)};
}

struct pyprof_text assets_css(void)
{
    return (struct pyprof_text){asset_css, (size_t)(asset_css_end - asset_css)};
}

struct pyprof_text assets_js(void)
{
    return (struct pyprof_text){asset_js, (size_t)(asset_js_end - asset_js)};
}

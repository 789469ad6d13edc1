"""IPython and Jupyter.

    %load_ext pyrec
    %pyrec sorted(big)                 one statement
    %%pyrec --interval 0.0001          a cell

In a notebook the call tree is a page in the output, elsewhere text.  Cells count as application code.
"""

import html
import shlex
from typing import Any, Optional, Tuple

from IPython import get_ipython
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.display import HTML, display

from .profiler import Profiler
from .session import Session


@magics_class  # type: ignore[untyped-decorator, unused-ignore]
class PyrecMagics(Magics):  # type: ignore[misc, unused-ignore]
    @no_var_expand  # type: ignore[untyped-decorator, unused-ignore]
    @line_cell_magic  # type: ignore[untyped-decorator, unused-ignore]
    def pyrec(self, line: str, cell: Optional[str] = None) -> None:
        """Runs a statement or a cell and shows where its time went.

        %pyrec [--interval SECONDS] [--text] STATEMENT
        %%pyrec [--interval SECONDS] [--text]
        """
        interval, text, rest = _options(line)
        code = rest if cell is None else cell
        if not code.strip():
            raise ValueError("nothing to profile: %pyrec STATEMENT, or a cell below %%pyrec")
        profiler = Profiler(interval=interval)
        with profiler:
            self.shell.run_cell(code, store_history=False)  # which shows what it raises itself
        session = profiler.last_session
        assert session is not None
        _show(session, text)


def _options(line: str) -> Tuple[float, bool, str]:
    """The magic's options, and what follows them."""
    interval, text = 0.001, False
    while line.startswith("--"):
        word, _, line = line.partition(" ")
        line = line.lstrip()
        if word == "--text":
            text = True
        elif word == "--interval":
            value, _, line = line.partition(" ")
            interval, line = float(value), line.lstrip()
        else:
            raise ValueError("no option %s: --interval SECONDS or --text" % shlex.quote(word))
    return interval, text, line


def _show(session: Session, text: bool) -> None:
    shell: Any = get_ipython()
    if text or shell is None or not getattr(shell, "kernel", None):
        session.print(short=True)
        return
    page = html.escape(session.output_html(), quote=True)
    style = "width: 100%; height: 30em; border: 0"
    display(HTML('<iframe sandbox="allow-scripts" style="%s" srcdoc="%s"></iframe>' % (style, page)))

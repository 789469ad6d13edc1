"""The pytest plugin.

    pytest --pyrec                     a call tree for each test that took a second or more
    pytest --pyrec=0.2                 ... 0.2 s or more
    pytest --pyrec --pyrec-dir=FOLDER  ... and each saved there, as a stream and as a page

Works with pytest-xdist: the workers profile, and what they found is printed with the other reports.
"""

import re
from pathlib import Path
from typing import Any, Generator

import pytest

from .profiler import Profiler

_SECTION = "pyrec"
_REPORTED = "Captured pyrec call"  # as pytest names it in the report (_pytest/reports.py)


def pytest_addoption(parser: Any) -> None:
    group = parser.getgroup("pyrec")
    group.addoption(
        "--pyrec",
        nargs="?",
        type=float,
        const=1.0,
        metavar="SECONDS",
        help="print the call tree of each test that takes so long or longer (1 s)",
    )
    group.addoption("--pyrec-dir", type=Path, metavar="FOLDER", help="save these as streams and pages in this folder")
    group.addoption("--pyrec-interval", type=float, default=0.001, metavar="SECONDS", help="between samples (0.001)")


@pytest.hookimpl(hookwrapper=True)  # type: ignore[untyped-decorator, unused-ignore]
def pytest_runtest_call(item: Any) -> Generator[None, Any, None]:
    """Profiles the test itself, without its fixtures."""
    threshold = item.config.getoption("--pyrec")
    if threshold is None:
        yield
        return
    profiler = Profiler(interval=item.config.getoption("--pyrec-interval"))
    profiler.start()
    try:
        yield
    finally:
        session = profiler.stop()
        if session.duration >= threshold:
            item.add_report_section("call", _SECTION, session.output_text(short=True))
            folder = item.config.getoption("--pyrec-dir")
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                name = re.sub(r"[^A-Za-z0-9_.,=+-]", "_", item.nodeid)[-150:]
                session.save(folder / (name + ".prof"))
                session.write_html(folder / (name + ".html"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """All trees, longest test first; pytest itself shows sections only of tests that failed."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    found = [
        (report, text)
        for report in reports
        if report.when == "call"
        for name, text in report.sections
        if name == _REPORTED
    ]
    if not found:
        return
    terminalreporter.section("pyrec")
    for report, text in sorted(found, key=lambda pair: -pair[0].duration):
        terminalreporter.write_line("%s (%.3f s)" % (report.nodeid, report.duration), bold=True)
        terminalreporter.write_line(text)

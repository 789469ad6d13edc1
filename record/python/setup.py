"""Builds pyrec._engine from the same C as the tools.

The C lies beside this folder in the repository, and in `source/` in a source distribution, which the command `sdist`
puts there.  Where the sampler does not run, and with PYREC_WITHOUT_SAMPLER=1 in the environment, the module is built
without it: the setprofile engine is all there is then.
"""
import os
import platform
import re
import shutil
import sys
from glob import glob
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

try:
    from setuptools.command.bdist_wheel import bdist_wheel  # since setuptools 70.1
except ImportError:
    from wheel.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent
ROOT = HERE / "source" if (HERE / "source").is_dir() else HERE.parent.parent

# Both engines need the stream and the reports.
ALWAYS = [
    "format/*.c",
    "render/*.c",
    "record/python/engine/*.c",
]
SAMPLER = [
    "record/sample/*.c",
    "record/walk/*.c",
    "record/cpython/*.c",
    "record/mem.c",
    "record/objects.c",
    "record/ring.c",
    "record/recording.c",
    "record/process.c",
    "record/codes.c",
    "record/threads.c",
    "record/agent/hello.c",
]
NEVER = ["render/pyrender.c", *("render/" + path.name for path in (ROOT / "render").glob("live*.c"))]
ONLY_WITH_SAMPLER = ["record/python/engine/engine.c", "record/python/engine/engine_type.c"]
# What a source distribution needs besides.
WITH_SOURCE = ["Makefile", "LICENSE", "render/assets/**/*", "**/*.h"]


def has_sampler():
    """Linux on x86-64 (as the tools), unless told otherwise."""
    if os.environ.get("PYREC_WITHOUT_SAMPLER"):
        return False
    return sys.platform == "linux" and platform.machine() == "x86_64"


def find(patterns):
    """Paths below ROOT, sorted."""
    return sorted(Path(path) for pattern in patterns for path in glob(str(ROOT / pattern), recursive=True))


def version():
    """That of the tools, which the Makefile knows."""
    return re.search(r"^VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1)


def sources():
    left_out = {ROOT / name for name in NEVER + ([] if has_sampler() else ONLY_WITH_SAMPLER)}
    return [str(path) for path in find(ALWAYS + (SAMPLER if has_sampler() else [])) if path not in left_out]


class BuildEngine(build_ext):
    """Absolute paths, which an Extension may not name, keep the objects inside of the build folder."""

    def build_extension(self, ext):
        ext.sources = sources()
        super().build_extension(ext)


class PackSources(sdist):
    """Puts the C beside the package."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for path in find(ALWAYS + SAMPLER + WITH_SOURCE):
            to = Path(base_dir) / "source" / path.relative_to(ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                shutil.copy(path, to)


class OneWheel(bdist_wheel):
    """One for every CPython from 3.8 on: Python's stable ABI."""

    def finalize_options(self):
        self.py_limited_api = "cp38"
        super().finalize_options()


engine = Extension(
    "pyrec._engine",
    sources=[],
    include_dirs=[str(ROOT)],
    define_macros=[
        ("_GNU_SOURCE", None),
        ("Py_LIMITED_API", "0x03080000"),
        ("PYREC_VERSION", '"%s"' % version()),
        *([] if has_sampler() else [("PYREC_WITHOUT_SAMPLER", None)]),
    ],
    extra_compile_args=["-std=gnu11", "-fvisibility=hidden", "-Wa,-I" + str(ROOT)],
    libraries=["z", "m", "dl", "pthread"],
    py_limited_api=True,
)

setup(
    version=version(),
    ext_modules=[engine],
    cmdclass={"build_ext": BuildEngine, "sdist": PackSources, "bdist_wheel": OneWheel},
)

"""Virtual environments with Django and the peers, for measuring: shared by bench and oracle."""
import subprocess

# austin-dist 4 wants a newer libc than most machines have, and fails only when it is run.
PEERS = ("pyinstrument", "py-spy", "austin-dist<4")


def make(build, python):
    """An interpreter like `python` with Django and, where they install, the peers; its path."""
    version = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    number = subprocess.run([python, "-c", version], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    folder = build / f"environment-{number}"
    made = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run(pip + ["django"], check=True)
        for peer in PEERS:
            subprocess.run(pip + [peer], check=False, stderr=subprocess.DEVNULL)
        (folder / "complete").touch()
    return str(made)


def packages(python):
    """The folder of an environment's packages; those in pure Python serve other interpreters too."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return subprocess.run([python, "-c", code], check=True, stdout=subprocess.PIPE).stdout.decode().strip()

"""What target programs of the unit tests say about themselves (tests/unit/target.h)."""
import binascii
import ctypes
import sys


def say(*words):
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")


def text(string):
    """A string's bytes in hexadecimal, as record/objects.h converts them; "-" for none."""
    if string is None:
        return "-"
    if not isinstance(string, bytes):
        string = string.encode("utf-8", "surrogateescape")
    return "x" + binascii.hexlify(string).decode()


def introduce():
    """Says what every target says first."""
    say("traced", int(hasattr(sys, "getobjects") and sys.version_info < (3, 13)))
    say("version", sys.version.replace("\n", " "))
    has_runtime = sys.version_info >= (3, 7)
    symbol = "_PyRuntime" if has_runtime else "_PyThreadState_Current"
    say("runtime", ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, symbol)))
    head = ctypes.pythonapi.PyInterpreterState_Head
    head.restype = ctypes.c_void_p
    say("interp", 0 if has_runtime else head())


def ready():
    say("ready")
    sys.stdout.flush()

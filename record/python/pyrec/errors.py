"""What can be wrong with the use of a profiler.  All are RuntimeErrors, as pyinstrument's are."""


class ProfilerError(RuntimeError):
    """Any of the below."""


class AlreadyRunning(ProfilerError):
    """start() of a profiler that runs."""


class NotRunning(ProfilerError):
    """stop() of a profiler that does not run: never started, stopped before, or started by the parent of a fork."""


class NoSession(ProfilerError):
    """A report of a profiler that was never stopped, or was reset."""


class Unsupported(ProfilerError):
    """Something that cannot be had here; the message says why, and what can be done."""

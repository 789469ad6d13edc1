"""What targets do when they are to be seen: spend CPU time in a function of a name of their own."""
import time


def spin(name, seconds=0.2):
    """Runs a function called `name` for that much CPU time."""
    code = "def {0}(end):\n    while clock() < end:\n        sum(range(200))\n".format(name)
    scope = {"clock": time.thread_time}
    exec(compile(code, name + ".py", "exec"), scope)
    scope[name](time.thread_time() + seconds)

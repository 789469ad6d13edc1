"""
in_terminal.py KEYS WORD COMMAND...: runs COMMAND on a terminal of its own, types KEYS (with \\n, \\x03 and the like)
once WORD has been seen, copies what the terminal shows to stdout and ends with COMMAND's status, 128+n for a signal.
"""
import os
import pty
import sys

keys, word = (text.encode().decode("unicode_escape").encode() for text in sys.argv[1:3])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
shown = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:  # EIO: the last process that had it open is gone
        break
    if not piece:
        break
    shown += piece
    if keys and word in shown:
        os.write(terminal, keys)
        keys = b""
sys.stdout.buffer.write(shown)
sys.stdout.flush()
status = os.waitpid(pid, 0)[1]
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))

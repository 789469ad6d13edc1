"""Ten functions that take a tenth of a millisecond each, in turns that follow the clock.

All ten together take the period of a sampler at 1 kHz, which sees only some of them if its ticks are as regular.
Returns what each took.
"""
import account
import kinds

TENTHS = 10
TENTH = 1e-4
TEMPLATE = """
def p{i}(end):
    while wall() < end:
        pass
"""


def main(seconds):
    names = {"wall": account.wall}
    for i in range(TENTHS):
        kinds.make(TEMPLATE, __file__, i, names)
    phases = [names["p%d" % i] for i in range(TENTHS)]
    took = {phase.__name__: 0.0 for phase in phases}
    start = began = account.wall()
    turn = 0
    while began < start + seconds:
        phase = phases[turn % TENTHS]
        turn += 1
        phase(start + turn * TENTH)
        now = account.wall()
        took[phase.__name__] += now - began
        began = now
    return {"truth": took}


if __name__ == "__main__":
    account.run(main)

"""Calls that newer interpreters make without a C call in between: constructors, properties, subscripts, operators."""
import account
import kinds

TEMPLATE = """
def use{i}(n):
    it = Point{i}(n) # -> __init__
    it.value # -> value
    it[n] # -> __getitem__
    it + n # -> __add__
    it(n) # -> __call__
    with it: # -> __enter__ __exit__
        work{i}(n) # -> __exit__
    it.method{i}(n)
class Base{i}:
    def __init__(self, n):
        self.n = work{i}(n)
    def method{i}(self, n):
        return work{i}(n)
class Point{i}(Base{i}):
    def __init__(self, n):
        super().__init__(n)
        work{i}(n)
    @property
    def value(self):
        return work{i}(self.n)
    def __getitem__(self, n):
        return work{i}(n)
    def __add__(self, n):
        return work{i}(n)
    def __call__(self, n):
        return work{i}(n)
    def __enter__(self):
        return work{i}(self)
    def __exit__(self, *error):
        work{i}(self)
def work{i}(n):
    return n
"""


def main(seconds):
    calls = kinds.make_all(TEMPLATE, __file__, "use")
    end = account.wall() + seconds
    while account.wall() < end:
        for call in calls:
            call(1)  # -> use


legal = kinds.one_kind

if __name__ == "__main__":
    account.run(main)

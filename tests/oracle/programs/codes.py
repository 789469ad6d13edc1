"""Functions that are made, called and freed in a loop, so that code objects and names reuse each other's memory.

Every function is of a new name, of the same length as the others', and calls its own leaf.  What it is called from
lives on and has the number modulo SLOTS, so that a name that was true a moment ago shows.
"""
import account
import kinds

SLOTS = 13
FIRST = 1000000
SLOT = """
def slot{i}(made):
    made() # -> made
"""
MADE = """
def made{i}():
    for x in range(200):
        leaf{i}(x)
def leaf{i}(x):
    return x
"""


def main(seconds):
    slots = []
    for number in range(SLOTS):
        names = {}
        kinds.make(SLOT, __file__, number, names)
        slots.append(names["slot%d" % number])
    with open(__file__) as file:
        text = file.read()
    line = text[:text.index(MADE)].count("\n")
    number = FIRST
    end = account.wall() + seconds
    while account.wall() < end:
        names = {}
        kinds.place(MADE, line, __file__, number, names)  # -> place
        slots[number % SLOTS](names["made%d" % number])  # -> slot
        number += 1


def legal(stack):
    slot = [number for name, number in stack if name == "slot"]
    made = {number for name, number in stack if name in ("made", "leaf")}
    return not made or (len(made) == 1 and slot == [made.pop() % SLOTS])


if __name__ == "__main__":
    account.run(main)

"""The examples of a README, run: each block of Python in turn, in one program, as a reader would type them.

readme.py FILE
"""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    examples = re.findall(r"^```python\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
assert examples
names = {"__name__": "__main__"}
for number, example in enumerate(examples):
    exec(compile(example, "<example %d>" % number, "exec"), names)

"""An HTTP client for a server that profiles: each page asked for is page N, made by a function work_N.

ask.py URL COUNT: asks for URL/0/ to URL/COUNT-1/ at once, pages and profiles, and checks that no report shows
another request's work than its own, and that most show that.
"""
import concurrent.futures
import re
import sys
import time
import urllib.error
import urllib.request


def get(url):
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.read().decode()


def wait_for(url):
    """Till the server answers, whatever it says."""
    for _ in range(600):
        try:
            return get(url)
        except urllib.error.HTTPError:
            return None
        except OSError:
            time.sleep(0.05)
    raise SystemExit("no server at " + url)


def check(base, number):
    """What is wrong with a page and its profile; empty if nothing is."""
    page = get("%s/%d/" % (base, number)).strip('"')
    if page != "page %d" % number:
        return "page %d: %r" % (number, page)
    text = get("%s/%d/?profile=text" % (base, number))
    seen = set(re.findall(r"\bwork_\d+", text))
    if seen - {"work_%d" % number}:
        return "report %d shows %s\n%s" % (number, sorted(seen), text)
    return "" if seen else "empty: report %d\n%s" % (number, text)


def main(base, count):
    wait_for(base + "/0/")
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        wrong = [problem for problem in pool.map(lambda number: check(base, number), range(count)) if problem]
    # On a machine that has other things to do, a report may lack its work: by a sampler that had no turn.
    empty = [problem for problem in wrong if problem.startswith("empty")]
    print("\n".join(wrong[:3]))
    return 1 if len(empty) < len(wrong) or len(empty) > count / 2 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))

# The interpreters that tests run against: source this file, then call pythons.
#
#   pythons [MIN [MAX]]   prints the path of every release build of CPython found, one a line, ordered by version;
#                         with MIN and MAX ("3.8" "3.15") only minor versions between them, both included
#   all_pythons [MIN [MAX]]   the same of every build: debug and free-threaded ones too
#
# PYREC_PYTHONS, paths separated by colons, names them all; without it, those called python2.7 or python3* on the PATH and those in
# pyenv's versions folder (PYENV_ROOT, or ~/.pyenv) are found.  One executable under several names is printed once.

# Prints "MAJOR MINOR BUILD PATH" if the argument is a CPython; BUILD: release, debug or free-threaded.
_python_describe() {
    timeout 20 "$1" -E -s -S -c '
import os, platform, sys
build = "debug" if hasattr(sys, "gettotalrefcount") else "release"
if "free-threading" in sys.version:
    build = "free-threaded"
if platform.python_implementation() == "CPython":
    print("%d %d %s %s" % (sys.version_info[0], sys.version_info[1], build, os.path.realpath(sys.executable)))
' 2>/dev/null
}

_python_candidates() {
    local folder path
    if [ -n "${PYREC_PYTHONS:-}" ]; then
        tr ':' '\n' <<<"$PYREC_PYTHONS"
        return
    fi
    while IFS= read -r -d ':' folder; do
        case $folder in
        "" | */shims) continue ;; # pyenv's shims lead to its versions
        esac
        for path in "$folder"/python{2.7,3,3.[0-9],3.[0-9][0-9]}{,-dbg,t}; do
            echo "$path"
        done
    done <<<"$PATH:"
    for path in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python; do
        echo "$path"
    done
}

# 3.11 -> 3011
_python_number() {
    echo $((${1%.*} * 1000 + ${1#*.}))
}

all_pythons() {
    _pythons . "$@"
}

pythons() {
    _pythons release "$@"
}

# _pythons BUILD [MIN [MAX]]: of builds that match a pattern.
_pythons() {
    local path major minor build wanted=$1 low high
    low=$(_python_number "${2:-0.0}")
    high=$(_python_number "${3:-99.99}")
    _python_candidates | while IFS= read -r path; do
        if [ -x "$path" ]; then readlink -f -- "$path"; fi
    done | sort -u | while IFS= read -r path; do
        _python_describe "$path"
    done | sort -u -k1,1n -k2,2n -k3 | while read -r major minor build path; do
        if [[ $build =~ $wanted ]] && ((major * 1000 + minor >= low && major * 1000 + minor <= high)); then
            echo "$path"
        fi
    done
}

# make_unknown: ./unknown, an interpreter of tomorrow: a copy of a real one in which the version says 3.99.
make_unknown() {
    local real version prefix part
    real=$(pythons 3.11 3.11 | tail -n 1)
    [ -n "$real" ] || return 1
    version=$("$real" -c 'import sys; print(sys.version.split()[0])')
    prefix=$("$real" -c 'import sys; print(sys.base_prefix)')
    mkdir tomorrow
    for part in "$real" "$prefix"/lib/libpython3.11.so.1.0; do
        [ ! -e "$part" ] || LC_ALL=C sed "s/$version/3.99${version#3.11}/g" "$part" >"tomorrow/${part##*/}"
    done
    chmod +x tomorrow/python3.11
    printf '#!/bin/sh\nexport PYTHONHOME=%s LD_LIBRARY_PATH=%s\nexec %s "$@"\n' "$prefix" "$PWD/tomorrow" \
        "$PWD/tomorrow/python3.11" >unknown
    chmod +x unknown
}

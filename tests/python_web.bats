#!/usr/bin/env bats
# The middlewares, under real servers, asked by a real HTTP client.
# needs: agent

# shellcheck source=tests/python.bash
source "$BATS_TEST_DIRNAME/python.bash"

setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
    environment=$(package_environment)
    tests=$BATS_TEST_DIRNAME
    export PYTHONPATH=$PACKAGE:$tests/python:$tests/python/django_site PYTHONDONTWRITEBYTECODE=1
    unset DJANGO_SETTINGS_MODULE
    port=$("$environment/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    url=http://127.0.0.1:$port
}

teardown() {
    [ -z "${server:-}" ] || {
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null || true
    }
}

# serve COMMAND...: a server of the environment's, its output in server.log.
serve() {
    "$environment/bin/$1" "${@:2}" >server.log 2>&1 3>&- &
    server=$!
}

# ask PATH COUNT: requests at once, none mixed up.
ask() {
    timeout 120 "$environment/bin/python" "$tests/python/ask.py" "$url/$1" "$2" || {
        tail -n 30 server.log >&2
        return 1
    }
}

# fetch PATH: one page.
fetch() {
    curl -sg --path-as-is --max-time 20 "$url/$1"
}

runserver() {
    serve python "$tests/python/django_site/manage.py" runserver --noreload "$port"
    wait_for curl -s -o /dev/null --max-time 5 "$url/view/0/"
}

@test "Django: 50 concurrent requests under runserver, none mixed up" {
    runserver
    ask view 50
}

@test "Django: gunicorn, sync and gthread" {
    for kind in sync gthread; do
        serve gunicorn -b "127.0.0.1:$port" -k "$kind" --threads 8 -w 2 manage:application
        ask view 20
        kill "$server"
        wait "$server" || true
    done
}

@test "Django: uvicorn, sync and async views, over asyncio's loop and uvloop's" {
    for loop in asyncio uvloop; do
        serve uvicorn --port "$port" --loop "$loop" manage:asgi
        ask async 50
        [ "$loop" = uvloop ] || ask view 20
        kill "$server"
        wait "$server" || true
    done
}

@test "Django: ?profile is the page, in a browser; other middlewares are in it; the response goes on without it" {
    runserver
    [ "$(fetch view/3/)" = "page 3" ]
    fetch 'view/3/?profile=text' >text
    grep -q ' slow ' text
    grep -q ' work_3 ' text
    chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=5000 --dump-dom "$url/view/3/?profile" >dom 2>/dev/null
    grep -q work_3 dom
}

@test "Django: nothing is shown without DEBUG; with a callback, to whom it allows" {
    export SITE_DEBUG=0
    runserver
    [ "$(fetch 'view/3/?profile')" = "page 3" ]
    kill "$server"
    wait "$server" || true
    export SITE_CALLBACK=1
    runserver
    [ "$(fetch 'view/3/?profile')" = "page 3" ]
    [[ "$(fetch 'view/3/?profile=text&who=admin')" == *work_3* ]]
}

@test "Django: every request is saved, inside of the folder whatever the URL holds; pyinstrument's settings count" {
    export SITE_PROFILES=$PWD/top/profiles SITE_DIR_SETTING=PYINSTRUMENT_PROFILE_DIR
    export SITE_MIDDLEWARE=pyrec.middleware.ProfilerMiddleware
    runserver
    rm -f top/profiles/*
    long=$(printf 'x%.0s' {1..3000})
    for path in any/a any/../../../../tmp/b 'any/%2e%2e/%2e%2e/%2fetc%2fc' 'any/%00%0a%1b[31m' "any/$long" 'any/a%20b;rm%20-rf%20*' \
        'any/..%5c..%5cd' 'any/~/%7b0%7d%7btotal_time%7d' 'any/a?q=/../../x'; do
        fetch "$path" >/dev/null
    done
    [ "$(find top -type f | wc -l)" -eq "$(find top/profiles -maxdepth 1 -type f | wc -l)" ]
    [ "$(find top/profiles -name '*.prof' | wc -l)" -ge 8 ]
    [ "$(find top/profiles -name '*.prof' | wc -l)" -eq "$(find top/profiles -name '*.html' | wc -l)" ]
    [ -z "$(find top | LC_ALL=C grep '[^][:alnum:]_.,=&+/ -]')" ]
    find top/profiles -name '*.prof' -print0 | xargs -0 -n 1 "$PYREC_BUILD/pyrender" >reports
    grep -q work_99 reports
}

@test "Django: a view that fails is a failure still, and the next request is profiled" {
    runserver
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/fail/?profile=none")" = 200 ]
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/fail/")" = 500 ]
    [[ "$(fetch 'view/3/?profile=text')" == *work_3* ]]
}

@test "WSGI: Flask under gunicorn's threads" {
    export SITE_PROFILES=$PWD/profiles
    serve gunicorn -b "127.0.0.1:$port" -k gthread --threads 20 'apps:make_flask()'
    ask view 20
    [ "$(find profiles -name '*.prof' | wc -l)" -ge 40 ]
}

@test "ASGI: FastAPI and Starlette under uvicorn, with asyncio's loop and uvloop's" {
    for app in make_fastapi make_starlette; do
        for loop in asyncio uvloop; do
            serve uvicorn --port "$port" --loop "$loop" --factory "apps:$app"
            ask view 50
            kill "$server"
            wait "$server" || true
        done
    done
}

@test "ASGI: what FastAPI runs in a thread is the request's too" {
    for loop in asyncio uvloop; do
        serve uvicorn --port "$port" --loop "$loop" --factory apps:make_fastapi
        ask thread 20
        kill "$server"
        wait "$server" || true
    done
}

@test "aiohttp" {
    serve python "$tests/python/apps.py" "$port"
    ask view 50
}

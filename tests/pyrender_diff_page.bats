#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender --html --baseline: the page of a difference in a real browser (tests/diff_page.js)

load pyrender

setup_file() {
    command -v chromium >/dev/null || skip "no chromium"
    command -v node >/dev/null || skip "no node"
}

# page EXPRESSION…: what they give in out.html, a line each
page() {
    timeout 100 node "$BATS_TEST_DIRNAME/diff_page.js" out.html "$@"
}

# run_of NUMBER MS-OF-PARSE MS-OF-DRAW MS-OF-WAIT: a recording of its own in NUMBER.prof
run_of() {
    {
        echo "process pid=$1 recording=$1 wall=1700000000000000000 period=1000000 argv=python3 argv=app.py path=/app"
        echo "thread 1 tid=$1"
        echo "run $2 1 /app/app.py:main:10 /app/app.py:parse:20"
        echo "run $3 1 /app/app.py:main:10 /app/app.py:draw:30"
        echo "run $4 1 /app/app.py:main:10 /app/app.py:wait:40"
        echo end
    } | stream_make >"$1.prof"
}

sides() {
    run_of 1 390 500 300
    run_of 2 410 500 300
    run_of 3 790 500 100
    run_of 4 810 500 100
    pyrender -o out.html --baseline 1.prof,2.prof 3.prof 4.prof
}

rows="[...document.querySelectorAll('#calls tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText).join(' '))"

@test "both sides, the change and the spread are in both tables" {
    sides
    page "[...document.querySelectorAll('#functions tbody tr')].map((row) => row.innerText.replace(/\\s+/g, ' ').trim())" \
        "$rows.map((row) => row.replace(/\\s+/g, ' '))" \
        "document.querySelector('#total').textContent" | diff - <(
        cat <<'END'
["1.200 1.400 +0.200 +16.7 % 0.040 total","0.400 0.800 +0.400 +100.0 % 0.040 parse app.py:20","0.300 0.100 −0.200 −66.7 % 0.001 wait app.py:40","0.500 0.500 0.000 0.0 % unchanged (1 row)"]
["1.200 1.400 +0.200 +16.7 % 0.040 ▾main app.py:10","0.400 0.800 +0.400 +100.0 % 0.040 parse app.py:20","0.300 0.100 −0.200 −66.7 % 0.001 wait app.py:40","0.500 0.500 0.000 0.0 % ▸unchanged (1 row)"]
"Mean of a run, all threads: old 1.200 s, new 1.400 s, change +0.200 s (+16.7 %), spread ±0.040 s. Baseline: 2 runs, 1.190 to 1.210 s in all threads. New: 2 runs, 1.390 to 1.410 s in all threads."
END
    )
}

@test "keys unfold, fold and move in the calls" {
    sides
    page "document.querySelector('#calls tbody tr').focus()" key:ArrowDown key:ArrowDown key:ArrowDown key:ArrowRight \
        "$rows.length" "document.activeElement.innerText.trim().split(/\\s+/)[3]" key:ArrowLeft "$rows.length" key:ArrowUp \
        key:ArrowUp key:ArrowUp key:Enter "$rows.length" | tail -n +2 | tr '\n' ' ' | grep -qx '5 "0.0" 4 1 '
}

@test "boxes are as wide as their time and coloured by their change, whose two values are told" {
    sides
    page "flame.boxes.map((box) => Math.round(box.width * 100 / flame.boxes[0].width))" \
        "flame.boxes.map((box) => colorsOf(calls[box.call].total).fill.trim())" \
        "(() => { const area = flameCanvas().getBoundingClientRect(); window.scrollTo(0, 0);
            window.at = {x: area.x + 100, y: area.y + 50}; return area.y < 600; })()" \
        "Array.from(flameCanvas().getContext('2d').getImageData(300, 58, 1, 1).data)" \
        "flameCanvas().focus()" key:ArrowDown key:ArrowDown "document.querySelector('#flame-status').textContent" \
        key:Enter "flame.boxes.length" key:Escape "flame.boxes.length" \
        "(() => { const select = document.querySelector('#basis'); select.value = 'old';
            select.dispatchEvent(new Event('change')); return flame.boxes.map((box) => Math.round(box.width)); })()[2] > 300" \
        >out
    # total, main; then by change: parse 400 + 800 of 2600, wait 400, draw 1000.
    sed -n 1p out | grep -qx '\[100,100,46,15,38\]'
    sed -n 2p out | grep -qx '\["#e08214","#e08214","#7f3b08","#053061","#e2e4e7"\]'
    sed -n 3p out | grep -qx true
    sed -n 4p out | grep -qx '\[127,59,8,255\]'
    grep -qF '"parse app.py:20\ntotal: old 0.400 s, new 0.800 s, change +0.400 s (+100.0 %), spread ±0.040 s"' out
    [ "$(tail -n 3 out | tr '\n' ' ')" = "3 5 true " ]
}

@test "the pointer shows both sides" {
    sides
    at=$(page "(() => { const area = flameCanvas().getBoundingClientRect();
        return [Math.round(area.x + 100), Math.round(area.y + 50)].join(); })()" | tr -d '"')
    page "move:$at" "document.querySelector('#tip').textContent" |
        grep -q 'parse app.py:20\\ntotal: old 0.400 s, new 0.800 s'
}

@test "search, percent and threshold" {
    sides
    page "(() => { const search = document.querySelector('#search'); search.value = 'draw';
            search.dispatchEvent(new Event('input')); return document.querySelectorAll('#calls tr.found').length; })()" \
        "(() => { const unit = document.querySelector('#unit'); unit.value = 'percent';
            unit.dispatchEvent(new Event('change')); return document.querySelector('#functions tbody tr').cells[1].innerText; })()" \
        "(() => { document.querySelector('#threshold').append(new Option('50', '50'));
            document.querySelector('#threshold').value = '50';
            document.querySelector('#threshold').dispatchEvent(new Event('change'));
            return document.querySelectorAll('#functions tbody tr').length; })()" |
        tr '\n' ' ' | grep -qx '1 "116.7 %" 2 '
}

@test "hostile names are text, and nothing is asked of a network" {
    hostile_lines | stream_make >1.prof
    hostile_lines | sed 's/recording=1/recording=2/; s/^run 10 /run 90 /' | stream_make >2.prof
    pyrender -o out.html --baseline 1.prof 2.prof
    page "window.hacked === undefined && document.querySelectorAll('img, iframe').length === 0" \
        "calls.length > 10" "document.querySelector('#functions').innerText.includes('</script><script>window.hacked')" |
        tr '\n' ' ' | grep -qx 'true true true '
}

@test "nothing to compare is a page, too" {
    { process_lines && echo end; } | stream_make >1.prof
    pyrender -o out.html --baseline 1.prof 1.prof
    page "document.querySelector('#notes').innerText.includes('no samples on either side')" | grep -qx true
}

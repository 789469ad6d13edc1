'use strict';

/* The flame graph, the timeline, the table and the source: the same selection, drawn otherwise. */

const assert = require('node:assert');
const {SHIFT} = require('./browser.js');

/** The text of each cell of the first rows of a table. */
function cells(page, id, rows) {
    return page.value(`[...document.getElementById('${id}').rows].slice(0, ${rows}).map((row) =>
        [...row.cells].map((cell) => cell.textContent))`);
}

/** How many different colours a canvas shows. */
function colorsOf(page, id) {
    return page.value(`(() => {
        const canvas = document.getElementById('${id}');
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    })()`);
}

module.exports = {
    async 'draws the flame graph, zooms and finds in it'(page) {
        await page.key('3');
        assert.ok(await colorsOf(page, 'flame-canvas') > 5);
        await page.key('Home');
        assert.match(await page.text('flame-status'), /^everything selected – 0\.860 s, 100\.0 %/);
        for (const [key, name] of [['ArrowDown', 'Thread MainThread'], ['ArrowRight', 'Thread worker'],
            ['ArrowLeft', 'Thread MainThread'], ['ArrowDown', '<module> script.py:1'], ['ArrowDown', 'main script.py:10']]) {
            await page.key(key);
            assert.ok((await page.text('flame-status')).startsWith(name), `${await page.text('flame-status')} after ${key}`);
        }
        await page.key('Enter');
        assert.match(await page.value('location.hash'), /zoom=/);
        const wide = await page.value('flame.boxes.filter((box) => box.width > 1000).length');
        assert.ok(wide >= 3);
        await page.key('Escape');
        await page.key('Escape');
        await page.key('Escape');
        assert.strictEqual(await page.value('location.hash'), '#view=flame');
        await page.key('i');
        assert.strictEqual(await page.value("document.getElementById('flame-direction').value"), 'flame');
        await page.key('/');
        await page.type('item');
        await page.key('Enter');
        assert.match(await page.text('flame-status'), /^item views\.py:5/);
    },

    async 'zooms the flame graph by click'(page) {
        await page.key('3');
        await page.drag('flame-canvas', [0.1, 0.08], [0.1, 0.08]);
        assert.strictEqual(new URLSearchParams((await page.value('location.hash')).slice(1)).get('zoom').split('.')[0], '0');
        await page.click("document.getElementById('flame-out')");
        await page.click("document.getElementById('flame-out')");
        assert.strictEqual(await page.value('state.zoom'), '');
    },

    async 'selects a time range on the timeline, which rules all views'(page) {
        await page.key('4');
        assert.ok(await colorsOf(page, 'timeline-canvas') > 5);
        await page.drag('timeline-canvas', [0.3, 0.3], [0.5, 0.3]);
        const [from, to] = await page.value('state.time');
        assert.ok(from > 0 && to < 860000 && to - from > 50000, `${from} to ${to}`);
        const selected = await page.text('selected');
        assert.match(selected, / s of wall time in \d+ samples, 0\.\d+ s to 0\.\d+ s/);
        await page.key('1');
        const whole = await page.value('selectedTree().total[0]');
        assert.ok(Math.abs(whole - (to - from)) < 2000, `${whole} of ${to - from}`);
        await page.click("document.getElementById('whole-time')");
        assert.strictEqual(await page.value('selectedTree().total[0]'), 860000);
    },

    async 'moves and zooms the timeline by wheel and keys'(page) {
        await page.key('4');
        await page.wheel('timeline-canvas', [0.5, 0.3], -500);
        await page.until('timeline.to - timeline.from < 500000');
        const [from, to] = await page.value('[timeline.from, timeline.to]');
        await page.drag('timeline-canvas', [0.6, 0.3], [0.5, 0.3], SHIFT);
        assert.ok(await page.value('timeline.from') > from);
        assert.ok(Math.abs(await page.value('timeline.to - timeline.from') - (to - from)) < 1);
        for (const key of ['Home', 'ArrowDown', 'ArrowRight', '+', '-']) {
            await page.key(key);
        }
        assert.match(await page.text('timeline-status'), /^Thread MainThread at 0\.\d+ s: item views\.py:5|main script\.py:10/);
        for (let i = 0; i < 5; i++) {
            await page.key('ArrowRight', SHIFT);
        }
        const range = await page.value('state.time');
        assert.ok(range[1] - range[0] > 50000, String(range));
        await page.key('Enter');
        assert.deepStrictEqual(await page.value('[timeline.from, timeline.to]'), range);
        await page.key('Escape');
        assert.strictEqual(await page.value('state.time'), null);
    },

    async 'lists functions and sorts them'(page) {
        await page.key('5');
        assert.deepStrictEqual(await cells(page, 'table-body', 2), [
            ['0.300 s', '34.9 %', '0.400 s', '46.5 %', '400', 'item', 'views.py:5'],
            ['0.300 s', '34.9 %', '0.700 s', '81.4 %', '700', 'main', 'script.py:10'],
        ].sort((a, b) => b[2].localeCompare(a[2])));
        await page.click("document.getElementById('sort-name')");
        const names = await page.value("[...document.querySelectorAll('#table-body .name')].map((cell) => cell.textContent)");
        assert.deepStrictEqual(names, [...names].sort((a, b) => a.localeCompare(b)));
        assert.strictEqual(await page.value("document.querySelector('#table-head th:nth-child(6)').getAttribute('aria-sort')"),
            'ascending');
        await page.key('Enter');
        assert.strictEqual(await page.value('state.sort'), '-name');
        await page.choose('measure', 'cpu');
        await page.click("document.getElementById('sort-self')");
        assert.deepStrictEqual((await cells(page, 'table-body', 3)).map((row) => row[0]), ['0.300 s', '0.300 s', '0.100 s']);
    },

    async 'shows source lines with their heat'(page) {
        await page.key('6');
        const lines = await page.value(`[...document.querySelectorAll('#source-body tr')].map((row) =>
            [...row.cells].map((cell) => cell.textContent))`);
        assert.deepStrictEqual(lines.find((cell) => cell[2] === '2'), ['0.300', '0.400', '2', '        for n in range(10):  # <b>&amp;']);
        assert.deepStrictEqual(lines.find((cell) => cell[2] === '1'), ['', '', '1', 'def f():']);
        assert.strictEqual(await page.value("document.querySelectorAll('#source-body b').length"), 0);
        await page.value("document.getElementById('source-scroll').focus()");
        await page.key('n');
        assert.strictEqual(await page.value("document.querySelector('#source-body tr.active').cells[2].textContent"), '2');
    },

    async 'selects threads and states'(page) {
        await page.key('s');
        await page.until("document.getElementById('thread-list').children.length === 4");
        await page.click("document.querySelector('#thread-list .choice:nth-child(3) button')");
        assert.deepStrictEqual(await page.rows(), ['work', '  Queue.get', '    Condition.wait']);
        assert.strictEqual(await page.text('threads-summary'), '1 of 3 threads');
        assert.match(await page.value('location.hash'), /threads=1/);
        await page.click("document.getElementById('threads-all')");
        await page.choose('measure', 'cpu');
        assert.match(await page.text('selected'), /^0\.710 s of CPU time/);
        await page.choose('measure', 'gil');
        assert.match(await page.text('selected'), /^0\.000 s of holds the GIL/);
        await page.click("document.getElementById('reset')");
        assert.match(await page.text('selected'), /^0\.860 s of wall time in 860 samples, all 0\.860 s/);
    },

    async 'keeps what was chosen in the fragment'(page) {
        const fragment = '#view=table&threads=0&time=0.100000~0.500000&measure=cpu&search=item&percent=1&threshold=5';
        await page.visit(fragment);
        assert.deepStrictEqual(await page.value('[state.view, [...state.threads], state.time, state.measure, state.search, state.percent, state.threshold]'),
            ['table', [0], [100000, 500000], 'cpu', 'item', true, 5]);
        assert.strictEqual(await page.value('decodeURIComponent(writeFragment())'), fragment);
        assert.strictEqual(await page.value("document.getElementById('panel-table').hidden"), false);
        await page.visit('#view=nosuch&threads=x&time=5~1&measure=%00&threshold=-3&zoom=%3Cb%3E');
        assert.deepStrictEqual(await page.value('[state.view, state.time, state.measure, state.threshold]'), ['tree', null, 'wall', 1]);
        assert.ok(await page.value('document.getElementById("selected").textContent.length') > 0);
    },

    async 'exports what is selected'(page) {
        await page.key('e');
        await page.click("document.getElementById('export-collapsed')");
        const stacks = (await page.download('profile.collapsed')).trim().split('\n');
        assert.ok(stacks.includes('Thread MainThread;<module> (script.py:1);main (script.py:10);Template.render ' +
            '(django/template/base.py:100);NodeList.render (django/template/base.py:200);Node.render ' +
            '(django/template/base.py:300);Node.call (django/template/base.py:400);item (views.py:5) 300'), stacks.join('\n'));
        assert.strictEqual(stacks.reduce((sum, one) => sum + Number(one.split(' ').pop()), 0), 860);
        await page.click("document.getElementById('export-json')");
        const json = JSON.parse(await page.download('profile.json'));
        assert.strictEqual(json.rows[0].total, 0.86);
        assert.strictEqual(json.selection.threads.length, 3);
        await page.click("document.getElementById('export-svg')");
        const svg = await page.download('flame.svg');
        assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="1200"/);
        assert.ok(svg.includes('item views.py:5'));
        assert.strictEqual(await page.value(`new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml')
            .querySelectorAll('parsererror, script').length`), 0);
    },
};

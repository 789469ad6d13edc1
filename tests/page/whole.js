'use strict';

/* The page as a whole: looks, keys, accessibility, foreign names, and profiles that are empty or large. */

const assert = require('node:assert');
const fs = require('node:fs');
const {line, ALT} = require('./browser.js');

const VIEWS = ['tree', 'inverted', 'flame', 'timeline', 'table', 'source'];

/** Goes through all views; something is drawn in each. */
async function visitViews(page) {
    for (const [i, view] of VIEWS.entries()) {
        await page.key(String(i + 1));
        assert.strictEqual(await page.value(`document.getElementById('panel-${view}').hidden`), false);
        assert.strictEqual(await page.value("document.querySelectorAll('section:not([hidden])').length"), 1);
    }
}

/** What axe finds that is serious or worse. */
function violations(page) {
    return page.value(`axe.run(document, {resultTypes: ['violations']}).then(({violations}) =>
        violations.filter(({impact}) => impact === 'serious' || impact === 'critical').map(({id, nodes}) =>
            id + ': ' + nodes.slice(0, 3).map((node) => node.html + ' ' + node.failureSummary).join('; ')))`);
}

module.exports = {
    async 'is light or dark, by the system and by hand'(page) {
        const back = () => page.value('getComputedStyle(document.body).backgroundColor');
        await page.systemIs('light');
        const light = await back();
        await page.systemIs('dark');
        const dark = await back();
        assert.notStrictEqual(dark, light);
        await page.choose('theme', 'light');
        assert.strictEqual(await back(), light);
        await page.systemIs('light');
        await page.choose('theme', 'dark');
        assert.strictEqual(await back(), dark);
        await page.key('t');
        assert.strictEqual(await back(), light);
    },

    async 'tells its keys'(page) {
        await page.key('?');
        assert.strictEqual(await page.value("document.getElementById('keys').open"), true);
        assert.ok((await page.text('key-list')).includes('timeline: select a time range'));
        await page.key('Escape');
        assert.strictEqual(await page.value("document.getElementById('keys').open"), false);
        await visitViews(page);
        await page.value("document.getElementById('tab-source').focus()");
        await page.key('ArrowRight');
        assert.strictEqual(await page.value('document.activeElement.id'), 'tab-tree');
        await page.key('Tab');
        assert.strictEqual(await page.value('document.activeElement.id'), 'tree');
        assert.notStrictEqual(await page.value('getComputedStyle(document.activeElement).outlineStyle'), 'none');
    },

    async 'is accessible in every view, light and dark'(page) {
        const folder = process.env.PYREC_NPM;
        await page.value(fs.readFileSync(`${folder}/node_modules/axe-core/axe.min.js`, 'utf8'));
        for (const theme of ['light', 'dark']) {
            await page.choose('theme', theme);
            for (const key of VIEWS.keys()) {
                await page.key(String(key + 1));
                assert.deepStrictEqual(await violations(page), [], `${VIEWS[key]}, ${theme}`);
            }
        }
        await page.value("for (const one of document.querySelectorAll('details')) one.open = true");
        assert.deepStrictEqual(await violations(page), [], 'menus');
        await page.key('?');
        assert.deepStrictEqual(await violations(page), [], 'keys');
    },

    async 'fits narrow and wide windows'(page) {
        for (const [width, height] of [[360, 640], [3840, 2160]]) {
            await page.resize(width, height);
            for (const key of VIEWS.keys()) {
                await page.key(String(key + 1));
                const over = await page.value('document.documentElement.scrollWidth - innerWidth');
                assert.ok(over <= 0, `${VIEWS[key]} is ${over} pixels wider than ${width}`);
                const height = await page.value("document.querySelector('section:not([hidden]) .scroll').clientHeight");
                assert.ok(height > 150, `${VIEWS[key]} has ${height} pixels`);
            }
        }
    },

    async 'runs nothing that comes from the stream'(page) {
        const shown = new Set();
        for (const row of await page.rows()) {
            shown.add(row.trim());
        }
        await visitViews(page);
        await page.key('e');
        await page.click("document.getElementById('export-svg')");
        const svg = await page.download('flame.svg');
        assert.strictEqual(await page.value(`new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml')
            .querySelectorAll('parsererror, script, img, image').length`), 0);
        await page.key('1');
        await page.click(line('<module>'), ALT);
        assert.strictEqual(await page.value('typeof window.hacked'), 'undefined');
        assert.strictEqual(await page.value("document.querySelectorAll('img, iframe, object, svg, a, b').length"), 0);
        assert.strictEqual(await page.value("document.querySelectorAll('script').length"), 2);
        assert.strictEqual(await page.value("document.querySelectorAll('[onclick], [onerror], [onload], [style*=url]').length"), 0);
        const text = [...shown].join('\n');
        for (const name of ['</script><script>window.hacked=1</script>', '"><img src=x onerror=window.hacked=1>',
            '<!--<script>', '{{script}}', '\\u2028', '\\u202e', '\\x1b[2J', '\\n', '\\xff', '\\x00']) {
            assert.ok(text.includes(name), `'${name}' is not shown`);
        }
        /* What is inline must be refused even if it got in. */
        await page.value(`document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.hacked=2">')`);
        await page.value(`document.body.append(Object.assign(document.createElement('script'), {text: 'window.hacked=3'})) && 0`);
        await page.value('fetch("https://example.invalid/").catch(() => 0)');
        assert.strictEqual(await page.value('typeof window.hacked'), 'undefined');
        const refused = page.events.filter(({method, params}) => method === 'Log.entryAdded' &&
            /Content Security Policy/.test(params.entry.text));
        assert.ok(refused.length >= 3, JSON.stringify(refused));
        page.events = page.events.filter((event) => !refused.includes(event) && !/^(data:|https:)/.test(event.params?.request?.url));
    },

    async 'says so where there are no samples'(page) {
        assert.deepStrictEqual(await page.rows(), []);
        assert.ok((await page.text('notes')).includes('No samples'));
        await visitViews(page);
    },

    async 'shows one sample'(page) {
        assert.deepStrictEqual(await page.rows(), ['f']);
        await visitViews(page);
        assert.match(await page.text('selected'), /^0\.001 s of wall time in 1 sample,/);
    },

    async 'opens with ten thousand threads'(page) {
        assert.strictEqual(await page.text('threads-summary'), 'All 10,000 threads');
        await visitViews(page);
        await page.key('s');
        await page.until("document.getElementById('thread-list').children.length > 0");
        assert.ok((await page.text('thread-list')).includes('9,800 more threads'));
        await page.click("document.getElementById('thread-filter')");
        await page.type('worker-9876');
        await page.click("document.getElementById('threads-listed')");
        assert.strictEqual(await page.text('threads-summary'), '1 of 10,000 threads');
        assert.match(await page.text('selected'), /in 1 sample,/);
    },

    async 'says what a bounded page leaves out'(page) {
        assert.match(await page.text('notes'), /calls? of less than .* % of all time, or too deep, are in this page only as “other”/);
        assert.match(await page.text('notes'), /Time in this page is in bins of /);
        await visitViews(page);
        await page.key('1');
        const [calls, runs] = await page.value(`[selectedTree().total[0],
            profile.runs.time.reduce((sum, time) => sum + time, 0)]`);
        assert.ok(Math.abs(calls / runs - 1) < 1e-3, `${calls} and ${runs}`);
        assert.strictEqual(await page.value('Math.round(selectedTree().samples[0])'), 60000);
    },

    async 'opens'(page) {
        assert.ok((await page.rows()).length > 0);
    },
};

'use strict';

/* The call tree and the inverted tree: rows that fold, move and are found. */

const assert = require('node:assert');
const {line, ALT} = require('./browser.js');

const ROWS = ['Thread MainThread', '  <module>', '    main', '      Template.render', '        [2 frames hidden]',
    '        Node.call', '          item', '            [self]', '            query', '      [self]',
    '    other (2 frames)', 'Thread worker', '  work', '    Queue.get', '      Condition.wait', 'Thread idle-1',
    '  [no Python frame]'];

module.exports = {
    async 'shows the tree and what is said of the recording'(page) {
        assert.deepStrictEqual(await page.rows(), ROWS);
        const text = await page.value('document.body.textContent');
        for (const said of ['python3 script.py', 'Thread MainThread', '1000 Hz asked', 'django']) {
            assert.ok(text.includes(said), `'${said}' is not on the page`);
        }
        assert.match(await page.value('document.title'), /^0\.860 s python3 script\.py/);
        assert.match(await page.text('trust'), /1000 Hz asked, 1000 Hz reached/);
        assert.strictEqual(await page.value(`${line('item')}.classList.contains('application')`), true);
        assert.strictEqual(await page.value(`${line('Template.render')}.classList.contains('application')`), false);
        assert.strictEqual(await page.value(`${line('item')}.querySelector('.time').textContent`), '0.400');
    },

    async 'folds and unfolds by click'(page) {
        await page.click(line('main'));
        assert.deepStrictEqual((await page.rows()).slice(1, 4), ['  <module>', '    main*', '    other (2 frames)']);
        assert.strictEqual(await page.value(`${line('main')}.getAttribute('aria-expanded')`), 'false');
        await page.click(line('main'));
        assert.strictEqual((await page.rows())[3], '      Template.render');
        await page.click(line('other (2 frames)'));
        assert.ok((await page.rows()).includes('      small'));
        await page.click(line('<module>'), ALT);
        assert.strictEqual((await page.rows())[1], '  <module>*');
        assert.ok(!(await page.rows()).includes('    main'));
        await page.click(line('<module>'), ALT);
        assert.ok((await page.rows()).includes('            query'));
    },

    async 'folds, unfolds and moves by key'(page) {
        await page.click(line('[self]', 1));
        const active = async () => (await page.rows()).find((row) => row.endsWith('*')).trim();
        assert.strictEqual(await active(), '[self]*');
        for (const [key, row] of [['ArrowUp', 'query*'], ['ArrowLeft', 'item*'], ['ArrowLeft', 'item*'],
            ['ArrowLeft', 'Node.call*'], ['ArrowLeft', 'Node.call*'], ['ArrowLeft', 'Template.render*'],
            ['ArrowLeft', 'Template.render*'], ['ArrowDown', '[self]*'], ['ArrowUp', 'Template.render*'],
            ['ArrowRight', 'Template.render*'], ['ArrowRight', '[2 frames hidden]*'],
            ['Enter', '[2 frames shown]*'], [' ', '[2 frames hidden]*'], ['Home', 'Thread MainThread*'],
            ['End', '[no Python frame]*'], ['Home', 'Thread MainThread*'], ['Enter', 'Thread MainThread*']]) {
            await page.key(key);
            assert.strictEqual(await active(), row, `after ${key}`);
        }
        assert.strictEqual((await page.rows())[1], 'Thread worker');
        assert.strictEqual(await page.value("document.getElementById('tree').getAttribute('aria-activedescendant')"), 'tree-0');
        await page.key('*');
        assert.ok((await page.rows()).includes('            query'));
    },

    async 'shows library code, percent and small calls'(page) {
        await page.key('f');
        const rows = await page.rows();
        assert.ok(rows.includes('        NodeList.render'));
        assert.ok(!rows.some((row) => row.includes('hidden')));
        await page.choose('unit', 'percent');
        assert.strictEqual(await page.value(`${line('<module>')}.querySelector('.time').firstChild.textContent`), '100.0 %');
        await page.choose('threshold', '0');
        assert.ok((await page.rows()).includes('    small'));
        await page.choose('fold', true);
        assert.ok((await page.rows()).includes('        [2 frames hidden]'));
        await page.choose('apart', false);
        assert.deepStrictEqual((await page.rows()).slice(0, 2), ['<module>', '  main']);
    },

    async 'folds by the patterns that are typed'(page) {
        await page.choose('show', '*/django/*');
        assert.ok((await page.rows()).includes('        NodeList.render'));
        await page.choose('show', '');
        await page.choose('hide', '*.py');
        assert.ok((await page.rows()).some((row) => /\[[3-9] frames hidden\]/.test(row)));
    },

    async 'lets functions give way'(page) {
        assert.deepStrictEqual(await page.rows(), ['Thread MainThread', '  <module>', '    inner', 'Thread worker', '  g']);
    },

    async 'shows all functions'(page) {
        assert.deepStrictEqual(await page.rows(), ['Thread MainThread', '  <module>', '    wrap', '      inner',
            'Thread worker', '  load', '    g']);
    },

    async 'finds functions and places'(page) {
        await page.key('/');
        await page.type('nosuchname');
        assert.strictEqual(await page.text('matches'), '0 calls');
        await page.value("document.getElementById('search').value = ''");
        await page.type('base.py:200');
        assert.strictEqual(await page.text('matches'), '1 call, 46.5 %');
        await page.key('Enter');
        assert.strictEqual(await page.value(`${line('NodeList.render')}.classList.contains('match')`), true);
        await page.value("document.getElementById('search').value = ''");
        await page.type('script.py:15');
        assert.strictEqual(await page.text('matches'), '1 call, 81.4 %');
        await page.choose('only', true);
        assert.deepStrictEqual((await page.rows()).filter((row) => row.startsWith('T')), ['Thread MainThread']);
        assert.match(await page.text('selected'), /^0\.300 s of wall time in 300 samples/);
    },

    async 'shows who called the hot ones'(page) {
        await page.key('2');
        const rows = await page.rows();
        assert.deepStrictEqual(rows.slice(0, 5), ['main', 'item', 'query', 'Condition.wait', '[no Python frame]']);
        await page.key('Home');
        await page.key('ArrowDown');
        for (const name of ['Node.call', 'Node.render', 'NodeList.render', 'Template.render', 'main', '<module>']) {
            await page.key('ArrowRight');
            await page.key('ArrowRight');
            const active = (await page.rows()).find((row) => row.endsWith('*'));
            assert.strictEqual(active.trim(), `${name}*`);
        }
        assert.strictEqual(await page.value(`${line('item')}.querySelector('.time').textContent`), '0.300');
    },
};

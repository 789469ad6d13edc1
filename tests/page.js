'use strict';

/**
 * page SCENARIO FILE: opens a page of pyrender in headless Chromium and does what a reader would, by real clicks and
 * keys; fails if what then stands on the page is not what it should be.
 *
 * Chromium is driven by its DevTools protocol over a pipe (--remote-debugging-pipe: descriptors 3 and 4, messages ended
 * by a NUL), so nothing but node is needed.  Every scenario also fails on an exception in the page, on a violation of
 * its content-security policy, and on any request but the one for the file.
 */

const assert = require('node:assert');
const childProcess = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const url = require('node:url');

/** The keys of the protocol's Input.dispatchKeyEvent that are not their own text. */
const KEY_CODES = {ArrowDown: 40, ArrowUp: 38, ArrowLeft: 37, ArrowRight: 39, Enter: 13, Home: 36, End: 35, Tab: 9};
const ALT = 1;

/** One browser with one page. */
class Page {
    constructor() {
        this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'page-'));
        this.browser = childProcess.spawn('chromium', [
            '--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--no-first-run',
            '--window-size=1200,900', `--user-data-dir=${this.profile}`, 'about:blank',
        ], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});
        this.waiting = new Map();
        this.events = [];
        this.last = 0;
        this.rest = '';
        this.browser.stdio[4].setEncoding('utf8').on('data', (text) => this.receive(text));
    }

    receive(text) {
        const messages = (this.rest + text).split('\0');
        this.rest = messages.pop();
        for (const message of messages.map((one) => JSON.parse(one))) {
            if (message.id) {
                const {resolve, reject} = this.waiting.get(message.id);
                this.waiting.delete(message.id);
                message.error ? reject(new Error(message.error.message)) : resolve(message.result);
            } else {
                this.events.push(message);
            }
        }
    }

    send(method, params = {}) {
        const message = {id: ++this.last, method, params, sessionId: this.session};
        this.browser.stdio[3].write(`${JSON.stringify(message)}\0`);
        return new Promise((resolve, reject) => this.waiting.set(message.id, {resolve, reject}));
    }

    async open(file) {
        const {targetId} = await this.send('Target.createTarget', {url: 'about:blank'});
        const {sessionId} = await this.send('Target.attachToTarget', {targetId, flatten: true});
        this.session = sessionId;
        for (const domain of ['Page', 'Runtime', 'Network', 'Log']) {
            await this.send(`${domain}.enable`);
        }
        this.url = url.pathToFileURL(file).href;
        await this.send('Page.navigate', {url: this.url});
        while (!this.events.some((event) => event.method === 'Page.loadEventFired')) {
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    }

    /** The value of an expression in the page. */
    async value(expression) {
        const {result, exceptionDetails} = await this.send('Runtime.evaluate', {expression, returnByValue: true});
        assert.ok(!exceptionDetails, exceptionDetails?.exception?.description);
        return result.value;
    }

    async key(key) {
        const event = {key, windowsVirtualKeyCode: KEY_CODES[key] || 0};
        const text = KEY_CODES[key] ? (key === 'Enter' ? '\r' : undefined) : key;
        await this.send('Input.dispatchKeyEvent', {...event, type: text ? 'keyDown' : 'rawKeyDown', text});
        await this.send('Input.dispatchKeyEvent', {...event, type: 'keyUp'});
    }

    async type(text) {
        for (const key of text) {
            await this.key(key);
        }
    }

    /** Clicks in the middle of the element that an expression gives. */
    async click(expression, modifiers = 0) {
        const at = await this.value(`(() => {
            const element = ${expression};
            element.scrollIntoView({block: 'center'});
            const box = element.getBoundingClientRect();
            return {x: box.x + Math.min(box.width, 300) / 2, y: box.y + box.height / 2};
        })()`);
        const event = {...at, button: 'left', clickCount: 1, modifiers};
        await this.send('Input.dispatchMouseEvent', {...event, type: 'mousePressed'});
        await this.send('Input.dispatchMouseEvent', {...event, type: 'mouseReleased'});
    }

    /** Puts a switch of the page's form to a value, as the user's choice in it would. */
    async choose(id, choice) {
        await this.value(`(() => {
            const element = document.getElementById('${id}');
            if (element.type === 'checkbox') element.checked = ${choice === true};
            else element.value = ${JSON.stringify(choice)};
            element.dispatchEvent(new Event('change'));
        })()`);
    }

    /** The rows on the page: two blanks a level, the name, `*` if it has the focus. */
    rows() {
        return this.value(`[...document.querySelectorAll('[role=treeitem]')].map((item) =>
            '  '.repeat(item.getAttribute('aria-level') - 1) + item.querySelector('.name').textContent +
            (item === document.activeElement ? '*' : ''))`);
    }

    /** Nothing happened that must not. */
    verify() {
        for (const {method, params} of this.events) {
            assert.notStrictEqual(method, 'Runtime.exceptionThrown', JSON.stringify(params));
            if (method === 'Log.entryAdded') {
                assert.fail(params.entry.text);
            }
            if (method === 'Network.requestWillBeSent') {
                assert.strictEqual(params.request.url, this.url);
            }
        }
    }

    async close() {
        const ended = new Promise((resolve) => this.browser.once('exit', resolve));
        await this.send('Browser.close').catch(() => {});
        await ended;
        fs.rmSync(this.profile, {recursive: true, force: true, maxRetries: 5});
    }
}

/** An expression for the line of the n-th row with a name. */
function line(name, n = 0) {
    return `[...document.querySelectorAll('.row')].filter((row) =>
        row.querySelector('.name').textContent === ${JSON.stringify(name)})[${n}]`;
}

const scenarios = {
    async 'shows the tree and what is said of the recording'(page) {
        assert.deepStrictEqual(await page.rows(),
            ['<module>', '  main', '    Template.render', '      [2 frames hidden]', '      Node.call', '        item',
                '          [self]', '          query', '    [self]', '  other (2 frames)', 'work', '  Queue.get',
                '    Condition.wait']);
        const text = await page.value('document.body.innerText');
        for (const said of ['python3 script.py', 'Process 4711', 'Thread MainThread', 'Thread worker',
            '1000 Hz asked', 'no Python frame in 50 samples', 'django']) {
            assert.ok(text.includes(said), `'${said}' is not on the page`);
        }
        assert.match(await page.value('document.title'), /python3 script\.py/);
        assert.strictEqual(await page.value(`${line('item')}.classList.contains('application')`), true);
        assert.strictEqual(await page.value(`${line('Template.render')}.classList.contains('application')`), false);
    },

    async 'folds and unfolds by click'(page) {
        await page.click(line('main'));
        assert.deepStrictEqual((await page.rows()).slice(0, 3), ['<module>', '  main*', '  other (2 frames)']);
        assert.strictEqual(await page.value(`${line('main')}.parentElement.getAttribute('aria-expanded')`), 'false');
        await page.click(line('main'));
        assert.strictEqual((await page.rows())[2], '    Template.render');
        await page.click(line('other (2 frames)'));
        assert.ok((await page.rows()).includes('  small'));
        await page.click(line('<module>'), ALT);
        assert.strictEqual((await page.rows())[0], '<module>*');
        assert.ok(!(await page.rows()).includes('  main'));
        await page.click(line('<module>'), ALT);
        assert.ok((await page.rows()).includes('          query'));
    },

    async 'folds, unfolds and moves by key'(page) {
        await page.click(line('[self]', 1));
        const focused = async () => (await page.rows()).find((row) => row.endsWith('*')).trim();
        assert.strictEqual(await focused(), '[self]*');
        for (const [key, row] of [['ArrowUp', 'query*'], ['ArrowLeft', 'item*'], ['ArrowLeft', 'item*'],
            ['ArrowLeft', 'Node.call*'], ['ArrowLeft', 'Node.call*'], ['ArrowLeft', 'Template.render*'],
            ['ArrowLeft', 'Template.render*'], ['ArrowDown', '[self]*'], ['ArrowUp', 'Template.render*'],
            ['ArrowRight', 'Template.render*'], ['ArrowRight', '[2 frames hidden]*'],
            ['Enter', '[2 frames shown]*'], [' ', '[2 frames hidden]*'], ['Home', '<module>*'],
            ['End', 'other (2 frames)*'], ['Home', '<module>*'], ['Enter', '<module>*']]) {
            await page.key(key);
            assert.strictEqual(await focused(), row, `after ${key}`);
        }
        assert.strictEqual((await page.rows())[1], 'work');
        await page.key('*');
        assert.ok((await page.rows()).includes('          query'));
        await page.key('Tab');
        assert.strictEqual(await focused(), 'work*');
    },

    async 'shows library code, percent and small calls'(page) {
        await page.choose('fold', false);
        const rows = await page.rows();
        assert.ok(rows.includes('      NodeList.render'));
        assert.ok(!rows.some((row) => row.includes('hidden')));
        await page.choose('unit', 'percent');
        assert.strictEqual(await page.value(`${line('<module>')}.querySelector('.time').firstChild.textContent`), '100.0 %');
        await page.choose('threshold', '0');
        assert.ok((await page.rows()).includes('  small'));
        await page.choose('fold', true);
        assert.ok((await page.rows()).includes('      [2 frames hidden]'));
    },

    async 'finds functions and places'(page) {
        await page.click("document.getElementById('search')");
        await page.type('nosuchname');
        assert.strictEqual(await page.value("document.getElementById('matches').textContent"), '0 calls');
        await page.value("document.getElementById('search').value = ''");
        await page.type('base.py:200');
        assert.strictEqual(await page.value("document.getElementById('matches').textContent"), '1 call');
        await page.key('Enter');
        assert.strictEqual(await page.value("document.getElementById('matches').textContent"), '1 of 1 call');
        assert.strictEqual(await page.value(`${line('NodeList.render')}.classList.contains('match')`), true);
    },

    async 'is light or dark, by the system and by hand'(page) {
        const back = () => page.value('getComputedStyle(document.body).backgroundColor');
        const systemIs = (value) => page.send('Emulation.setEmulatedMedia',
            {features: [{name: 'prefers-color-scheme', value}]});
        await systemIs('light');
        const light = await back();
        await systemIs('dark');
        const dark = await back();
        assert.notStrictEqual(dark, light);
        await page.choose('theme', 'light');
        assert.strictEqual(await back(), light);
        await systemIs('light');
        await page.choose('theme', 'dark');
        assert.strictEqual(await back(), dark);
    },

    async 'runs nothing that comes from the stream'(page) {
        await page.click("document.querySelector('.row')", ALT);
        await page.click("document.querySelector('.row')", ALT);
        assert.strictEqual(await page.value('typeof window.hacked'), 'undefined');
        assert.strictEqual(await page.value("document.querySelectorAll('img, iframe, object, svg, a, b').length"), 0);
        assert.strictEqual(await page.value("document.querySelectorAll('script').length"), 2);
        assert.strictEqual(await page.value("document.querySelectorAll('[onclick], [onerror], [onload], [style*=url]').length"), 0);
        const text = (await page.rows()).join('\n');
        for (const name of ['</script><script>window.hacked=1</script>', '"><img src=x onerror=window.hacked=1>',
            '<!--<script>', '{{script}}', '\\u2028', '\\u202e', '\\x1b[2J', '\\n', '\\xff', '\\x00']) {
            assert.ok(text.includes(name), `'${name}' is not shown`);
        }
        /* What is inline must be refused even if it got in. */
        await page.value(`document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.hacked=2">')`);
        await page.value(`document.body.append(Object.assign(document.createElement('script'), {text: 'window.hacked=3'}))`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.strictEqual(await page.value('typeof window.hacked'), 'undefined');
        page.events = page.events.filter(({method, params}) => !(method === 'Log.entryAdded' &&
            /Content Security Policy/.test(params.entry.text)) && !/^data:/.test(params?.request?.url));
    },

    async 'says so where there are no samples'(page) {
        assert.deepStrictEqual(await page.rows(), []);
        assert.ok((await page.value('document.body.innerText')).includes('No samples'));
    },

    async 'opens'(page) {
        assert.ok((await page.rows()).length > 0);
    },
};

async function main(name, file) {
    const page = new Page();
    try {
        await page.open(file);
        await scenarios[name](page);
        page.verify();
    } finally {
        await page.close();
    }
}

main(process.argv[2], process.argv[3]).catch((error) => {
    console.error(error);
    process.exitCode = 1;
});

'use strict';

/**
 * A page in headless Chromium, driven by the DevTools protocol over a pipe (--remote-debugging-pipe: descriptors 3 and 4,
 * messages ended by a NUL), so that nothing but node is needed.
 */

const assert = require('node:assert');
const childProcess = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const url = require('node:url');

/** The keys of the protocol's Input.dispatchKeyEvent that are not their own text. */
const KEY_CODES = {ArrowDown: 40, ArrowUp: 38, ArrowLeft: 37, ArrowRight: 39, Enter: 13, Home: 36, End: 35, Tab: 9,
    Escape: 27, Backspace: 8};
/** Its modifiers. */
const ALT = 1;
const SHIFT = 8;

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

    async open(file, fragment = '') {
        const {targetId} = await this.send('Target.createTarget', {url: 'about:blank'});
        const {sessionId} = await this.send('Target.attachToTarget', {targetId, flatten: true});
        this.session = sessionId;
        for (const domain of ['Page', 'Runtime', 'Network', 'Log']) {
            await this.send(`${domain}.enable`);
        }
        this.downloads = path.join(this.profile, 'downloads');
        await this.send('Browser.setDownloadBehavior', {behavior: 'allow', downloadPath: this.downloads});
        this.url = url.pathToFileURL(file).href;
        await this.visit(fragment);
    }

    /** Opens the page with a fragment, and waits until it is drawn. */
    async visit(fragment) {
        await this.send('Page.navigate', {url: 'about:blank'});
        await this.send('Page.navigate', {url: this.url + fragment});
        await this.until("document.documentElement.dataset.ready === 'yes'");
    }

    /** Waits until an expression in the page is true. */
    async until(expression) {
        while (!await this.value(expression).catch(() => false)) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }

    async resize(width, height) {
        await this.send('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: false});
        await this.value('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
    }

    /** The system's colours: light or dark. */
    systemIs(value) {
        return this.send('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value}]});
    }

    /** The text of a file that the page saves: it is whole when it has its name and grows no more. */
    async download(name) {
        const file = path.join(this.downloads, name);
        const size = () => fs.existsSync(file) ? fs.statSync(file).size : 0;
        for (let before = -1; before <= 0 || size() !== before; ) {
            before = size();
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return fs.readFileSync(file, 'utf8');
    }

    /** The value of an expression in the page. */
    async value(expression) {
        const {result, exceptionDetails} = await this.send('Runtime.evaluate',
            {expression, returnByValue: true, awaitPromise: true});
        assert.ok(!exceptionDetails, exceptionDetails?.exception?.description);
        return result.value;
    }

    async key(key, modifiers = 0) {
        const event = {key, windowsVirtualKeyCode: KEY_CODES[key] || 0, modifiers};
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

    /** Moves the mouse over a canvas from one place to another with the button down; places are shares of its size. */
    async drag(id, from, to, modifiers = 0) {
        const box = await this.value(`(({x, y, width, height}) => ({x, y, width, height}))(
            document.getElementById('${id}').getBoundingClientRect())`);
        const at = ([x, y]) => ({x: box.x + x * box.width, y: box.y + y * box.height, button: 'left', clickCount: 1, modifiers});
        await this.send('Input.dispatchMouseEvent', {...at(from), type: 'mousePressed'});
        await this.send('Input.dispatchMouseEvent', {...at([(from[0] + to[0]) / 2, from[1]]), type: 'mouseMoved'});
        await this.send('Input.dispatchMouseEvent', {...at(to), type: 'mouseMoved'});
        await this.send('Input.dispatchMouseEvent', {...at(to), type: 'mouseReleased'});
    }

    /** Turns the wheel over a canvas; negative is up. */
    async wheel(id, [x, y], deltaY) {
        const box = await this.value(`(({x, y, width, height}) => ({x, y, width, height}))(
            document.getElementById('${id}').getBoundingClientRect())`);
        await this.send('Input.dispatchMouseEvent',
            {type: 'mouseWheel', x: box.x + x * box.width, y: box.y + y * box.height, deltaX: 0, deltaY});
    }

    text(id) {
        return this.value(`document.getElementById('${id}').textContent`);
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
        return this.value(`[...document.querySelectorAll('section:not([hidden]) [role=treeitem]')].map((item) =>
            '  '.repeat(item.getAttribute('aria-level') - 1) + item.querySelector('.name').textContent +
            (item.classList.contains('active') ? '*' : ''))`);
    }

    /** Nothing happened that must not. */
    verify() {
        for (const {method, params} of this.events) {
            assert.notStrictEqual(method, 'Runtime.exceptionThrown', JSON.stringify(params));
            if (method === 'Log.entryAdded') {
                assert.fail(params.entry.text);
            }
            if (method === 'Network.requestWillBeSent') {
                assert.ok([this.url, 'about:blank'].includes(params.request.url) || params.request.url.startsWith('blob:'),
                    `the page asked for ${params.request.url}`);
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
    return `[...document.querySelectorAll('section:not([hidden]) .row')].filter((row) =>
        row.querySelector('.name').textContent === ${JSON.stringify(name)})[${n}]`;
}

module.exports = {Page, line, ALT, SHIFT};

'use strict';

/**
 * diff_page FILE EXPRESSION…: opens a page of pyrender in headless Chromium, evaluates each expression in it, one after
 * the other, and prints what they give as a line of JSON each; a promise is waited for.  `key:NAME` presses a key and
 * `move:X,Y` moves the pointer instead, and print nothing.
 *
 * Fails on an exception in the page, on a violation of its content-security policy, and on any request but the one for
 * the file.  Chromium is driven by its DevTools protocol over a pipe, as page.js does it.
 */

const childProcess = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const url = require('node:url');

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'diff-page-'));
const browser = childProcess.spawn('chromium', [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--no-first-run',
    '--window-size=1200,900', `--user-data-dir=${profile}`, 'about:blank',
], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});
const waiting = new Map();
const events = [];
let last = 0;
let rest = '';
let session;

function receive(text) {
    const messages = (rest + text).split('\0');
    rest = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
        if (message.id) {
            waiting.get(message.id)(message);
        } else {
            events.push(message);
        }
    }
}

async function send(method, params = {}) {
    const message = {id: ++last, method, params, sessionId: session};
    browser.stdio[3].write(`${JSON.stringify(message)}\0`);
    const answer = await new Promise((resolve) => waiting.set(message.id, resolve));
    if (answer.error) {
        throw new Error(answer.error.message);
    }
    return answer.result;
}

async function open(file) {
    const {targetId} = await send('Target.createTarget', {url: 'about:blank'});
    session = (await send('Target.attachToTarget', {targetId, flatten: true})).sessionId;
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) {
        await send(`${domain}.enable`);
    }
    await send('Page.navigate', {url: url.pathToFileURL(file).href});
    while (!events.some((event) => event.method === 'Page.loadEventFired')) {
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

async function press(key) {
    const codes = {ArrowDown: 40, ArrowUp: 38, ArrowLeft: 37, ArrowRight: 39, Enter: 13, Escape: 27, Tab: 9};
    const event = {key, windowsVirtualKeyCode: codes[key]};
    await send('Input.dispatchKeyEvent', {...event, type: 'rawKeyDown'});
    await send('Input.dispatchKeyEvent', {...event, type: 'keyUp'});
}

async function perform(step) {
    const key = /^key:(.*)$/.exec(step);
    const move = /^move:(\d+),(\d+)$/.exec(step);
    if (key) {
        return press(key[1]);
    }
    if (move) {
        return send('Input.dispatchMouseEvent', {type: 'mouseMoved', x: Number(move[1]), y: Number(move[2])});
    }
    const {result, exceptionDetails} = await send('Runtime.evaluate',
        {expression: step, returnByValue: true, awaitPromise: true});
    if (exceptionDetails) {
        throw new Error(exceptionDetails.exception.description);
    }
    process.stdout.write(`${JSON.stringify(result.value)}\n`);
    return undefined;
}

function complaints(file) {
    const page = url.pathToFileURL(file).href;
    return events.filter(({method, params}) => method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded' ||
        (method === 'Network.requestWillBeSent' && params.request.url !== page));
}

async function main([file, ...steps]) {
    browser.stdio[4].setEncoding('utf8').on('data', receive);
    await open(file);
    for (const step of steps) {
        await perform(step);
    }
    for (const {method, params} of complaints(file)) {
        process.stderr.write(`${method}: ${JSON.stringify(params)}\n`);
        process.exitCode = 1;
    }
}

main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
}).finally(() => {
    browser.on('close', () => fs.rmSync(profile, {recursive: true, force: true}));
    browser.kill();
});

'use strict';

/**
 * page_times FILE: how long a page of pyrender takes in headless Chromium, a line each: milliseconds, what
 *
 * The first view counts from the start of loading; an interaction from the event to the end of the frame that shows
 * what it did, the median of several.
 */

const {Page} = require('../page/browser.js');

const TIMES = 5;

/** What a reader does, as expressions in the page; each is done and then undone. */
const INTERACTIONS = {
    'inverted tree': "document.getElementById('tab-inverted').click()",
    'flame graph': "document.getElementById('tab-flame').click()",
    'timeline': "document.getElementById('tab-timeline').click()",
    'table': "document.getElementById('tab-table').click()",
    'call tree': "document.getElementById('tab-tree').click()",
    'fold library code': "document.getElementById('fold').click()",
    'CPU time': "choice('measure', 'cpu')",
    'wall time': "choice('measure', 'wall')",
    'search': "choice('search', 'function')",
};

const HELPERS = `
    choice = (id, value) => {
        const element = document.getElementById(id);
        element.value = value;
        element.dispatchEvent(new Event(id === 'search' ? 'input' : 'change'));
    };
    timed = async (act) => {
        const start = performance.now();
        act();
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        return performance.now() - start;
    };`;

function median(values) {
    return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(time, what) {
    console.log(`${time.toFixed(1)} ${what}`);
}

async function main(file) {
    const page = new Page();
    try {
        await page.open(file);
        const loads = [];
        for (let i = 0; i < TIMES; i++) {
            await page.visit('');
            loads.push(await page.value("performance.getEntriesByName('drawn')[0].startTime"));
        }
        print(median(loads), 'first view');
        await page.value(HELPERS);
        const times = Object.fromEntries(Object.keys(INTERACTIONS).map((name) => [name, []]));
        for (let i = 0; i < TIMES; i++) {
            for (const [name, act] of Object.entries(INTERACTIONS)) {
                times[name].push(await page.value(`timed(() => ${act})`));
            }
        }
        for (const [name, values] of Object.entries(times)) {
            print(median(values), name);
        }
    } finally {
        await page.close();
    }
}

main(process.argv[2]).catch((error) => {
    console.error(error);
    process.exitCode = 1;
});

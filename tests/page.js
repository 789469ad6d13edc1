'use strict';

/**
 * page SCENARIO FILE: opens a page of pyrender in headless Chromium and does what a reader would, by real clicks and
 * keys; fails if what then stands on the page is not what it should be.
 *
 * Every scenario also fails on an exception in the page, on a violation of its content-security policy, and on any
 * request but the one for the file.
 */

const {Page} = require('./page/browser.js');

const scenarios = {...require('./page/tree.js'), ...require('./page/views.js'), ...require('./page/whole.js')};

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

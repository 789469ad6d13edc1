
/* The data of the page: unpacked once, when it opens (render/pack.h, render/page_data.h, render/page_columns.h). */

/**
 * @param {string} text
 * @returns {Promise<Uint8Array>}
 */
async function inflate(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) {
        bytes[i] = binary.charCodeAt(i);
    }
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Reads `count` numbers from `at` on.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} count
 */
function readNumbers(bytes, at, count) {
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; i++) {
        let byte = bytes[at++];
        let number = byte & 0x7f;
        for (let scale = 128; byte > 0x7f; scale *= 128) {
            byte = bytes[at++];
            number += (byte & 0x7f) * scale;
        }
        numbers[i] = number;
    }
    return numbers;
}

/**
 * In place, as all that is done to large columns.
 * @param {Float64Array} numbers
 */
function withSigns(numbers) {
    for (let i = 0; i < numbers.length; i++) {
        numbers[i] = numbers[i] % 2 ? -(numbers[i] + 1) / 2 : numbers[i] / 2;
    }
    return numbers;
}

/**
 * @param {Float64Array} numbers
 * @param {number} unit in ns
 */
function inMicroseconds(numbers, unit) {
    withSigns(numbers);
    for (let i = 0; i < numbers.length; i++) {
        numbers[i] *= unit / 1000;
    }
    return numbers;
}

/** @param {Float64Array} counts */
function firstOf(counts) {
    const first = new Int32Array(counts.length + 1);
    counts.forEach((count, i) => {
        first[i + 1] = first[i] + count;
    });
    return first;
}

/**
 * Numbers of which each thread's are differences: sums of them.
 * @param {Float64Array} steps
 * @param {Int32Array} first
 */
function summedUp(steps, first) {
    const sums = new Int32Array(steps.length);
    for (let thread = 0; thread + 1 < first.length; thread++) {
        for (let i = first[thread], sum = 0; i < first[thread + 1]; i++) {
            sum += steps[i];
            sums[i] = sum;
        }
    }
    return sums;
}

/**
 * Where each run begins.
 * @param {Int32Array} first
 * @param {Float64Array} gaps
 * @param {Float64Array} times
 */
function beginsOf(first, gaps, times) {
    const begins = new Float64Array(gaps.length);
    for (let thread = 0; thread + 1 < first.length; thread++) {
        for (let i = first[thread], at = 0; i < first[thread + 1]; i++) {
            at += gaps[i];
            begins[i] = at;
            at += times[i];
        }
    }
    return begins;
}

/**
 * @param {(name: string) => Float64Array} column
 * @param {'cell' | 'run'} what
 * @param {number} unit
 * @returns {Entries}
 */
function readEntries(column, what, unit) {
    const first = firstOf(column(`${what}Count`));
    const time = inMicroseconds(column(`${what}Time`), unit);
    return {
        first, time,
        node: summedUp(withSigns(column(`${what}Node`)), first),
        state: new Uint8Array(column(`${what}State`)),
        samples: column(`${what}Samples`),
        cpu: inMicroseconds(column(`${what}Cpu`), unit),
        begin: what === 'run' ? beginsOf(first, inMicroseconds(column('runGap'), unit), time) : new Float64Array(0),
    };
}

/**
 * @param {(name: string) => Float64Array} column
 * @param {Func[]} functions
 * @returns {Nodes}
 */
function readNodes(column, functions) {
    const parent = new Int32Array(column('nodeParent'));
    const fn = new Int32Array(column('nodeFunction'));
    const line = new Int32Array(withSigns(column('nodeLine')));
    for (let node = 0; node < parent.length; node++) {
        parent[node] = node - parent[node];
        line[node] += functions[fn[node]].line;
    }
    return {count: parent.length, parent, fn, line, folded: new Int32Array(column('nodeFolded'))};
}

/**
 * @param {any} json
 * @param {Entries} cells
 * @returns {Thread[]}
 */
function readThreads(json, cells) {
    const process = json.processes.flatMap((/** @type {any} */ one, /** @type {number} */ i) => Array(one.threads).fill(i));
    return json.threads.map((/** @type {any} */ [tid, name], /** @type {number} */ i) => {
        const time = cells.time.subarray(cells.first[i], cells.first[i + 1]).reduce((sum, more) => sum + more, 0);
        return {tid, name, process: process[i], time};
    });
}

/**
 * From where to where there is time.
 * @param {Entries} runs
 */
function spanOf(runs) {
    let begin = Infinity;
    let end = -Infinity;
    for (let i = 0; i < runs.begin.length; i++) {
        begin = Math.min(begin, runs.begin[i]);
        end = Math.max(end, runs.begin[i] + runs.time[i]);
    }
    return begin < end ? {begin, end} : {begin: 0, end: 1};
}

/**
 * @param {string} text
 * @returns {Promise<Profile>}
 */
async function readProfile(text) {
    const bytes = await inflate(text);
    const size = bytes[0] + bytes[1] * 0x100 + bytes[2] * 0x10000 + bytes[3] * 0x1000000;
    const json = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
    const column = (/** @type {string} */ name) => readNumbers(bytes, 4 + size + json.columns[name][0], json.columns[name][1]);
    const functions = json.functions.map((/** @type {any} */ [name, file, line, flags]) => ({name, file, line, flags}));
    const cells = readEntries(column, 'cell', json.cellUnit);
    const runs = readEntries(column, 'run', json.runUnit);
    let first = 0;
    for (const process of json.processes) {
        process.first = first;
        first += process.threads;
    }
    return {
        ...json, functions, cells, runs,
        ...spanOf(runs),
        samples: cells.samples.reduce((sum, more) => sum + more, 0),
        files: json.files.map((/** @type {any} */ [path, full, content]) => ({path, full, text: content})),
        nodes: readNodes(column, functions),
        threads: readThreads(json, cells),
    };
}


/* Words and numbers that several views show. */

/**
 * A time as the reader wants it: in seconds, or as a share of `whole`.
 * @param {number} time
 * @param {number} whole
 */
function timeText(time, whole) {
    if (state.percent) {
        return `${share(time, whole).toFixed(1)} %`;
    }
    return (time / 1e6).toFixed(profile.decimals);
}

/**
 * In percent.
 * @param {number} time
 * @param {number} whole
 */
function share(time, whole) {
    return whole > 0 ? 100 * time / whole : 0;
}

/** @param {number} time */
function seconds(time) {
    return `${(time / 1e6).toFixed(profile.decimals)} s`;
}

/**
 * The standard deviation of a time by chance: that of a binomial count, times what a sample stands for.
 * @param {number} time
 * @param {number} samples
 * @param {number} wholeSamples
 */
function errorOf(time, samples, wholeSamples) {
    return samples > 0 ? Math.sqrt(samples * Math.max(0, 1 - samples / wholeSamples)) * time / samples : 0;
}

/** @param {number} process */
function processName(process) {
    const {pid, command} = profile.processes[process];
    return `Process ${pid}: ${command}`;
}

/** @param {number} thread */
function threadName(thread) {
    const {name, tid} = profile.threads[thread];
    return `Thread ${name || tid}`;
}

/**
 * @param {Tree} tree
 * @param {number} node
 */
function nodeName(tree, node) {
    switch (tree.kind[node]) {
    case ROOT:
        return 'everything selected';
    case PROCESS:
        return processName(tree.call[node]);
    case THREAD:
        return threadName(tree.call[node]);
    case NO_FRAME:
        return '[no Python frame]';
    default:
        return nameOf(calls.fn[tree.call[node]]);
    }
}

/**
 * @param {Tree} tree
 * @param {number} node
 */
function nodePlace(tree, node) {
    return tree.kind[node] === CALL ? placeOf(calls.fn[tree.call[node]]) : '';
}

/**
 * A name for a node that is the same whatever is selected.
 * @param {Tree} tree
 * @param {number} node
 */
function nodeKey(tree, node) {
    const top = tree.top[node];
    const thread = tree.kind[top] === THREAD ? tree.call[top] : '';
    return `${thread}.${tree.kind[node]}.${tree.call[node]}`;
}

/** The colours in use, looked up once for each drawing of the page. */
const colors = {
    dark: false,
    /** @type {Map<string, string>} custom properties */
    named: new Map(),
    /** @type {Map<number, string>} of functions: twice their number, and one for application code */
    functions: new Map(),
};

/** The theme may have changed. */
function forgetColors() {
    const chosen = document.documentElement.dataset.theme;
    colors.dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    colors.named.clear();
    colors.functions.clear();
}

/**
 * The value of a custom property of the style.
 * @param {string} name
 */
function css(name) {
    let value = colors.named.get(name);
    if (value === undefined) {
        value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        colors.named.set(name, value);
    }
    return value;
}

/**
 * A function's colour: application code is warm, libraries are cool, and their lightness differs too.
 * @param {number} fn
 * @param {boolean} application
 */
function colorOf(fn, application) {
    const key = fn * 2 + Number(application);
    let color = colors.functions.get(key);
    if (color === undefined) {
        color = makeColor(fn, application);
        colors.functions.set(key, color);
    }
    return color;
}

/**
 * @param {number} fn
 * @param {boolean} application
 */
function makeColor(fn, application) {
    const {file, name} = profile.functions[fn];
    let hash = 0;
    for (const text of [profile.files[file].path, name]) {
        for (let i = 0; i < text.length; i++) {
            hash = (hash * 31 + text.charCodeAt(i)) | 0;
        }
    }
    const spread = (hash >>> 8) % 1000 / 1000;
    if (application) {
        return `hsl(${28 + 22 * spread} 85% ${colors.dark ? 27 + 8 * spread : 62 + 10 * spread}%)`;
    }
    return `hsl(${200 + 25 * spread} ${colors.dark ? 28 : 45}% ${colors.dark ? 20 + 8 * spread : 78 + 9 * spread}%)`;
}

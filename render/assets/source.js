
/*
 * Source: a file's lines with the time spent in them.  The text is there if the page was made with --source; without it,
 * the lines that were seen are listed by their numbers.  Heat is a bar and a number, never a colour alone.
 */

/** Lines that are shown of a file; of a longer one, those around the lines that were seen. */
const MOST_LINES = 4000;
const CONTEXT_LINES = 6;

/** @typedef {{self: number, total: number}} Heat */

/** A file and a line as one number. */
function lineNames() {
    const {fn, line} = profile.nodes;
    return Float64Array.from(fn, (one, node) => profile.functions[one].file * 2 ** 26 + Math.min(line[node], 2 ** 26 - 1));
}

/**
 * What was spent in each line of each file.
 * @returns {{files: Map<number, Map<number, Heat>>, self: Map<number, number>, whole: number}}
 */
function heatOfLines() {
    const {self, total} = selectedNodes();
    const {fn, line} = profile.nodes;
    const repeated = repeatedNodes('lines', lineNames());
    const files = new Map();
    const selfOf = new Map();
    for (let node = 1; node < fn.length; node++) {
        const {file} = profile.functions[fn[node]];
        if (total[node] <= 0) {
            continue;
        }
        const lines = files.get(file) || new Map();
        const heat = lines.get(line[node]) || {self: 0, total: 0};
        heat.self += self[node];
        heat.total += repeated[node] ? 0 : total[node];
        lines.set(line[node], heat);
        files.set(file, lines);
        selfOf.set(file, (selfOf.get(file) || 0) + self[node]);
    }
    return {files, self: selfOf, whole: total[0]};
}

/**
 * Files by the time spent in them, those with their text first.
 * @param {Map<number, number>} self
 */
function sortedFiles(self) {
    const weight = (/** @type {number} */ file) => self.get(file) || 0;
    const lacksText = (/** @type {number} */ file) => profile.files[file].text === null ? 1 : 0;
    return [...self.keys()].filter((file) => profile.files[file].path).sort((a, b) =>
        lacksText(a) - lacksText(b) || weight(b) - weight(a) || a - b);
}

/** @param {number} file */
function isOwnFile(file) {
    return profile.functions.some((one) => one.file === file && (one.flags & ORIGIN_MASK) === ORIGIN_APPLICATION);
}

/**
 * Lists the files; which one is chosen: the reader's, else the application's hottest, else the hottest.
 * @param {number[]} files
 * @param {Map<number, number>} self
 * @param {number} whole
 */
function drawFileChoice(files, self, whole) {
    const select = choice('source-file');
    const options = files.slice(0, 500).map((file) => {
        const {path, text} = profile.files[file];
        return new Option(`${share(self.get(file) || 0, whole).toFixed(1)} % ${path}${text === null ? '' : ' ·'}`, path);
    });
    select.replaceChildren(...options);
    const known = files.find((file) => profile.files[file].path === state.file);
    const own = files.find((file) => profile.files[file].text !== null && isOwnFile(file));
    const chosen = known ?? own ?? files[0];
    select.value = chosen === undefined ? '' : profile.files[chosen].path;
    return chosen;
}

/**
 * Which lines are shown: all, or those around what was seen.
 * @param {string[] | null} text
 * @param {Map<number, Heat>} lines
 */
function shownLines(text, lines) {
    if (!text) {
        return [...lines.keys()].sort((a, b) => a - b);
    }
    if (text.length <= MOST_LINES) {
        return text.map((_, i) => i + 1);
    }
    const near = new Set();
    for (const line of lines.keys()) {
        for (let i = Math.max(1, line - CONTEXT_LINES); i <= Math.min(text.length, line + CONTEXT_LINES); i++) {
            near.add(i);
        }
    }
    return [...near].sort((a, b) => a - b).slice(0, MOST_LINES);
}

/**
 * @param {number} number
 * @param {Heat | undefined} heat
 * @param {string} text
 * @param {number} whole
 */
function drawSourceLine(number, heat, text, whole) {
    const row = make('tr', heat ? 'hot' : '');
    const spent = (/** @type {number} */ time) => make('td', 'number', time > 0 ? timeText(time, whole) : '');
    const code = make('td', 'code', text);
    if (heat) {
        const part = Math.min(1, heat.total / (whole || 1));
        code.style.setProperty('--heat', `${Math.round(100 * Math.sqrt(part))}%`);
        row.title = `line ${number}: self ${seconds(heat.self)}, total ${seconds(heat.total)}, ${share(heat.total, whole).toFixed(1)} %`;
    }
    row.append(spent(heat?.self || 0), spent(heat?.total || 0), make('td', 'number line', String(number)), code);
    return row;
}

function drawSource() {
    const {files, self, whole} = heatOfLines();
    const order = sortedFiles(self);
    const file = drawFileChoice(order, self, whole);
    const lines = (file !== undefined && files.get(file)) || new Map();
    const content = file === undefined ? null : profile.files[file].text;
    const text = content === null ? null : content.split('\n');
    const rows = shownLines(text, lines).map((number) =>
        drawSourceLine(number, lines.get(number), text ? text[number - 1] : '', whole));
    element('source-body').replaceChildren(...rows);
    if (file !== undefined && shownFile.file !== file) {
        shownFile.file = file;
        goToHottest(lines);
    }
    element('source-note').textContent = order.length === 0 ? 'no lines were seen' : text ? '' :
        'The text of this file is not in the page: render with --source where the file can be read.';
}

/** The file that was drawn last. */
const shownFile = {file: -1};

/** @param {Map<number, Heat>} lines */
function goToHottest(lines) {
    const [hottest] = [...lines].sort(([, a], [, b]) => b.total - a.total || b.self - a.self)[0] || [0];
    const row = [...element('source-body').children].find((one) => one.children[2].textContent === String(hottest));
    element('source-scroll').scrollTop = row instanceof HTMLElement ? row.offsetTop - element('source-scroll').clientHeight / 3 : 0;
}

/**
 * Goes to the next line with time in it.
 * @param {number} step
 */
function goToHotLine(step) {
    const hot = [...element('source-body').querySelectorAll('tr.hot')];
    const at = hot.findIndex((row) => row.classList.contains('active'));
    const next = hot[(at + step + hot.length) % hot.length];
    hot[at]?.classList.remove('active');
    next?.classList.add('active');
    next?.scrollIntoView({block: 'center'});
}

function startSource() {
    choice('source-file').addEventListener('change', () => choose({file: choice('source-file').value}));
    element('source-scroll').addEventListener('keydown', (event) => {
        if ((event.key === 'n' || event.key === 'N') && !event.ctrlKey && !event.metaKey && !event.altKey) {
            goToHotLine(event.key === 'n' ? 1 : -1);
            event.preventDefault();
        }
    });
}

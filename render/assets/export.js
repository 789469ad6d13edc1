
/* Exports of what is selected, as files that the browser saves; nothing is sent anywhere. */

/**
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
function save(name, type, text) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], {type}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** One line a stack with its samples, as pyrender --collapsed writes it, of all calls that are selected. */
function exportCollapsed() {
    const tree = selectedTree();
    /** @type {string[]} */
    const stacks = [];
    const lines = [];
    for (let node = 0; node < tree.count; node++) {
        const place = nodePlace(tree, node);
        const frame = `${nodeName(tree, node)}${place ? ` (${place})` : ''}`.replace(/;/g, '\\x3b');
        stacks[node] = node === 0 ? '' : stacks[tree.parent[node]] ? `${stacks[tree.parent[node]]};${frame}` : frame;
        const samples = Math.round(tree.selfSamples[node]);
        if (samples > 0) {
            lines.push(`${stacks[node] || '[start-up]'} ${samples}\n`);
        }
    }
    return lines.join('');
}

/** What is selected, in words. */
function describeSelection() {
    return {
        program: profile.program, measure: state.measure, search: state.search, only: state.only,
        threads: selectedThreads().map((thread) => ({pid: profile.processes[profile.threads[thread].process].pid,
            tid: profile.threads[thread].tid, name: profile.threads[thread].name})),
        from: (state.time ? state.time[0] : profile.begin) / 1e6,
        to: (state.time ? state.time[1] : profile.end) / 1e6,
    };
}

/** What the view shows, as objects: functions, lines, or calls with the number of their parent. */
function exportRows() {
    if (state.view === 'table') {
        return flatRows().rows.map((row) => ({name: nameOf(row.fn), place: placeOf(row.fn), self: row.self / 1e6,
            total: row.total / 1e6, samples: row.samples}));
    }
    if (state.view === 'source') {
        return [...heatOfLines().files].flatMap(([file, lines]) => [...lines].map(([line, heat]) =>
            ({file: profile.files[file].path, line, self: heat.self / 1e6, total: heat.total / 1e6})));
    }
    const tree = selectedTree();
    return Array.from({length: tree.count}, (_, node) => ({parent: node ? tree.parent[node] : null, name: nodeName(tree, node),
        place: nodePlace(tree, node), self: tree.self[node] / 1e6, total: tree.total[node] / 1e6,
        samples: tree.samples[node]}));
}

/** In seconds. */
function exportJson() {
    return `${JSON.stringify({view: state.view, selection: describeSelection(), rows: exportRows()}, null, 1)}\n`;
}

/** @param {string} text */
function escapeXml(text) {
    return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The flame graph of what is selected, with titles for the boxes. */
function exportSvg() {
    const width = 1200;
    const shape = selectedShape();
    const boxes = layOut(shape, width);
    const levels = boxes.reduce((most, box) => Math.max(most, box.level + 1), 1);
    const top = (/** @type {number} */ level) => (state.flame === 'flame' ? levels - 1 - level : level) * BOX_HEIGHT;
    const parts = boxes.map((box) => {
        const {fill, ink} = boxColors(shape, box.node);
        const fits = Math.floor((box.width - 6) / 7);
        const name = nodeName(shape.tree, box.node);
        const label = fits < 3 ? '' : name.length > fits ? `${name.slice(0, fits - 1)}…` : name;
        return `<g><title>${escapeXml(describeNode(shape.tree, box.node))}</title><rect x="${box.x.toFixed(2)}" ` +
            `y="${top(box.level)}" width="${Math.max(0.1, box.width - 0.5).toFixed(2)}" height="${BOX_HEIGHT - 1}" fill="${fill}"/>` +
            `<text x="${(box.x + 3).toFixed(2)}" y="${top(box.level) + 13}" fill="${ink}">${escapeXml(label)}</text></g>`;
    });
    const height = levels * BOX_HEIGHT;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
        `font-family="sans-serif" font-size="12">\n<title>${escapeXml(profile.program)}</title>\n` +
        `<rect width="100%" height="100%" fill="${css('--back')}"/>\n${parts.join('\n')}\n</svg>\n`;
}

function startExports() {
    element('export-collapsed').addEventListener('click', () => save('profile.collapsed', 'text/plain', exportCollapsed()));
    element('export-json').addEventListener('click', () => save('profile.json', 'application/json', exportJson()));
    element('export-svg').addEventListener('click', () => save('flame.svg', 'image/svg+xml', exportSvg()));
}

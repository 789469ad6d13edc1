
/* The page as a whole: what is said of the recording, the controls, and which view is drawn. */

/** What each view draws, and what has the focus in it. */
const views = {
    tree: {draw: () => treeView.draw(), focus: 'tree'},
    inverted: {draw: () => invertedView.draw(), focus: 'inverted'},
    flame: {draw: drawFlame, focus: 'flame-canvas'},
    timeline: {draw: drawTimeline, focus: 'timeline-canvas'},
    table: {draw: drawTable, focus: 'table-scroll'},
    source: {draw: drawSource, focus: 'source-scroll'},
};

function currentView() {
    return /** @type {any} */ (views)[state.view];
}

function focusView() {
    element(currentView().focus).focus({preventScroll: true});
}

/** What the last drawing was made of: what did not change is not made again. */
let drawn = {weights: '', shape: ''};

function forgetWhatChanged() {
    const {threads, time, measure, only, byThread, fold, threshold} = state;
    const weights = JSON.stringify([threads && [...threads], time, measure, only, only && found.text, byThread]);
    const shape = JSON.stringify([weights, fold, threshold, folding.patterns]);
    if (weights !== drawn.weights) {
        selection.tree = selection.nodes = null;
    }
    if (shape !== drawn.shape) {
        shaped.shape = null;
    }
    drawn = {weights, shape};
}

function draw() {
    if (found.text !== state.search.trim()) {
        search(state.search.trim());
    }
    if (folding.patterns !== `${state.hide}\n${state.show}`) {
        readFolding();
    }
    document.documentElement.dataset.theme = state.theme;
    forgetColors();
    forgetWhatChanged();
    drawControls();
    drawThreads();
    for (const view of viewNames) {
        const isCurrent = view === state.view;
        element(`panel-${view}`).hidden = !isCurrent;
        element(`tab-${view}`).setAttribute('aria-selected', String(isCurrent));
        element(`tab-${view}`).tabIndex = isCurrent ? 0 : -1;
    }
    currentView().draw();
}

/** Puts the controls to what is chosen. */
function drawControls() {
    const set = (/** @type {string} */ id, /** @type {string} */ value) => {
        if (document.activeElement !== element(id)) {
            input(id).value = value;
        }
    };
    set('search', state.search);
    set('hide', state.hide);
    set('show', state.show);
    input('only').checked = state.only;
    input('fold').checked = state.fold;
    input('apart').checked = state.byThread;
    choice('measure').value = state.measure;
    choice('unit').value = state.percent ? 'percent' : 'seconds';
    choice('theme').value = state.theme;
    choice('flame-direction').value = state.flame;
    chooseThreshold();
    drawSelected();
}

function chooseThreshold() {
    const options = choice('threshold');
    if (![...options.options].some((option) => Number(option.value) === state.threshold)) {
        options.append(new Option(`${state.threshold} %`, String(state.threshold)));
    }
    options.value = String(state.threshold);
}

/** What is selected, in figures. */
function drawSelected() {
    const tree = selectedTree();
    const all = profile.end - profile.begin;
    const range = state.time ? `${seconds(state.time[0])} to ${seconds(state.time[1])}` : `all ${seconds(all)}`;
    element('selected').textContent = `${seconds(tree.total[0])} of ${/** @type {any} */ (measures)[state.measure]} in ` +
        `${plural(Math.round(tree.samples[0]), 'sample')}, ${range}`;
    element('whole-time').hidden = !state.time;
    element('matches').textContent = state.search ? matchText(tree) : '';
}

/** @param {Tree} tree */
function matchText(tree) {
    let count = 0;
    let time = 0;
    const below = new Uint8Array(tree.count);
    for (let node = 1; node < tree.count; node++) {
        const hit = tree.kind[node] === CALL && found.call[tree.call[node]] === 1;
        below[node] = hit || below[tree.parent[node]] ? 1 : 0;
        count += hit ? 1 : 0;
        time += hit && !below[tree.parent[node]] ? tree.total[node] : 0;
    }
    return `${plural(count, 'call')}${count ? `, ${share(time, tree.total[0]).toFixed(1)} %` : ''}`;
}

function drawFacts() {
    element('program').textContent = profile.program;
    document.title = `${seconds(profile.end - profile.begin)} ${profile.program} – pyrender`;
    for (const fact of profile.facts) {
        const className = fact.warning ? 'warning' : '';
        element('facts').append(make('dt', className, fact.label), make('dd', className, fact.value));
    }
    const sampling = profile.facts.find((fact) => fact.label === 'Sampling');
    const warnings = profile.facts.filter((fact) => fact.warning && fact !== sampling);
    element('trust').textContent = [sampling, ...warnings].map((fact) => fact ? `${fact.label}: ${fact.value}` : '').join(' · ');
    element('trust').classList.toggle('warning', warnings.length > 0);
    const notes = [];
    if (!profile.samples) {
        notes.push(`No samples${profile.removed ? ': filters removed all of them' : ''}.`);
    }
    if (profile.foldedCalls) {
        notes.push(`${plural(profile.foldedCalls, 'call')} of less than ${(profile.foldedShare * 100).toPrecision(2)} % of all ` +
            'time, or too deep, are in this page only as “other” below their callers.');
    }
    if (profile.width) {
        notes.push(`Time in this page is in bins of ${(profile.width / 1e6).toPrecision(3)} ms: what was shorter is put ` +
            'together in each, the least of it as “other”. Over all time, everything is exact.');
    }
    element('notes').append(...notes.map((note) => make('p', 'note', note)));
}

/** Moves between the tabs, as the ARIA authoring practices have it. */
function startTabs() {
    for (const [i, view] of viewNames.entries()) {
        const tab = element(`tab-${view}`);
        tab.addEventListener('click', () => choose({view}));
        tab.addEventListener('keydown', (event) => {
            const to = {ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: viewNames.length - 1}[event.key];
            if (to !== undefined) {
                const next = viewNames[(to + viewNames.length) % viewNames.length];
                choose({view: next});
                element(`tab-${next}`).focus();
                event.preventDefault();
            }
        });
    }
}

function startControls() {
    const onChange = (/** @type {string} */ id, /** @type {() => void} */ action) => element(id).addEventListener('change', action);
    element('controls').addEventListener('submit', (event) => event.preventDefault());
    input('search').addEventListener('input', () => choose({search: input('search').value}));
    input('search').addEventListener('keydown', (event) => {
        if (event.key === 'Enter') {
            goToMatch(event.shiftKey ? -1 : 1);
            event.preventDefault();
        } else if (event.key === 'Escape') {
            focusView();
        }
    });
    onChange('only', () => choose({only: input('only').checked}));
    onChange('fold', () => choose({fold: input('fold').checked}));
    onChange('apart', () => choose({byThread: input('apart').checked}));
    onChange('measure', () => choose({measure: choice('measure').value}));
    onChange('unit', () => choose({percent: choice('unit').value === 'percent'}));
    onChange('threshold', () => choose({threshold: Number(choice('threshold').value)}));
    onChange('theme', () => choose({theme: choice('theme').value}));
    onChange('hide', () => choose({hide: input('hide').value}));
    onChange('show', () => choose({show: input('show').value}));
    element('whole-time').addEventListener('click', () => choose({time: null}));
    element('reset').addEventListener('click', () => globalKeys.r());
}

/** @param {number} step */
function goToMatch(step) {
    if (state.view === 'tree' || state.view === 'inverted') {
        const view = state.view === 'tree' ? treeView : invertedView;
        if (state.view === 'tree') {
            revealMatches();
        }
        view.goToMatch(step);
    } else if (state.view === 'flame') {
        const hits = flame.boxes.map((_, i) => i).filter((i) => found.call[selectedTree().call[flame.boxes[i].node]] === 1 &&
            selectedTree().kind[flame.boxes[i].node] === CALL);
        const at = hits.indexOf(flame.focus);
        focusBox(hits[(at + step + hits.length) % hits.length]);
    }
}

function start() {
    drawFacts();
    readFolding();
    startTabs();
    startControls();
    startKeys();
    startThreads();
    startFlame();
    startTimeline();
    startTable();
    startSource();
    startExports();
    listener.changed = draw;
    draw();
    addEventListener('resize', () => currentView().draw());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
    addEventListener('beforeprint', () => state.view === 'tree' && treeView.paint(true));
    addEventListener('afterprint', () => currentView().draw());
    document.documentElement.dataset.ready = 'yes';
    performance.mark('drawn');
}

async function openPage() {
    profile = await readProfile(element('data').textContent || '');
    calls = makeCalls();
    startState();
    start();
}

openPage().catch((error) => {
    element('selected').textContent = `This page cannot be shown: ${error.message}`;
    throw error;
});


/* The page as a whole: what is said of the recordings, and the controls. */

/** @param {Fact[]} facts */
function factList(facts) {
    const list = make('dl', '');
    for (const fact of facts) {
        const className = fact.warning ? 'warning' : '';
        list.append(make('dt', className, fact.label), make('dd', className, fact.value));
    }
    return list;
}

function drawFacts() {
    const program = data.sides[1].facts[0].value;
    element('program').textContent = `What changed: ${program}`;
    for (const [i, side] of data.sides.entries()) {
        element('facts').append(make('h3', '', `${i ? 'New' : 'Baseline'}: ${side.runs}`), factList(side.facts));
    }
    for (const note of data.notes) {
        element('notes').append(make('p', note.warning ? 'warning' : 'note', note.value));
    }
    for (const [i, side] of data.sides.entries()) {
        for (const fact of side.facts.filter((/** @type {Fact} */ one) => one.warning)) {
            element('notes').append(make('p', 'warning', `${i ? 'New' : 'Baseline'}: ${fact.label}: ${fact.value}`));
        }
    }
    if (data.folded) {
        element('notes').append(make('p', 'note', `${data.folded} calls are too small or too deep for this page: ` +
            'their time is in their callers.'));
    }
}

function drawTotal() {
    const {total} = calls[ROOT];
    element('total').textContent = `Mean of a run, all threads: ${describe(total)}. ` +
        `Baseline: ${data.sides[0].runs}. New: ${data.sides[1].runs}.`;
    document.title = `${percentText(total) || 'unchanged'} ${data.sides[1].facts[0].value} – pyrender`;
}

function draw() {
    document.documentElement.dataset.theme = control('theme').value;
    markCalls();
    drawTotal();
    drawFlame();
    drawFunctions();
    drawCalls();
}

/** Unfolds the way to a call. @param {Call} call */
function reveal(call) {
    for (let below = call; below.index !== ROOT; below = calls[below.parent]) {
        state.open.add(below.parent);
        if (!below.drawn) {
            state.whole.add(below.parent);
        }
    }
}

/** Unfolds the way to matches, callers first, as many as a reader may want to look at once. */
function openMatches() {
    const MOST = 100;
    calls.slice(1).filter(({func}) => matches(func)).slice(0, MOST).forEach(reveal);
}

function startControls() {
    const threshold = /** @type {HTMLSelectElement} */ (element('threshold'));
    if (![...threshold.options].some((option) => Number(option.value) === data.threshold)) {
        threshold.append(new Option(`${data.threshold} %`, String(data.threshold)));
    }
    threshold.value = String(data.threshold);
    control('unit').value = data.percent ? 'percent' : 'seconds';
    state.threshold = data.threshold;
    state.percent = data.percent;
    element('controls').addEventListener('submit', (event) => event.preventDefault());
    control('search').addEventListener('input', () => {
        state.search = control('search').value.trim().toLowerCase();
        openMatches();
        draw();
    });
    threshold.addEventListener('change', () => {
        state.threshold = Number(threshold.value);
        draw();
    });
    control('unit').addEventListener('change', () => {
        state.percent = control('unit').value === 'percent';
        draw();
    });
    control('theme').addEventListener('change', draw);
}

drawFacts();
startControls();
startFlame();
element('calls').addEventListener('keydown', onCallKey);
markCalls();
openChanged();
draw();

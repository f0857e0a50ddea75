// The order that a verdict rests on, and what a single copy holds after each of its operations.

const shownKeys = 48;

class Replay {
  constructor(tracks, table, hasTimes, root, whole) {
    Object.assign(this, { tracks, table, hasTimes, root, whole });
    this.slider = make('input', { type: 'range', min: 0, value: 0, 'aria-label': 'Operations that have happened', oninput: () => this.go(Number(this.slider.value)) });
    this.where = make('span', { class: 'muted', 'aria-live': 'polite' });
    this.strip = make('ol', { class: 'track' });
    this.store = make('div', { class: 'store' });
    this.note = make('p', { class: 'muted' });
    const choice = make('select', { onchange: () => this.choose(Number(choice.value)) },
      ...tracks.slice(0, 500).map((track, index) => make('option', { value: index }, track.name)));
    root.append(make('h3', {}, 'Why ' + root.dataset.model + ' holds: an order to replay'),
      make('p', { class: 'muted' }, 'Operations in an order that a single copy of the store could have executed. Move the slider to replay it.'),
      make('div', { class: 'bar' },
        tracks.length > 1 ? make('label', {}, tracks.length > 1 && /^Process/.test(tracks[0].name) ? 'As seen by' : 'Key', choice) : null,
        button('Back', () => this.go(this.at - 1)), button('Next', () => this.go(this.at + 1), { class: 'primary' }),
        button('Show in the timeline', () => this.whole.jump([this.order[Math.max(0, this.at - 1)]])), this.where),
      this.slider, this.strip, this.store, this.note);
    this.choose(0);
  }

  choose(index) {
    const track = this.tracks[index];
    this.order = summed(numbers(track.order, true));
    // Operations that are not in the page cannot be told.
    const rows = [];
    for (const number of this.order) {
      const row = this.table.row(number);
      if (row < 0) break;
      rows.push(row);
    }
    this.rows = rows;
    this.note.textContent = rows.length < track.total ? 'The first ' + rows.length.toLocaleString('en') + ' of ' + count(track.total, 'operation') + ' can be replayed here.' : '';
    this.slider.max = rows.length;
    this.reset();
    this.go(Math.min(rows.length, 1));
  }

  reset() {
    this.at = 0;
    this.held = new Map();
  }

  go(step) {
    step = Math.max(0, Math.min(this.rows.length, step));
    if (step < this.at) this.reset();
    const { table } = this;
    for (; this.at < step; this.at++) {
      const row = this.rows[this.at];
      const key = table.key[row];
      const writes = table.kind(row) !== 'read' && !table.isMismatch(row);
      if (writes) this.held.set(key, table.value[row]);
      else if (!this.held.has(key)) this.held.set(key, table.initial[key]);
    }
    this.slider.value = step;
    this.slider.setAttribute('aria-valuetext', step ? table.sentence(this.rows[step - 1], this.hasTimes) : 'Before the first operation');
    this.where.textContent = step.toLocaleString('en') + ' of ' + this.rows.length.toLocaleString('en');
    this.draw();
  }

  draw() {
    const { table, rows, at } = this;
    const items = [];
    for (let index = at - 4; index <= at + 2; index++) {
      const row = rows[index];
      if (row === undefined) { items.push(make('li', { 'aria-hidden': 'true', style: 'visibility:hidden' }, ' ')); continue; }
      items.push(make('li', { class: (index === at - 1 ? 'now' : index >= at ? 'later' : ''), 'aria-current': index === at - 1 ? 'step' : null, title: table.sentence(row, this.hasTimes) },
        isolated(table.brief(row), { class: 'what' }), make('small', {}, (index + 1).toLocaleString('en') + ' · ' + table.lanes[table.lane[row]])));
    }
    this.strip.replaceChildren(...items);
    const now = rows[at - 1];
    const cells = [...this.held].slice(-shownKeys).map(([key, value]) => {
      const isNow = now !== undefined && table.key[now] === key;
      return make('div', { class: isNow ? (table.kind(now) === 'read' ? 'seen' : 'changed') : null },
        isolated(table.keys[key]), isolated(String(table.values[value])));
    });
    if (this.held.size > shownKeys) cells.push(make('div', {}, '… ' + count(this.held.size - shownKeys, 'more key')));
    if (!cells.length) cells.push(make('div', { class: 'muted' }, 'Nothing has happened yet.'));
    this.store.replaceChildren(...cells);
  }
}

// The whole history on a canvas, and what a reader can do with it: pan, zoom, filter, search, go to the violation.

const blockLength = 256;
const noSelection = 'Point at an operation to read it; click it to keep it here.';

class Timeline extends TimelineDrawing {
  constructor(table, data, root) {
    super();
    Object.assign(this, { table, data, root, view: { from: 0, to: Math.max(1, table.span) } });
    this.isByServer = false;
    this.isVisible = new Uint8Array(table.count).fill(1);
    this.important = new Set(data.important.map((number) => table.row(number)).filter((row) => row >= 0));
    this.selected = -1;
    // The latest end of each block of rows: for passing over what ended before the view.
    this.blockEnds = new Float64Array(Math.ceil(table.count / blockLength));
    for (let row = 0; row < table.count; row++) {
      const block = Math.floor(row / blockLength);
      this.blockEnds[block] = Math.max(this.blockEnds[block], table.isOpen(row) ? table.start[row] : table.end(row));
    }
    if (data.history.overview) {
      const { overview } = data.history;
      this.overview = { ...overview, begun: numbers(overview.begun), troubled: numbers(overview.troubled) };
      this.known = table.ranges.map(([first, length]) => {
        const row = table.row(first);
        return [table.start[row], table.start[row + length - 1]];
      });
    }
    this.controls();
    this.arrange();
    this.listen();
    this.filter();
  }

  // MARK: Controls

  controls() {
    const { table, data } = this;
    const choose = (label, options, change) => {
      const select = make('select', { onchange: () => change(select.value) }, ...options.map(([value, text]) => make('option', { value }, text)));
      return [select, make('label', {}, label, select)];
    };
    const all = [['', 'all']];
    let label, keyLabel;
    const bar = make('div', { class: 'bar', role: 'group', 'aria-label': 'View' });
    if (data.important.length) bar.append(button('Jump to the violation', () => this.jump(data.important), { class: 'primary', id: 'jump' }));
    bar.append(button('Whole run', () => this.show(0, table.span)), button('−', () => this.zoom(2), { 'aria-label': 'Zoom out' }),
      button('+', () => this.zoom(.5), { 'aria-label': 'Zoom in' }));
    if (table.servers.length) {
      [, label] = choose('Lanes by', [['client', 'client'], ['server', 'server']], (value) => { this.isByServer = value === 'server'; this.arrange(); this.draw(); });
      bar.append(label);
    }
    const filters = make('div', { class: 'bar', role: 'group', 'aria-label': 'Filters' });
    [this.keyChoice, keyLabel] = choose('Key', [...all, ...table.keys.slice(0, 2000).map((key, index) => [index, key])], () => this.filter());
    const lanes = table.lanes.slice(0, 500).map((lane, index) => [index, lane]);
    [this.laneChoice, label] = choose('Client', [...all, ...lanes], () => this.filter());
    filters.append(keyLabel, label);
    [this.kindChoice, label] = choose('Kind', [...all, ...kinds.map((kind) => [kind, kind])], () => this.filter());
    filters.append(label);
    [this.outcomeChoice, label] = choose('Outcome', [...all, ...outcomes.map((outcome) => [outcome, outcome]), ['out', 'left out of the verdict']], () => this.filter());
    filters.append(label);
    this.query = make('input', { type: 'search', placeholder: 'write a 10, line 14', oninput: () => this.search() });
    filters.append(make('label', {}, 'Search', this.query));
    this.shown = make('span', { class: 'muted', 'aria-live': 'polite' });
    filters.append(this.shown);
    this.canvas = make('canvas', { tabindex: 0, role: 'application', 'aria-label': 'Timeline of all operations', 'aria-describedby': 'timeline-keys' });
    this.detail = make('p', { class: 'detail', 'aria-live': 'polite' }, noSelection);
    this.found = make('div', { hidden: true, class: 'found' });
    const scope = table.count < table.total
      ? `The page holds ${table.count.toLocaleString('en')} of ${count(table.total, 'operation')} in full, around those that matter. Elsewhere shading shows how many began; filters and search see only what is held in full. Curves below are of all operations.`
      : '';
    this.root.replaceChildren(bar, filters, this.found, make('div', { class: 'canvas' }, this.canvas), this.detail,
      this.legend(), make('p', { class: 'muted', id: 'timeline-keys' },
        make('small', {}, 'Drag to pan; click the drawing, then the wheel zooms. Keys: arrows pan, + and − zoom, 0 shows all, N and P go from operation to operation. ' + scope)));
  }

  legend() {
    const item = (name, text) => make('li', {}, make('span', { class: 'key kind-' + name }), text);
    const used = kinds.filter((kind, index) => this.table.flags.some((flags) => (flags & 3) === index));
    const list = make('ul', { class: 'legend', 'aria-label': 'Legend' }, ...used.map((kind) => item(kind, kind)));
    const mark = (style, text) => list.append(make('li', {}, make('span', { class: 'key ' + style }), text));
    if (this.table.flags.some((flags) => (flags >> 2 & 3) === 2)) mark('doubtful', 'outcome unknown');
    if (this.table.flags.some((flags) => flags & 128)) mark('out', 'failed, or left out of the verdict');
    if (this.data.important.length) mark('important', 'in the counterexample');
    if (this.data.faults.length) mark('band', 'a fault lasts');
    return list;
  }

  /** Which row of the drawing each lane has: by server, a lane appears once for each server that it asked. */
  arrange() {
    const { table } = this;
    this.rowOf = new Uint32Array(table.count);
    if (!this.isByServer) {
      this.labels = table.lanes;
      this.rowOf.set(table.lane);
    } else {
      const names = new Map();
      for (let row = 0; row < table.count; row++) names.set(table.server[row] * 65536 + table.lane[row], row);
      const number = (id) => table.servers[Math.floor(id / 65536) - 1] ?? -1;
      const order = [...names.keys()].sort((a, b) => number(a) - number(b) || a - b);
      const place = new Map(order.map((id, index) => [id, index]));
      this.labels = order.map((id) => 'server ' + (number(id) < 0 ? '?' : number(id)) + ' · ' + table.lanes[id % 65536].replace('client ', 'c').replace('process ', 'p'));
      for (let row = 0; row < table.count; row++) this.rowOf[row] = place.get(table.server[row] * 65536 + table.lane[row]);
    }
    this.laneHeight = Math.max(5, Math.min(34, Math.floor(620 / Math.max(1, this.labels.length))));
    this.height = axisHeight + this.labels.length * this.laneHeight + 10;
    this.resize();
  }

  filter() {
    const { table } = this;
    const key = this.keyChoice.value, lane = this.laneChoice.value, kind = kinds.indexOf(this.kindChoice.value);
    const outcome = outcomes.indexOf(this.outcomeChoice.value), isOut = this.outcomeChoice.value === 'out';
    let shown = 0;
    for (let row = 0; row < table.count; row++) {
      const flags = table.flags[row];
      const isVisible = (key === '' || table.key[row] === Number(key)) && (lane === '' || table.lane[row] === Number(lane))
        && (kind < 0 || (flags & 3) === kind) && (outcome < 0 || (flags >> 2 & 3) === outcome) && (!isOut || (flags & 128) > 0);
      this.isVisible[row] = isVisible ? 1 : 0;
      if (isVisible) shown++;
    }
    this.shown.textContent = shown === table.count ? '' : shown.toLocaleString('en') + ' of ' + count(table.count, 'operation');
    this.draw();
  }

  search() {
    clearTimeout(this.searching);
    this.searching = setTimeout(() => {
      const { table } = this;
      const text = this.query.value.trim().toLowerCase();
      const line = /^line (\d+)$/.exec(text);
      const rows = [];
      for (let row = 0; row < table.count && text && rows.length < 200; row++) {
        if (!this.isVisible[row]) continue;
        if (line ? table.line[row] === Number(line[1]) : table.brief(row).toLowerCase().includes(text)) rows.push(row);
      }
      this.found.hidden = !text;
      if (!text) return;
      const items = rows.map((row) => make('tr', {},
        make('td', {}, button('', () => { this.jump([table.number(row)]); this.select(row); })), make('td', {}, table.lanes[table.lane[row]]),
        make('td', {}, this.data.clock === 'time' ? '+' + duration(table.start[row]) : '')));
      items.forEach((item, index) => item.querySelector('button').append(isolated(table.brief(rows[index]))));
      this.found.replaceChildren(rows.length
        ? make('table', {}, make('thead', {}, make('tr', {}, ...[rows.length === 200 ? 'The first 200' : count(rows.length, 'operation'), 'Client', 'Began'].map((title) => make('th', { scope: 'col' }, title)))), make('tbody', {}, ...items))
        : make('p', { class: 'muted', style: 'padding:.5rem .75rem' }, 'Nothing found.'));
    }, 120);
  }

  // MARK: Moving

  show(from, to) {
    const { span } = this.table;
    const least = Math.max(1, Math.min(span, 20));
    const width = Math.min(Math.max(to - from, least), span * 1.04 + 1);
    const middle = (from + to) / 2;
    const start = Math.max(-.02 * span - 1, Math.min(middle - width / 2, span * 1.02 + 1 - width));
    this.view = { from: start, to: start + width };
    this.draw();
  }

  zoom(factor, at = (this.view.from + this.view.to) / 2) {
    const { from, to } = this.view;
    this.show(at - (at - from) * factor, at + (to - at) * factor);
  }

  pan(share) {
    const shift = (this.view.to - this.view.from) * share;
    this.show(this.view.from + shift, this.view.to + shift);
  }

  /** Shows operations, given by their numbers in the history. */
  jump(operations) {
    const { table } = this;
    const rows = operations.map((number) => table.row(number)).filter((row) => row >= 0);
    if (!rows.length) return;
    const from = Math.min(...rows.map((row) => table.start[row]));
    const to = Math.max(...rows.map((row) => table.isOpen(row) ? table.start[row] : table.end(row)));
    const room = Math.max((to - from) * .35, table.span / 1e5, 10);
    this.show(from - room, to + room);
    this.select(rows[rows.length - 1]);
    this.canvas.scrollIntoView({ block: 'center', behavior: 'instant' });
    this.canvas.focus({ preventScroll: true });
  }

  select(row) {
    this.selected = row;
    this.detail.textContent = row < 0 ? noSelection : this.table.sentence(row, this.data.clock === 'time');
    this.draw();
  }

  listen() {
    const { canvas } = this;
    let drag = null, moved = 0;
    canvas.addEventListener('pointerdown', (event) => {
      drag = { x: event.clientX, view: this.view };
      moved = 0;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (drag) {
        moved = Math.max(moved, Math.abs(event.clientX - drag.x));
        const shift = (drag.x - event.clientX) / this.plotWidth * (drag.view.to - drag.view.from);
        canvas.classList.add('dragging');
        this.show(drag.view.from + shift, drag.view.to + shift);
        return;
      }
      const row = this.hit(event.offsetX, event.offsetY);
      if (row >= 0) tip.show(this.table.sentence(row, this.data.clock === 'time'), event.clientX, event.clientY);
      else {
        const fault = this.faultAt(event.offsetX, event.offsetY);
        if (fault) tip.show('Fault: ' + fault.text, event.clientX, event.clientY); else tip.hide();
      }
    });
    const release = (event) => {
      canvas.classList.remove('dragging');
      if (drag && moved < 4 && event.type === 'pointerup') this.select(this.hit(event.offsetX, event.offsetY));
      drag = null;
    };
    canvas.addEventListener('pointerup', release);
    canvas.addEventListener('pointercancel', release);
    canvas.addEventListener('pointerleave', tip.hide);
    canvas.addEventListener('dblclick', (event) => this.zoom(.4, this.timeAt(event.offsetX)));
    canvas.addEventListener('wheel', (event) => {
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan(event.deltaX / this.plotWidth);
      else if (event.ctrlKey || event.metaKey || document.activeElement === canvas) this.zoom(Math.exp(event.deltaY * .0018), this.timeAt(event.offsetX));
      else return;
      event.preventDefault();
    }, { passive: false });
    canvas.addEventListener('keydown', (event) => {
      const actions = {
        ArrowLeft: () => this.pan(-.2), ArrowRight: () => this.pan(.2), '+': () => this.zoom(.6), '=': () => this.zoom(.6), '-': () => this.zoom(1 / .6),
        0: () => this.show(0, this.table.span), n: () => this.walk(1), p: () => this.walk(-1),
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !actions[event.key]) return;
      actions[event.key]();
      event.preventDefault();
    });
    new ResizeObserver(() => { this.resize(); this.draw(); }).observe(canvas.parentElement);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.colours = null; this.draw(); });
  }

  /** Selects the next or the last visible operation, and brings it into view. */
  walk(step) {
    const { table } = this;
    let row = this.selected < 0 ? table.firstFrom(this.view.from) - (step > 0 ? 1 : 0) : this.selected;
    do row += step; while (row >= 0 && row < table.count && !this.isVisible[row]);
    if (row < 0 || row >= table.count) return;
    const middle = table.start[row], { from, to } = this.view;
    if (middle < from || middle > to) this.view = { from: middle - (to - from) / 2, to: middle + (to - from) / 2 };
    this.select(row);
  }

  // MARK: Places

  get plotWidth() { return this.width - laneLabel - 12; }
  x(time) { return laneLabel + (time - this.view.from) / (this.view.to - this.view.from) * this.plotWidth; }
  timeAt(x) { return this.view.from + (x - laneLabel) / this.plotWidth * (this.view.to - this.view.from); }

  /** Calls for each visible operation that reaches into a stretch of time. */
  each(from, to, body) {
    const { table } = this;
    const last = table.firstFrom(to + 1);
    for (let row = 0; row < last; row++) {
      if (row % blockLength === 0) while (row < last && this.blockEnds[row / blockLength] < from) row += blockLength;
      if (row < last && this.isVisible[row] && (table.isOpen(row) ? table.start[row] : table.end(row)) >= from) body(row);
    }
  }

  hit(x, y) {
    const lane = Math.floor((y - axisHeight) / this.laneHeight);
    if (x < laneLabel || lane < 0 || lane >= this.labels.length) return -1;
    const time = this.timeAt(x), reach = (this.view.to - this.view.from) / this.plotWidth * 5;
    let best = -1, distance = Infinity;
    this.each(time - reach * 3, time + reach, (row) => {
      if (this.rowOf[row] !== lane) return;
      const end = this.table.isOpen(row) ? this.table.start[row] + reach * 3 : this.table.end(row);
      const away = Math.max(0, this.table.start[row] - time, time - end);
      if (away <= reach && away < distance) { best = row; distance = away; }
    });
    return best;
  }

  faultAt(x, y) {
    if (x < laneLabel || y < 0) return null;
    const time = this.timeAt(x);
    return this.data.faults.find((fault) => time >= fault.start && time <= (fault.end ?? this.table.span));
  }

  resize() {
    this.width = Math.max(280, this.canvas.parentElement.clientWidth || 960);
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.canvas.style.height = this.height + 'px';
  }
}

// The whole history on a canvas: a lane for each client, a bar for each operation, bands for faults.
// Only what is in view is drawn; where several operations fall on one pixel, the pixel shows their mixture.

const axisHeight = 30, laneLabel = 118, blockLength = 256;
const noSelection = 'Point at an operation to read it; click it to keep it here.';

class Timeline {
  constructor(table, data, root) {
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

  // MARK: Drawing

  draw() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue('--' + name).trim();
    this.colours ??= Object.fromEntries(['surface', 'panel', 'ink', 'muted', 'rule', 'line', 'fails', 'fails-fill', 'read', 'read-fill', 'write', 'write-fill', 'cas', 'cas-fill', 'sans', 'mono'].map((name) => [name, colour(name)]));
    const context = this.canvas.getContext('2d');
    const scale = devicePixelRatio || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.direction = 'ltr';
    this.drawLanes(context);
    context.save();
    context.beginPath();
    context.rect(laneLabel, 0, this.width - laneLabel, this.height);
    context.clip();
    this.drawFaults(context);
    this.drawAxis(context);
    if (this.overview) this.drawOverview(context);
    this.drawOperations(context);
    context.restore();
  }

  drawLanes(context) {
    const { colours, laneHeight } = this;
    context.font = '12px ' + colours.sans;
    context.textBaseline = 'middle';
    this.labels.forEach((label, index) => {
      const y = axisHeight + index * laneHeight;
      if (index % 2 === 0) { context.fillStyle = colours.panel; context.fillRect(0, y, this.width, laneHeight); }
      if (laneHeight < 12 && index % Math.ceil(12 / laneHeight) > 0) return;
      context.fillStyle = colours.ink;
      context.fillText(label, 12, y + laneHeight / 2 + .5, laneLabel - 20);
    });
  }

  drawAxis(context) {
    const { colours } = this;
    const { from, to } = this.view;
    context.font = '11px ' + colours.sans;
    context.textBaseline = 'alphabetic';
    context.textAlign = 'center';
    const list = ticks(Math.max(0, from), Math.min(to, this.table.span), Math.max(2, this.plotWidth / 130));
    const step = list.length > 1 ? list[1] - list[0] : 1e9;
    for (const tick of list) {
      const x = Math.round(this.x(tick)) + .5;
      context.strokeStyle = colours.rule;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x, axisHeight - 6);
      context.lineTo(x, this.height - 10);
      context.stroke();
      context.fillStyle = colours.muted;
      context.fillText(this.data.clock === 'time' ? '+' + timeOnAxis(tick, step) : 'event ' + tick, Math.max(x, laneLabel + 24), 17);
    }
    context.textAlign = 'start';
  }

  drawFaults(context) {
    const { colours } = this;
    context.font = '10.5px ' + colours.sans;
    let labelEnd = 0;
    for (const fault of this.data.faults) {
      const x = this.x(fault.start), end = this.x(fault.end ?? this.table.span);
      if (end < laneLabel || x > this.width) continue;
      context.fillStyle = colours['fails-fill'];
      context.globalAlpha = .75;
      context.fillRect(x, axisHeight - 6, Math.max(2, end - x), this.height - axisHeight - 4);
      context.globalAlpha = 1;
      context.fillStyle = colours.fails;
      context.fillRect(x, axisHeight - 6, 1.5, this.height - axisHeight - 4);
      if (x > labelEnd) {
        const text = fault.text.slice(0, 40);
        context.fillText(text, x + 4, this.height - 3);
        labelEnd = x + 12 + context.measureText(text).width;
      }
    }
  }

  drawOverview(context) {
    const { overview, colours, laneHeight } = this;
    if (this.isByServer) return;
    this.overviewMost ??= overview.begun.reduce((most, number) => Math.max(most, number), 1);
    const first = Math.max(0, Math.floor(this.view.from / overview.width)), last = Math.min(overview.count - 1, Math.ceil(this.view.to / overview.width));
    for (let bucket = first; bucket <= last; bucket++) {
      const middle = (bucket + .5) * overview.width;
      if (this.known.some(([from, to]) => middle >= from && middle <= to)) continue;
      const x = this.x(bucket * overview.width), width = Math.max(1, this.x((bucket + 1) * overview.width) - x);
      for (let lane = 0; lane < this.labels.length; lane++) {
        const begun = overview.begun[lane * overview.count + bucket];
        if (!begun) continue;
        const y = axisHeight + lane * laneHeight + laneHeight * .2;
        context.fillStyle = colours.line;
        context.globalAlpha = .2 + .65 * Math.sqrt(begun / this.overviewMost);
        context.fillRect(x, y, width, laneHeight * .6);
        const troubled = overview.troubled[lane * overview.count + bucket];
        if (troubled) {
          context.globalAlpha = .9;
          context.fillStyle = colours.fails;
          context.fillRect(x, y, width, Math.max(1, laneHeight * .6 * Math.sqrt(troubled / begun)));
        }
      }
    }
    context.globalAlpha = 1;
  }

  drawOperations(context) {
    const { table, laneHeight } = this;
    const width = Math.ceil(this.width), lanes = this.labels.length;
    // Of the operations that are too narrow to draw: how many of each kind, and of doubtful outcome, in each pixel.
    const narrow = new Uint16Array(lanes * width * 4);
    const wide = [];
    // Few operations are drawn as bars however short they are.
    const least = this.table.firstFrom(this.view.to) - this.table.firstFrom(this.view.from) < 1500 ? 0 : 2.5;
    const scale = this.plotWidth / (this.view.to - this.view.from);
    this.each(this.view.from, this.view.to, (row) => {
      const length = table.isOpen(row) ? 0 : (table.lengths[row] - 1) * scale;
      if (length >= least || this.important.has(row) || row === this.selected) wide.push(row);
      else {
        const pixel = Math.floor(this.x(table.start[row]));
        if (pixel < 0 || pixel >= width) return;
        const place = (this.rowOf[row] * width + pixel) * 4;
        narrow[place + (table.flags[row] & 3)]++;
        if ((table.flags[row] >> 2 & 3) > 0 && (table.flags[row] & 3) < 3) narrow[place + 3]++;
      }
    });
    this.drawMixtures(context, narrow, width, lanes);
    for (const row of wide) this.drawBar(context, row, scale, laneHeight);
  }

  drawMixtures(context, narrow, width, lanes) {
    const { colours, laneHeight } = this;
    const top = laneHeight * .18, height = laneHeight * .64;
    // Colour by colour, since changing the colour costs more than drawing.
    for (let layer = 0; layer < 4; layer++) {
      context.fillStyle = layer < 3 ? colours[kinds[layer]] : colours.fails;
      for (let lane = 0; lane < lanes; lane++) {
        const y = axisHeight + lane * laneHeight + top;
        for (let pixel = 0; pixel < width; pixel++) {
          const place = (lane * width + pixel) * 4;
          if (!narrow[place + layer]) continue;
          const share = height / (narrow[place] + narrow[place + 1] + narrow[place + 2]);
          if (layer === 3) context.fillRect(pixel, y - top + 1, 2, Math.max(2, top - 1));
          else context.fillRect(pixel, y + share * (layer > 0 ? narrow[place] : 0) + share * (layer > 1 ? narrow[place + 1] : 0), 1, share * narrow[place + layer]);
        }
      }
    }
  }

  drawBar(context, row, scale, laneHeight) {
    const { table, colours } = this;
    const kind = table.kind(row), isOpen = table.isOpen(row), outcome = table.outcome(row);
    const x = this.x(table.start[row]);
    const length = isOpen ? Math.max(14, Math.min(60, 40 * scale)) : Math.max(3, (table.lengths[row] - 1) * scale);
    const y = axisHeight + this.rowOf[row] * laneHeight + laneHeight * .18, height = laneHeight * .64;
    const isOut = table.isLeftOut(row) || outcome === 'fail';
    context.lineWidth = 1.25;
    context.fillStyle = isOut ? colours.surface : colours[kind + '-fill'];
    context.fillRect(x, y, length, height);
    context.strokeStyle = outcome === 'unknown' ? colours.fails : isOut ? colours.line : colours[kind];
    context.setLineDash(outcome === 'unknown' ? [3, 2] : []);
    context.strokeRect(x + .5, y + .5, Math.max(1, length - 1), height - 1);
    context.setLineDash([]);
    if (this.important.has(row) || row === this.selected) {
      context.lineWidth = 2.5;
      context.strokeStyle = row === this.selected ? colours.ink : colours.fails;
      context.strokeRect(x - 1.5, y - 1.5, length + 3, height + 3);
    }
    const left = Math.max(x, laneLabel) + 5, room = x + length - left - 4;
    if (laneHeight >= 16 && room > 22) {
      context.font = '11px ' + colours.mono;
      context.textBaseline = 'middle';
      context.fillStyle = isOut ? colours.muted : colours.ink;
      const text = table.brief(row), fits = Math.floor(room / 6.7);
      context.fillText(text.length <= fits ? text : fits > 3 ? text.slice(0, fits - 1) + '…' : '', left, y + height / 2 + .5);
    }
  }
}

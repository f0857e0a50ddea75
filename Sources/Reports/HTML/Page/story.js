// The counterexample: a lane for each client, a bar for each operation, an arrow for each reason, told step by step.

class Story {
  constructor(data, figure, whole) {
    this.data = data;
    this.figure = figure;
    this.whole = whole;
    this.step = 0;
    this.isToScale = false;
    this.build();
    this.go(0);
  }

  build() {
    const { data } = this;
    this.sentence = make('p', { 'aria-live': 'polite' });
    this.counter = make('span', { class: 'count' });
    this.back = button('Back', () => this.go(this.step - 1));
    this.next = button('Next', () => this.go(this.step + 1), { class: 'primary' });
    const all = button('Show all', () => this.go(0));
    this.drawing = make('div', { class: 'scroll' });
    const scale = button('To scale', () => {
      this.isToScale = !this.isToScale;
      scale.setAttribute('aria-pressed', this.isToScale);
      this.draw();
    }, { 'aria-pressed': 'false' });
    const jump = button('Show in the timeline', () => this.whole.jump(data.operations.map((one) => one.operation)));
    const told = make('div', { class: 'told' }, this.counter, this.sentence,
      make('div', { class: 'steps' }, this.back, this.next, all));
    const frame = make('div', {
      class: 'frame', role: 'group', 'aria-label': 'The counterexample, step by step',
      onkeydown: (event) => {
        if (event.key === 'ArrowRight') this.go(this.step + 1);
        else if (event.key === 'ArrowLeft') this.go(this.step - 1);
        else return;
        event.preventDefault();
      },
    }, told, this.drawing, this.legend());
    this.figure.replaceChildren(frame, make('div', { class: 'bar' }, jump, scale,
      data.omitted > 0 ? make('span', { class: 'muted' }, count(data.omitted, 'more operation') + ' not drawn') : null));
    this.figure.append(this.arrowList());
    this.scene = null;
    this.draw();
  }

  legend() {
    const { data } = this;
    const list = make('ul', { class: 'legend', 'aria-label': 'Legend' });
    for (const kind of [0, 1, 2]) {
      if (!data.operations.some((one) => one.kind === kind)) continue;
      list.append(make('li', {}, make('span', { class: 'key kind-' + kinds[kind] }), kinds[kind]));
    }
    for (const { name: reason, words } of data.reasons) {
      list.append(make('li', {}, make('svg', { viewBox: '0 0 30 14', 'aria-hidden': 'true', class: 'arrow ' + reason },
        make('path', { class: 'stroke', d: 'M1 7H22' }), make('path', { class: 'tip', d: 'M29 7l-8 -4.5v9z' })), words));
    }
    return list;
  }

  /** The reasons as a table: the drawing for those who cannot see it. */
  arrowList() {
    const { data } = this;
    if (!data.arrows.length) return make('span');
    const rows = data.arrows.map((arrow) => make('tr', {},
      make('td', {}, isolated(this.name(arrow.from))), make('td', {}, data.reasons.find((reason) => reason.name === arrow.because).words),
      make('td', {}, isolated(this.name(arrow.to))), make('td', {}, arrow.sentence)));
    return make('details', {}, make('summary', {}, 'The arrows as a table'),
      make('div', { class: 'scroll' }, make('table', {},
        make('thead', {}, make('tr', {}, ...['First', 'Why', 'Then', 'In words'].map((text) => make('th', { scope: 'col' }, text)))),
        make('tbody', {}, ...rows))));
  }

  name(index) {
    const one = this.data.operations[index];
    return one.label + ' (' + one.lane + ')';
  }

  draw() {
    this.scene = drawScene(this.data, this.isToScale);
    this.drawing.replaceChildren(this.scene.svg);
    this.light();
  }

  /** Step 0 shows everything. */
  go(step) {
    const { steps } = this.data;
    this.step = Math.max(0, Math.min(steps.length, step));
    this.sentence.textContent = this.step === 0
      ? 'Each bar is an operation, from its invocation to its answer; each arrow says what must come before what. '
        + 'Step through to see why no order is possible.'
      : steps[this.step - 1].sentence;
    this.counter.textContent = this.step === 0 ? 'All' : this.step + ' of ' + steps.length;
    this.back.disabled = this.step === 0;
    this.next.disabled = this.step === steps.length;
    this.light();
  }

  light() {
    const step = this.step > 0 ? this.data.steps[this.step - 1] : null;
    const isNarrow = step !== null && step.operations.length + step.arrows.length > 0;
    this.scene.svg.classList.toggle('stepping', isNarrow);
    const lit = new Set(isNarrow ? step.operations : []);
    // What was placed before stays visible while an order is built.
    const arrows = new Set(isNarrow ? step.arrows : []);
    for (const index of arrows) { lit.add(this.data.arrows[index].from); lit.add(this.data.arrows[index].to); }
    this.scene.operations.forEach((element, index) => element.classList.toggle('lit', lit.has(index)));
    this.scene.arrows.forEach((element, index) => element.classList.toggle('lit', arrows.has(index)));
  }
}

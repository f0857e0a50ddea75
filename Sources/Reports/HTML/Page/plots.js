// Curves of the run, drawn from numbers of all its operations.

const plotBox = { width: 460, height: 200, left: 54, right: 14, top: 14, bottom: 28 };

/** An empty plot with its axes. */
class Plot {
  constructor(title, xRange, yRange, { isLogX = false, isLogY = false, xText, yText }) {
    const { width, height, left, right, top, bottom } = plotBox;
    const place = ([from, to], isLog, low, high) => (value) => {
      const share = isLog ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
      return low + (high - low) * (Number.isFinite(share) ? share : 0);
    };
    this.x = place(xRange, isLogX, left, width - right);
    this.y = place(yRange, isLogY, height - bottom, top);
    this.floor = height - bottom;
    this.svg = make('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title });
    for (const tick of isLogY ? powers(yRange) : ticks(...yRange, 4)) {
      const y = this.y(tick);
      this.svg.append(make('path', { class: 'axis', d: `M${left} ${y}H${width - right}` }),
        make('text', { x: left - 7, y: y + 3.5, 'text-anchor': 'end' }, yText(tick)));
    }
    for (const tick of isLogX ? powers(xRange) : ticks(...xRange, 4)) {
      const x = this.x(tick), text = xText(tick), half = text.length * 3.1;
      this.svg.append(make('text', { x: Math.max(left + 8, Math.min(x, width - half)), y: height - 8, 'text-anchor': 'middle' }, text));
    }
    this.figure = make('figure', { class: 'plot' }, make('figcaption', {}, title), this.svg);
  }

  curve(points, style) {
    let path = '', isOpen = false;
    const dots = points.filter(([, y]) => y !== null);
    for (const [x, y] of points) {
      if (y !== null) path += (isOpen ? 'L' : 'M') + this.x(x).toFixed(1) + ' ' + this.y(y).toFixed(1);
      isOpen = y !== null;
    }
    this.svg.append(make('path', { class: 'curve ' + style, d: path }));
    // A line through few points does not show where they are.
    if (dots.length > 40) return;
    for (const [x, y] of dots) this.svg.append(make('circle', { class: 'dot ' + style, cx: this.x(x), cy: this.y(y), r: 2.5 }));
  }

}

/** Round numbers on a logarithmic axis: powers of ten, and where these are few, twice and five times as much too. */
function powers([from, to]) {
  const isWide = to / from > 1e3;
  const list = [];
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to; power *= 10) {
    for (const digit of isWide ? [1] : to / from > 30 ? [1, 3] : [1, 2, 5]) {
      if (digit * power >= from && digit * power <= to) list.push(digit * power);
    }
  }
  return list;
}

const classStart = (index) => 2 ** Math.floor(index / 4) * (1 + index % 4 / 4);

/** The times in the middle of each stretch. */
const middles = (list, width) => list.map((value, index) => [(index + .5) * width, value]);

function legendOf(plot, entries) {
  const list = make('ul', { class: 'legend' });
  for (const [style, text] of entries) {
    list.append(make('li', {}, make('svg', { viewBox: '0 0 30 14', 'aria-hidden': 'true', class: 'sample' }, make('path', { class: 'curve ' + style, d: 'M1 7H29' })), text));
  }
  plot.figure.append(list);
}

function drawPlots(data, span, root) {
  const grid = make('div', { class: 'plots' });
  const timeRange = [0, Math.max(1, span)];
  const timed = { xText: (tick) => '+' + shortDuration(tick) };
  for (const kind of data.kinds) grid.append(latencyPlot(kind, data.width, timeRange, timed));
  for (const kind of data.kinds) grid.append(histogramPlot('How long a ' + kind.name + ' took', kind.histogram, 'kind-' + kind.name, sum(kind.counts)));
  grid.append(throughputPlot(data, timeRange, timed));
  if (data.disagreeing) grid.append(disagreementPlot(data, timeRange, timed));
  if (data.ages?.stale) {
    grid.append(histogramPlot('How long before a read its value had been replaced', data.ages.histogram, '', data.ages.stale,
      `${data.ages.stale.toLocaleString('en')} of ${count(data.ages.reads, 'read')} returned what had certainly been replaced, the longest ${duration(data.ages.longest)} before.`));
  } else if (data.ages) {
    grid.append(make('figure', { class: 'plot' }, make('figcaption', {}, 'How stale reads were'),
      make('p', { class: 'muted' }, `None of ${count(data.ages.reads, 'read')} returned a value that had certainly been replaced before it began.`)));
  } else {
    grid.append(make('figure', { class: 'plot' }, make('figcaption', {}, 'How stale reads were'),
      make('p', { class: 'muted' }, 'Not computed: values repeat, so it is open which write a read saw.')));
  }
  root.append(grid);
}

const sum = (list) => list.reduce((total, number) => total + number, 0);

function latencyPlot(kind, width, timeRange, timed) {
  const values = [...kind.p50, ...kind.p95, ...kind.p99].filter((value) => value > 0);
  const low = Math.min(...values, 1e9), high = Math.max(...values, 1);
  const range = values.length ? [low / 1.3, high * 1.3] : [1, 10];
  const isLog = range[1] / range[0] > 12;
  const plot = new Plot('How long a ' + kind.name + ' took, over time', timeRange, isLog ? range : [0, high * 1.15], { isLogY: isLog, yText: shortDuration, ...timed });
  plot.svg.classList.add('kind-' + kind.name);
  for (const name of ['p50', 'p95', 'p99']) {
    plot.curve(middles(kind[name].map((value) => value === null ? null : Math.max(value, isLog ? 1 : 0)), width), name);
  }
  legendOf(plot, [['p50 kind-' + kind.name, 'median'], ['p95 kind-' + kind.name, '95 %'], ['p99 kind-' + kind.name, '99 %']]);
  return plot.figure;
}

function histogramPlot(title, { first, counts }, style, total, note) {
  const most = Math.max(...counts, 1);
  const plot = new Plot(title, [classStart(first), classStart(first + counts.length + 1)], [0, most * 1.08],
    { isLogX: true, xText: shortDuration, yText: (tick) => Number.isInteger(tick) ? tick.toLocaleString('en') : '' });
  counts.forEach((number, index) => {
    if (!number) return;
    const x = plot.x(classStart(first + index)), width = plot.x(classStart(first + index + 1)) - x;
    const y = plot.y(number);
    plot.svg.append(make('rect', { class: 'area ' + style, x: x + .5, y, width: Math.max(1, width - 1), height: plot.floor - y },
      make('title', {}, shortDuration(classStart(first + index)) + ' to ' + shortDuration(classStart(first + index + 1)) + ': ' + number.toLocaleString('en') + ' of ' + total.toLocaleString('en'))));
  });
  if (note) plot.figure.append(make('p', { class: 'muted' }, make('small', {}, note)));
  return plot.figure;
}

function throughputPlot(data, timeRange, timed) {
  const rate = (list) => list.map((number) => number * 1e9 / data.width);
  const rates = data.kinds.map((kind) => rate(kind.counts));
  const most = Math.max(1, ...rates.flat());
  const plot = new Plot('Throughput, operations a second', timeRange, [0, most * 1.1], { yText: (tick) => tick.toLocaleString('en', { notation: 'compact' }), ...timed });
  data.kinds.forEach((kind, index) => plot.curve(middles(rates[index], data.width), 'kind-' + kind.name));
  const entries = data.kinds.map((kind) => ['kind-' + kind.name, kind.name + 's']);
  const troubled = data.unknown.map((number, index) => number + data.failed[index]);
  if (sum(troubled)) {
    plot.curve(middles(rate(troubled), data.width), 'p99');
    entries.push(['p99', 'failed or unknown']);
  }
  legendOf(plot, entries);
  return plot.figure;
}

function disagreementPlot(data, timeRange, timed) {
  const most = Math.max(1, ...data.disagreeing);
  const plot = new Plot('Keys on which the replicas’ latest answers differed', timeRange, [0, most * 1.1], { yText: (tick) => Number.isInteger(tick) ? tick.toLocaleString('en') : '', ...timed });
  plot.curve(data.disagreeing.flatMap((number, index) => [[index * data.width, number], [(index + 1) * data.width, number]]), '');
  plot.figure.append(make('p', { class: 'muted' }, make('small', {}, 'An estimate from outside: a replica that is not asked does not show that it has changed.')));
  return plot.figure;
}

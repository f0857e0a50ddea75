// Where the bars and arrows of a counterexample go.

const sceneWidth = 960, gutter = 108, laneGap = 26, barHeight = 24, barGap = 38, margin = 22;
/** How wide a letter of a label is at most, in the widest of the usual fonts. */
const letter = 7.6;

/** Places of times from left to right: to scale, or an equal step for each instant, so that nothing is too small to see. */
function sceneScale(operations, isToScale) {
  const times = [...new Set(operations.flatMap((one) => [one.start, one.end ?? one.start]))].sort((a, b) => a - b);
  const first = times[0], last = times[times.length - 1], right = sceneWidth - margin - 14;
  if (isToScale && last > first) return (time) => gutter + (time - first) / (last - first) * (right - gutter);
  const place = new Map(times.map((time, index) => [time, index]));
  const step = (right - gutter) / Math.max(1, times.length - 1);
  return (time) => gutter + place.get(time) * step;
}

function drawScene(data, isToScale) {
  const { operations } = data;
  const x = sceneScale(operations, isToScale);
  const lanes = [...new Set(operations.map((one) => one.lane))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const svg = make('svg', { role: 'group', 'aria-label': 'Timeline of the counterexample' });
  // Bars of a lane that would hide one another's labels take turns in rows.
  const boxes = [], heights = [];
  let top = margin + 6;
  for (const lane of lanes) {
    const ends = [];
    operations.forEach((one, index) => {
      if (one.lane !== lane) return;
      const left = x(one.start), right = one.end === null ? sceneWidth - margin : Math.max(left + 6, x(one.end));
      const labelled = Math.max(right, left + one.label.length * letter + 8);
      let row = ends.findIndex((end) => end < left - 6);
      if (row < 0) row = ends.push(0) - 1;
      ends[row] = labelled;
      boxes[index] = { left, right, y: top + row * (barGap + 8), one };
    });
    heights.push({ lane, top, height: ends.length * (barGap + 8) });
    top += ends.length * (barGap + 8) + laneGap;
  }
  svg.setAttribute('viewBox', `0 0 ${sceneWidth} ${top + 4}`);
  heights.forEach(({ lane, top: y, height }, index) => {
    if (index > 0) svg.append(make('line', { x1: 14, x2: sceneWidth - 14, y1: y - laneGap / 2 - 4, y2: y - laneGap / 2 - 4, stroke: 'var(--rule)' }));
    svg.append(make('text', { x: 16, y: y + 31, 'font-size': 13, 'font-weight': 600 }, lane.length > 13 ? lane.slice(0, 12) + '…' : lane));
  });
  // The arrows lie below the bars in the drawing but come after them in the order of the keyboard.
  const arrowLayer = make('g'), barLayer = make('g');
  svg.append(arrowLayer, barLayer);
  const bars = boxes.map((box) => bar(box));
  barLayer.append(...bars);
  const spread = new Map();
  const arrows = data.arrows.map((arrow) => drawArrow(arrow, boxes, spread));
  arrowLayer.append(...arrows);
  return { svg, operations: bars, arrows };
}

function bar({ left, right, y, one }) {
  const group = make('g', {
    class: `op ${kinds[one.kind]} ${outcomes[one.outcome]}`, tabindex: 0, role: 'img', 'aria-label': one.sentence,
  });
  const isOpen = one.end === null;
  group.append(make('rect', { x: left, y: y + 18, width: Math.max(4, right - left), height: barHeight - 8, rx: isOpen ? 0 : 3 }));
  if (isOpen) group.append(make('path', { d: `M${right - 7} ${y + 18}l7 8l-7 8`, fill: 'none', stroke: 'var(--kind)', 'stroke-width': 1.5 }));
  const label = make('text', { x: Math.min(left, sceneWidth - one.label.length * letter - 8), y: y + 9, 'font-size': 12.5, class: 'mono' }, one.label);
  group.append(label);
  tip.attach(group, one.sentence);
  return group;
}

/** A curve from one bar to another, ending in a head. Curves between the same two bars bend apart. */
function drawArrow(arrow, boxes, spread) {
  const from = boxes[arrow.from], to = boxes[arrow.to];
  const pair = [arrow.from, arrow.to].sort().join();
  const nth = spread.get(pair) ?? 0;
  spread.set(pair, nth + 1);
  const middle = (box) => box.y + 18 + (barHeight - 8) / 2;
  const isSameRow = Math.abs(from.y - to.y) < 4;
  let path, head;
  if (isSameRow) {
    // Below the bars, from the end of one to the beginning of the other.
    const x1 = Math.max(from.left + 3, from.right - 3), x2 = to.left + 3, y = from.y + 34, depth = y + 14 + nth * 8;
    path = `M${x1} ${y}C${x1} ${depth} ${x2} ${depth} ${x2} ${y + 6}`;
    head = [x2, y, 0, -1];
  } else {
    const isDown = to.y > from.y;
    const overlapLeft = Math.max(from.left, to.left), overlapRight = Math.min(from.right, to.right);
    const overlap = (overlapLeft + overlapRight) / 2 + nth * 12;
    const x1 = overlapLeft < overlapRight ? overlap : from.right < to.left ? from.right - 3 - nth * 10 : from.left + 3 + nth * 10;
    const x2 = overlapLeft < overlapRight ? overlap : from.right < to.left ? to.left + 4 + nth * 10 : Math.max(to.left + 4, to.right - 4) - nth * 10;
    const y1 = middle(from) + (isDown ? 8 : -8), y2 = to.y + (isDown ? 18 : 34);
    const bend = Math.max(18, Math.abs(y2 - y1) * .45) * (isDown ? 1 : -1);
    const stop = y2 + (isDown ? -6 : 6);
    path = `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${stop - bend} ${x2} ${stop}`;
    head = [x2, y2, 0, isDown ? 1 : -1];
  }
  const [x, y, , direction] = head;
  const group = make('g', { class: 'arrow ' + arrow.because, tabindex: 0, role: 'img', 'aria-label': arrow.sentence });
  group.append(make('path', { class: 'hit', d: path }), make('path', { class: 'stroke', d: path }),
    make('path', { class: 'tip', d: `M${x} ${y}l-4.5 ${-8 * direction}h9z` }));
  tip.attach(group, arrow.sentence);
  return group;
}

// How the timeline is drawn: a lane for each client, a bar for each operation, bands for faults. Only what is in view is
// drawn; where several operations fall on one pixel, the pixel shows their mixture.

const axisHeight = 30, laneLabel = 118;

/** Both ends of a text that is longer than there is room for. */
function cut(text, room) {
  if (text.length <= room) return text;
  const tail = Math.floor(room / 3);
  return room > 3 ? text.slice(0, room - tail - 1) + '…' + text.slice(text.length - tail) : '';
}

class TimelineDrawing {
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
      context.fillText(cut(text, fits), left, y + height / 2 + .5);
    }
  }
}

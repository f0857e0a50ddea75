'use strict';
// Small helpers. Text enters the page only as text nodes: never as markup.

/** Makes an element with attributes and children; a string child is text. */
function make(name, attributes = {}, ...children) {
  const space = svgNames.has(name) ? 'http://www.w3.org/2000/svg' : 'http://www.w3.org/1999/xhtml';
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
const svgNames = new Set(['svg', 'g', 'path', 'rect', 'line', 'text', 'circle', 'title', 'desc', 'polyline']);

/** Text that keeps its own direction and cannot turn its surroundings around. */
function isolated(text, attributes = {}) {
  return make('bdi', attributes, text);
}

function button(text, action, attributes = {}) {
  return make('button', { type: 'button', onclick: action, ...attributes }, text);
}

/** A duration in nanoseconds with a unit that suits it. */
function duration(nanoseconds) {
  const magnitude = Math.abs(nanoseconds);
  for (const [unit, size] of [['s', 1e9], ['ms', 1e6], ['us', 1e3]]) {
    if (magnitude >= size) {
      const amount = nanoseconds / size;
      return amount.toFixed(magnitude / size < 10 ? 2 : magnitude / size < 100 ? 1 : 0) + ' ' + unit;
    }
  }
  return Math.round(nanoseconds) + ' ns';
}

/** A duration on an axis, without needless places. */
function shortDuration(nanoseconds) {
  for (const [unit, size] of [['s', 1e9], ['ms', 1e6], ['us', 1e3]]) {
    if (Math.abs(nanoseconds) >= size) return parseFloat((nanoseconds / size).toPrecision(4)) + ' ' + unit;
  }
  return parseFloat(nanoseconds.toPrecision(3)) + ' ns';
}

/** A time on an axis, with as many places as tell it from one a step away. */
function timeOnAxis(nanoseconds, step) {
  for (const [unit, size] of [['s', 1e9], ['ms', 1e6], ['us', 1e3]]) {
    if (Math.abs(nanoseconds) < size) continue;
    return (nanoseconds / size).toFixed(Math.max(0, Math.min(9, Math.ceil(Math.log10(size / step) - 1e-9)))) + ' ' + unit;
  }
  return Math.round(nanoseconds) + ' ns';
}

/** Round steps that cut a span into about so many parts. */
function ticks(from, to, parts) {
  const rough = (to - from) / parts;
  if (!(rough > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const list = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) list.push(tick);
  return list;
}

function count(number, one, many = one + 's') {
  return number.toLocaleString('en') + ' ' + (number === 1 ? one : many);
}

/** The tip beside the pointer, or below an element that has the focus. */
const tip = {
  show(text, x, y) {
    const box = document.getElementById('tip');
    box.textContent = text;
    box.hidden = false;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = Math.max(8, Math.min(x + 12, innerWidth - width - 8)) + 'px';
    box.style.top = (y + 18 + height > innerHeight ? Math.max(8, y - height - 12) : y + 18) + 'px';
  },
  hide() { document.getElementById('tip').hidden = true; },
  /** Makes an element tell a sentence on hover and on focus. */
  attach(element, text) {
    element.addEventListener('pointermove', (event) => tip.show(text, event.clientX, event.clientY));
    element.addEventListener('pointerleave', tip.hide);
    element.addEventListener('focus', () => {
      const box = element.getBoundingClientRect();
      tip.show(text, box.left, box.bottom - 12);
    });
    element.addEventListener('blur', tip.hide);
  },
};
addEventListener('keydown', (event) => { if (event.key === 'Escape') tip.hide(); });

// The history as it stands in the page: columns of numbers, decoded once into typed arrays.

/** Reads numbers of seven bits a byte, least first, out of base 64. */
function numbers(base64, signed = false) {
  const bytes = atob(base64);
  const list = new Float64Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length;) {
    let number = 0, scale = 1, byte;
    do {
      byte = bytes.charCodeAt(i++);
      number += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127 && i < bytes.length);
    list[length++] = signed ? (number % 2 ? -(number + 1) / 2 : number / 2) : number;
  }
  return list.subarray(0, length);
}

/** Replaces differences by sums, in place. */
function summed(list) {
  for (let i = 1; i < list.length; i++) list[i] += list[i - 1];
  return list;
}

const kinds = ['read', 'write', 'cas'];
const outcomes = ['ok', 'fail', 'unknown'];

/** The operations that are in the page in full, by row; rows are in order of invocation. */
class OperationTable {
  constructor(data) {
    const { columns } = data;
    this.total = data.total;
    this.span = data.span;
    this.keys = data.keys;
    this.values = data.values;
    this.initial = data.initial;
    this.lanes = data.lanes;
    this.servers = data.servers;
    this.ranges = data.ranges;
    this.start = summed(numbers(columns.start, true));
    this.lengths = numbers(columns.length);
    this.flags = Uint8Array.from(numbers(columns.flags));
    this.lane = Uint32Array.from(numbers(columns.lane));
    this.server = Uint32Array.from(numbers(columns.server));
    this.key = Uint32Array.from(numbers(columns.key));
    this.value = Uint32Array.from(numbers(columns.value));
    this.expected = Uint32Array.from(numbers(columns.expected));
    this.line = summed(numbers(columns.line, true));
    this.count = this.start.length;
  }

  kind(row) { return kinds[this.flags[row] & 3]; }
  outcome(row) { return outcomes[this.flags[row] >> 2 & 3]; }
  isFinal(row) { return (this.flags[row] & 16) > 0; }
  isMismatch(row) { return (this.flags[row] & 32) > 0; }
  hasResult(row) { return (this.flags[row] & 64) > 0; }
  isLeftOut(row) { return (this.flags[row] & 128) > 0; }
  isOpen(row) { return this.lengths[row] === 0; }
  /** When it ended; what never ended reaches to the end of the run. */
  end(row) { return this.isOpen(row) ? this.span : this.start[row] + this.lengths[row] - 1; }
  serverName(row) { return this.server[row] ? this.servers[this.server[row] - 1] : null; }

  /** The number of a row's operation in the whole history. */
  number(row) {
    let left = row;
    for (const [first, length] of this.ranges) {
      if (left < length) return first + left;
      left -= length;
    }
    return -1;
  }

  /** The row of an operation; -1 when it is not in the page. */
  row(number) {
    let before = 0;
    for (const [first, length] of this.ranges) {
      if (number >= first && number < first + length) return before + number - first;
      before += length;
    }
    return -1;
  }

  /** The operation in the fewest words. */
  brief(row) {
    const key = this.keys[this.key[row]], value = this.values[this.value[row]];
    const kind = this.kind(row), mark = { ok: '', fail: ' failed', unknown: ' ?' }[this.outcome(row)];
    if (kind === 'read') return 'read ' + key + (this.hasResult(row) ? ' ' + value : '') + mark;
    if (kind === 'write') return 'write ' + key + ' ' + value + mark;
    const expected = this.values[this.expected[row]];
    if (this.isMismatch(row)) return 'cas ' + key + ' not ' + expected + (this.hasResult(row) ? ' but ' + value : '') + mark;
    return 'cas ' + key + ' ' + expected + ' to ' + value + mark;
  }

  /** The operation in a sentence. */
  sentence(row, hasTimes) {
    const server = this.serverName(row);
    const parts = [this.lanes[this.lane[row]] + ': ' + this.brief(row)];
    if (server !== null) parts.push('on server ' + server);
    if (hasTimes) parts.push('at +' + duration(this.start[row]));
    if (hasTimes && !this.isOpen(row)) parts.push('took ' + duration(this.lengths[row] - 1));
    if (this.isOpen(row)) parts.push('never answered');
    if (this.isFinal(row)) parts.push('a final read');
    if (this.isLeftOut(row)) parts.push('left out of the verdict');
    if (this.line[row]) parts.push('line ' + this.line[row]);
    return parts.join(', ') + '.';
  }

  /** The first row that began at or after a time. */
  firstFrom(time) {
    let low = 0, high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.start[middle] < time) low = middle + 1; else high = middle;
    }
    return low;
  }
}

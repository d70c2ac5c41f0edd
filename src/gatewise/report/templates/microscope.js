"use strict";
// The page's one script. Text from the data is only ever written as text, never as markup.
const $ = (id) => document.getElementById(id);
const make = (tag, name, text) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
};
const scenes = JSON.parse($("data").textContent);
// A sentence in the language of the page, with its places filled.
const words = JSON.parse($("words").textContent);
const say = (sentence, given = {}) => (words[sentence] || sentence).replace(/\{(\w+)\}/g, (place, name) => (name in given ? given[name] : place));
const MOST_TERMS = 5, LINES = 3, LABELLED = 24;
const now = { scene: 0, net: 0, t: 0, u: 0, playing: false, lesson: -1 };

// ------------------------------------------------------------------------------------------------
// Numbers

const floats = (packed) => {
  const text = atob(packed), bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
  return new Float32Array(bytes.buffer);
};
const every = (given, what) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, what(value)]));
const signed = (text) => text.replace("-", "−");
const digits = (value) => signed((Math.abs(value) < 0.00005 ? 0 : value).toFixed(4));
const factor = (value) => (value < -0.00005 ? `(${digits(value)})` : digits(value));
// Weights and inputs of two decimals at most, as in the lesson, are written as they are.
const brief = (value) => {
  const short = Math.round(value * 100) / 100, text = Math.abs(value - short) < 1e-6 ? signed(String(short)) : digits(value);
  return value < 0 ? `(${text})` : text;
};
const whole = (value) => value.toLocaleString("en");
const percent = (share, digits = 0) => `${(Math.round(share * 100 * 10 ** digits) / 10 ** digits).toFixed(digits)} %`;
// Whole numbers, unless both would be rounded up to more than there is.
const halves = (shut, open) => {
  const digits = Math.round(shut * 100) + Math.round(open * 100) > 100 ? 1 : 0;
  return { shut: percent(shut, digits), open: percent(open, digits) };
};
const sigma = (sum) => 1 / (1 + Math.exp(-sum));
const duration = (steps) => (steps < 10 ? signed(steps.toFixed(1)) : steps < 10000 ? whole(Math.round(steps)) : say("over 10,000"));

// Decodes a network once, when it is first shown.
const ready = (scene, net) => {
  if (net.at) return net;
  net.units = net.width * net.directions;
  net.at = every(net.arrays, floats);
  net.began = every(net.start, floats);
  scene.read = scene.read || [];
  net.x = scene.read[net.input] = scene.read[net.input] || floats(scene.inputs[net.input]);
  net.weights = net.sums.map((way) => every(way, (each) => every(each, floats)));
  net.times = floats(net.memory);
  net.full = every(net.saturation, (each) => every(each, floats));
  net.moved = every(net.openers, (each) => every(each, floats));
  net.back = every(net.reach, (ways) => ways.map(floats));
  // Units by memory time, the longest first, each direction by itself; of a plain RNN as they come.
  net.order = [];
  for (let way = 0; way < net.directions; way++) {
    const own = [...Array(net.width).keys()].map((k) => way * net.width + k);
    net.order.push(...own.sort((a, b) => net.times[b] - net.times[a] || a - b));
  }
  net.place = [];
  net.order.forEach((unit, k) => (net.place[unit] = k));
  return net;
};
const scene = () => scenes[now.scene];
// What a step is called. A network that reads fewer steps than another reads the last ones.
const called = (net, t) => scene().at[scene().at.length - net.steps + t];
const network = () => ready(scene(), scene().networks[now.net]);

// A state as a step found it: of the step before, in the backward direction of the step after.
const before = (net, name, t, unit) => {
  const from = unit < net.width ? t - 1 : t + 1;
  return from < 0 || from >= net.steps ? net.began[name][unit] : net.at[name][from * net.units + unit];
};

const termsOfInput = (net, way, name, row, t) => {
  const weights = net.weights[way][name].x, count = net.channels.length;
  return net.channels.map((channel, k) => {
    const weight = weights[row * count + k], value = net.x[t * count + k];
    return { from: channel, weight, value, product: weight * value };
  });
};
const termsOfState = (net, way, name, row, t, reset) => {
  const weights = net.weights[way][name].h, offset = way * net.width, terms = [];
  for (let k = 0; k < net.width; k++) {
    let value = before(net, "h", t, offset + k);
    if (reset) value *= net.at.r[t * net.units + offset + k];
    const weight = weights[row * net.width + k];
    terms.push({ from: reset ? `r·h${k + 1}` : `h${k + 1}`, weight, value, product: weight * value });
  }
  return terms;
};
const total = (terms, bias) => terms.reduce((sum, term) => sum + term.product, bias);

// All that the equations of one step and unit need, from the weights, the input and the state before.
const worked = (net, t, unit) => {
  const way = unit < net.width ? 0 : 1, row = unit - way * net.width, found = {};
  for (const part of net.parts) {
    const own = net.weights[way] && net.weights[way][part.symbol];
    if (!own) continue;
    const after = part.symbol === "n" && net.reset === "after";
    const input = termsOfInput(net, way, part.symbol, row, t);
    const state = termsOfState(net, way, part.symbol, row, t, part.symbol === "n" && !after);
    const act = part.kind === "gate" ? sigma : Math.tanh;
    if (after) {
      const outer = total(input, own.b[row]), inner = total(state, own.inside[row]);
      const sum = outer + found.r.value * inner;
      found.n = { groups: [{ terms: input, bias: own.b[row], total: outer }, { terms: state, bias: own.inside[row], total: inner }], sum, value: act(sum) };
    } else {
      const sum = total([...input, ...state], own.b[row]);
      found[part.symbol] = { groups: [{ terms: [...input, ...state], bias: own.b[row], total: sum }], sum, value: act(sum) };
    }
  }
  const h = before(net, "h", t, unit);
  if (net.cell === "lstm") {
    const c = before(net, "c", t, unit), { f, i, g, o } = found;
    found.c = { value: f.value * c + i.value * g.value, before: c };
    found.h = { value: o.value * Math.tanh(found.c.value) };
  } else if (net.cell === "gru") {
    const z = found.z.value, n = found.n.value;
    found.h = { value: net.update === "candidate" ? (1 - z) * h + z * n : z * h + (1 - z) * n, before: h };
  }
  return found;
};

// ------------------------------------------------------------------------------------------------
// Colours

const shade = {};
const readColours = () => {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => {
    const hex = style.getPropertyValue(name).trim().replace("#", "");
    const long = hex.length === 3 ? [...hex].map((c) => c + c).join("") : hex;
    return [0, 2, 4].map((k) => parseInt(long.slice(k, k + 2), 16));
  };
  const ramp = (names) => {
    const stops = names.map(colour), table = new Uint8ClampedArray(256 * 3);
    for (let k = 0; k < 256; k++) {
      const at = (k / 255) * 2, first = Math.min(1, Math.floor(at)), share = at - first;
      for (let j = 0; j < 3; j++) table[k * 3 + j] = stops[first][j] * (1 - share) + stops[first + 1][j] * share;
    }
    return table;
  };
  shade.gate = ramp(["--gate-0", "--gate-1", "--gate-2"]);
  shade.state = ramp(["--low", "--zero", "--high"]);
  for (const name of ["ink", "faint", "paper", "line", "cell-1", "cell-2", "cell-3"]) shade[name] = style.getPropertyValue(`--${name}`).trim();
};
const css = (table, share) => {
  const k = Math.max(0, Math.min(255, Math.round(share * 255))) * 3;
  return `rgb(${table[k]},${table[k + 1]},${table[k + 2]})`;
};
const dark = (table, share) => {
  const k = Math.max(0, Math.min(255, Math.round(share * 255))) * 3;
  return 0.299 * table[k] + 0.587 * table[k + 1] + 0.114 * table[k + 2] < 140;
};

// ------------------------------------------------------------------------------------------------
// Heat maps

let maps = [];
const image = (rows, columns, value, table) => {
  const drawn = make("canvas");
  drawn.width = columns;
  drawn.height = rows;
  const context = drawn.getContext("2d"), pixels = context.createImageData(columns, rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let t = 0; t < columns; t++, at += 4) {
      const k = Math.max(0, Math.min(255, Math.round(value(row, t) * 255))) * 3;
      pixels.data[at] = table[k];
      pixels.data[at + 1] = table[k + 1];
      pixels.data[at + 2] = table[k + 2];
      pixels.data[at + 3] = 255;
    }
  }
  context.putImageData(pixels, 0, 0);
  return drawn;
};

const head = (map, symbol, name, role) => {
  const line = make("div", "head");
  line.append(make("span", "symbol", symbol), make("span", "name", name), make("span", "role", role));
  map.value = line.appendChild(make("span", "value"));
  map.box.append(line);
};
const surface = (map, label) => {
  map.frame = map.box.appendChild(make("div", "canvas"));
  map.canvas = map.frame.appendChild(make("canvas"));
  map.canvas.setAttribute("role", "img");
  map.canvas.setAttribute("aria-label", label);
  if (map.rows) map.row = map.frame.appendChild(make("div", "row"));
  map.cursor = map.frame.appendChild(make("div", "cursor"));
  const pick = (event) => {
    const net = network(), where = map.frame.getBoundingClientRect();
    const t = Math.floor(((event.clientX - where.left) / where.width) * net.steps);
    if (map.rows) now.u = net.order[Math.max(0, Math.min(net.units - 1, Math.floor(((event.clientY - where.top) / where.height) * net.units)))];
    go(t);
  };
  map.frame.addEventListener("pointerdown", (event) => {
    stop();
    map.frame.setPointerCapture(event.pointerId);
    pick(event);
  });
  map.frame.addEventListener("pointermove", (event) => event.buttons && pick(event));
};

const rowHeight = (rows) => Math.max(1.5, Math.min(16, 120 / rows));
const unitMap = (net, part) => {
  const map = { box: make("div", "map"), symbol: part.symbol, rows: net.units, height: Math.round(rowHeight(net.units) * net.units) };
  map.box.dataset.part = part.symbol;
  const values = net.at[part.symbol];
  let most = 1;
  if (part.symbol === "c") for (const value of values) most = Math.max(most, Math.abs(value));
  head(map, part.symbol, part.name, most > 1 ? say("{role}; shades reach ±{most}", { role: part.role, most: most.toFixed(1) }) : part.role);
  const gate = part.kind === "gate";
  const share = gate ? (row, t) => values[t * net.units + net.order[row]] : (row, t) => (values[t * net.units + net.order[row]] / most + 1) / 2;
  map.paint = () => (map.picture = image(net.units, net.steps, share, gate ? shade.gate : shade.state));
  map.tell = (t, u) => (map.value.textContent = digits(values[t * net.units + u]));
  surface(map, say("{part} of every unit at every step", { part: part.name }));
  return map;
};

// The input: lines where there are few channels, else a row of shades each; of a text its symbols.
const inputMap = (net) => {
  const count = net.channels.length, map = { box: make("div", "map"), symbol: "x", rows: 0 };
  const own = scene();
  map.box.dataset.part = "x";
  head(map, "x", say("input"), own.symbols ? "" : count === 1 ? net.channels[0] : say("{count} channels", { count: whole(count) }));
  if (own.symbols) {
    map.height = 26;
    map.draw = (context, width, height) => symbols(context, width, height, net);
    map.tell = (t) => (map.value.textContent = called(net, t));
  } else if (count <= LINES) {
    map.height = 96;
    map.draw = (context, width, height) => lines(context, width, height, net);
    map.tell = (t) => {
      map.value.replaceChildren();
      net.channels.forEach((name, k) => {
        const told = make("span", count > 1 ? `cell-${k + 1}` : "", `${count > 1 ? `${short(name)} ` : ""}${digits(net.x[t * count + k])}`);
        map.value.append(k ? "  " : "", told);
      });
    };
  } else {
    map.height = Math.round(count * (count <= LABELLED ? 15 : Math.max(1.5, 160 / count)));
    map.paint = () => (map.picture = image(count, net.steps, (row, t) => (net.x[t * count + row] / 2.5 + 1) / 2, shade.state));
    map.after = (context, width) => count <= LABELLED && labels(context, width, net, map.height / count);
    map.tell = (t) => {
      let most = 0;
      for (let k = 1; k < count; k++) if (Math.abs(net.x[t * count + k]) > Math.abs(net.x[t * count + most])) most = k;
      map.value.textContent = `${short(net.channels[most])} ${digits(net.x[t * count + most])}`;
    };
  }
  surface(map, say("the input at every step"));
  return map;
};
const short = (name, most = 18) => (name.length > most ? `${[...name].slice(0, most - 1).join("")}…` : name);

const lines = (context, width, height, net) => {
  const count = net.channels.length;
  let low = Infinity, high = -Infinity;
  for (const value of net.x) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low === high) [low, high] = [low - 1, high + 1];
  const y = (value) => height - 8 - ((value - low) / (high - low)) * (height - 16);
  context.strokeStyle = shade.line;
  context.lineWidth = 1;
  if (low < 0 && high > 0) context.strokeRect(-1, y(0), width + 2, height * 2);
  const stairs = width / net.steps > 7; // where a step is wide, its value holds over its width, as below in the maps
  for (let k = 0; k < count; k++) {
    context.strokeStyle = shade[`cell-${k + 1}`];
    context.lineWidth = 1.75;
    context.beginPath();
    for (let t = 0; t < net.steps; t++) {
      const at = y(net.x[t * count + k]), x = ((t + (stairs ? 0 : 0.5)) / net.steps) * width;
      t ? context.lineTo(x, at) : context.moveTo(x, at);
      if (stairs) context.lineTo(((t + 1) / net.steps) * width, at);
    }
    context.stroke();
  }
  context.font = "11px system-ui, sans-serif";
  for (const [value, at] of [[high, 12], [low, height - 4]]) {
    const text = signed(String(Number(value.toPrecision(2))));
    context.globalAlpha = 0.8;
    context.fillStyle = shade.paper;
    context.fillRect(2, at - 10, context.measureText(text).width + 4, 13);
    context.globalAlpha = 1;
    context.fillStyle = shade.faint;
    context.fillText(text, 4, at);
  }
};
const labels = (context, width, net, tall) => {
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  net.channels.forEach((name, k) => {
    const text = short(name, 16), wide = context.measureText(text).width;
    context.globalAlpha = 0.78;
    context.fillStyle = shade.paper;
    context.fillRect(0, k * tall + 1, wide + 8, tall - 2);
    context.globalAlpha = 1;
    context.fillStyle = shade.ink;
    context.fillText(text, 4, k * tall + tall / 2 + 0.5);
  });
};
const symbols = (context, width, height, net) => {
  const wide = width / net.steps;
  context.fillStyle = shade.ink;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${Math.min(16, Math.max(7, wide * 1.15))}px ui-monospace, Menlo, Consolas, monospace`;
  for (let t = 0; t < net.steps && wide >= 5; t++) {
    const symbol = called(net, t);
    context.fillText(symbol === " " ? "␣" : symbol, (t + 0.5) * wide, height / 2);
  }
};

const draw = () => {
  const net = network(), ratio = window.devicePixelRatio || 1;
  for (const map of maps) {
    const width = map.frame.clientWidth;
    map.width = width;
    map.canvas.width = Math.round(width * ratio);
    map.canvas.height = Math.round(map.height * ratio);
    map.canvas.style.height = `${map.height}px`;
    const context = map.canvas.getContext("2d");
    if (map.paint) {
      if (!map.picture) map.paint();
      context.imageSmoothingEnabled = net.steps > map.canvas.width;
      context.imageSmoothingQuality = "high";
      context.drawImage(map.picture, 0, 0, map.canvas.width, map.canvas.height);
    }
    context.scale(ratio, ratio);
    if (map.draw) map.draw(context, width, map.height);
    if (map.after) map.after(context, width);
    const wide = Math.max(2, width / net.steps);
    map.cursor.style.width = `${wide}px`;
    map.cursor.style.background = wide < 6 ? "var(--mark)" : "none";
    map.cursor.style.border = wide < 6 ? "0" : "solid var(--mark)";
    map.cursor.style.borderWidth = wide < 6 ? "0" : "0 1.5px";
    map.cursor.style.marginLeft = "0";
    if (map.row) map.row.style.height = `${Math.max(3, map.height / map.rows)}px`;
  }
};

// ------------------------------------------------------------------------------------------------
// Equations

let cards = [];
// `_f` and `_{t-1}` become subscripts.
const formula = (box, text) => {
  for (const piece of text.split(/(_\{[^}]*\}|_.)/)) {
    if (piece.startsWith("_")) box.append(make("sub", "", signed(piece.replace(/[_{}]/g, ""))));
    else box.append(piece.replace(/\*/g, "·").replace(/-/g, "−"));
  }
};
const table = (box) => {
  const made = box.appendChild(make("table", "terms")), columns = made.appendChild(make("colgroup"));
  for (const name of ["c-from", "c-times", "c-value", "c-bar"]) columns.append(make("col", name));
  const rows = [];
  for (let k = 0; k < MOST_TERMS + 2; k++) {
    const line = made.insertRow(), row = { line };
    for (const name of ["from", "times", "value"]) {
      row[name] = line.insertCell();
      row[name].className = name;
    }
    const bar = line.insertCell();
    bar.className = "bar";
    row.bar = bar.appendChild(make("i")).appendChild(make("b"));
    rows.push(row);
  }
  return rows;
};
const fill = (rows, group) => {
  // Of many terms those that are 0, as of all letters but one, tell nothing.
  const sorted = group.terms.filter((term) => term.value !== 0 || group.terms.length <= MOST_TERMS).sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const shown = sorted.slice(0, MOST_TERMS), rest = sorted.slice(MOST_TERMS);
  const told = shown.map((term) => [term.from, `${brief(term.weight)} · ${brief(term.value)}`, term.product]);
  if (rest.length) told.push([say("{count} more", { count: whole(rest.length) }), "", total(rest, 0)]);
  told.push([say("bias"), "", group.bias]);
  const most = Math.max(...told.map((each) => Math.abs(each[2])), 1e-9);
  rows.forEach((row, k) => {
    row.line.hidden = k >= told.length;
    if (row.line.hidden) return;
    const [from, times, value] = told[k];
    row.from.textContent = from;
    row.from.title = from;
    row.times.textContent = times;
    row.value.textContent = digits(value);
    row.bar.className = value < 0 ? "less" : "";
    row.bar.style.transform = `scaleX(${value / most})`;
  });
};

const card = (net, part) => {
  const made = { box: make("div", "equation"), symbol: part.symbol };
  made.box.dataset.part = part.symbol;
  const line = made.box.appendChild(make("div", "head"));
  line.append(make("span", "name", part.name), make("span", "role", part.role));
  formula(made.box.appendChild(make("div", "formula")), part.equation);
  const sums = net.sums.length && net.sums[0][part.symbol];
  made.tables = !sums ? [] : part.symbol === "n" && net.reset === "after" ? [table(made.box), table(made.box)] : [table(made.box)];
  made.result = made.box.appendChild(make("div", "result"));
  made.told = made.result.appendChild(make("span"));
  made.value = made.result.appendChild(make("b"));
  return made;
};
const sentence = (net, symbol, all) => {
  const own = all[symbol], f4 = factor;
  if (net.cell === "lstm" && symbol === "c") return `= ${f4(all.f.value)} · ${f4(own.before)} + ${f4(all.i.value)} · ${f4(all.g.value)} = `;
  if (net.cell === "lstm" && symbol === "h") return `= ${f4(all.o.value)} · tanh(${digits(all.c.value)}) = ${f4(all.o.value)} · ${f4(Math.tanh(all.c.value))} = `;
  if (net.cell === "gru" && symbol === "h") {
    const z = all.z.value, [old, fresh] = net.update === "candidate" ? [1 - z, z] : [z, 1 - z];
    const first = `${f4(old)} · ${f4(own.before)}`, second = `${f4(fresh)} · ${f4(all.n.value)}`;
    return `= ${first} + ${second} = `;
  }
  const act = "fiorz".includes(symbol) ? "σ" : "tanh";
  if (own.groups.length > 1) return `= tanh(${digits(own.groups[0].total)} + ${f4(all.r.value)} · ${f4(own.groups[1].total)}) = tanh(${digits(own.sum)}) = `;
  return `= ${act}(${digits(own.sum)}) = `;
};
const tell = (net) => {
  const all = worked(net, now.t, now.u);
  for (const each of cards) {
    const own = all[each.symbol];
    each.tables.forEach((rows, k) => fill(rows, own.groups[k]));
    each.told.textContent = sentence(net, each.symbol, all);
    each.value.textContent = digits(own.value);
  }
};

// ------------------------------------------------------------------------------------------------
// What the gates say

const svg = (tag, given, text) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
};
const body = (id) => {
  const found = $(id).querySelector(".body");
  found.replaceChildren();
  return found;
};
const accent = (k) => (k % 6) + 1;
const networks = () => scene().networks.map((net) => ready(scene(), net));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const drawMemory = () => {
  const box = body("memory"), width = Math.max(240, box.clientWidth), shown = networks().filter((net) => net.cell !== "rnn");
  $("memory").hidden = !shown.length;
  if (!shown.length) return;
  const least = 0.3, most = Math.max(30, ...shown.map((net) => Math.min(10000, Math.max(...net.times))));
  const left = 4, right = width - 12, tall = 54, height = shown.length * tall + 26;
  const x = (steps) => left + (Math.log(Math.max(least, Math.min(most, steps)) / least) / Math.log(most / least)) * (right - left);
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say("memory time of each unit") });
  for (const tick of [1, 10, 100, 1000, 10000].filter((value) => value <= most)) {
    made.append(svg("line", { x1: x(tick), x2: x(tick), y1: 20, y2: height - 20, class: "rule" }));
    made.append(svg("text", { x: x(tick), y: height - 5, "text-anchor": "middle", class: "faint" }, tick === 1 ? say("1 step") : whole(tick)));
  }
  shown.forEach((net, k) => {
    const y = k * tall + 38, colour = accent(networks().indexOf(net)), middle = median(net.times);
    made.append(svg("text", { x: left, y: y - 22, class: `fill-${colour}`, "font-weight": 600 }, net.title));
    made.append(svg("text", { x: right, y: y - 22, "text-anchor": "end" }, say("median {steps} steps", { steps: duration(middle) })));
    for (const steps of net.times) made.append(svg("line", { x1: x(steps), x2: x(steps), y1: y - 8, y2: y + 8, class: `fill-${colour}`, "stroke-width": 1.5, opacity: 0.55 }));
    made.append(svg("line", { x1: x(middle), x2: x(middle), y1: y - 14, y2: y + 14, class: `fill-${colour}`, "stroke-width": 2.5 }));
  });
  box.append(made);
};

const drawSaturation = () => {
  const box = body("saturation"), shown = networks().filter((net) => Object.keys(net.full).length);
  $("saturation").hidden = !shown.length;
  for (const net of shown) {
    box.append(make("div", `cell-${accent(networks().indexOf(net))}`, net.title));
    const stack = box.appendChild(make("div", "stack"));
    for (const part of net.parts.filter((each) => net.full[each.symbol])) {
      const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const shut = mean(net.full[part.symbol].shut), open = mean(net.full[part.symbol].open);
      const bar = make("div", "parts");
      [[shut, 0.02], [1 - shut - open, 0.5], [open, 1]].forEach(([share, tint]) => {
        const piece = bar.appendChild(make("i"));
        piece.style.flexGrow = Math.max(0, share);
        piece.style.background = css(shade.gate, tint);
      });
      stack.append(make("span", "", part.name.split(" ")[0]), make("span", "symbol", part.symbol), bar, make("span", "shares", say("{shut} shut, {open} open", halves(shut, open))));
    }
  }
};

const rms = (values, count, k) => {
  let sum = 0;
  for (let unit = 0; unit * count < values.length; unit++) sum += values[unit * count + k] ** 2;
  return Math.sqrt(sum / (values.length / count));
};
const drawOpeners = () => {
  const box = body("openers"), shown = networks().filter((net) => Object.keys(net.moved).length);
  $("openers").hidden = !shown.length;
  if (!shown.length) return;
  const found = new Map(), columns = [], state = [];
  for (const net of shown) {
    for (const part of net.parts.filter((each) => net.moved[each.symbol])) {
      const column = columns.push({ net, part }) - 1, own = net.moved[part.symbol];
      net.channels.forEach((name, k) => {
        if (!found.has(name)) found.set(name, []);
        found.get(name)[column] = rms(own.inputs, net.channels.length, k);
      });
      state[column] = rms(own.state, 1, 0);
    }
  }
  const size = (row) => Math.max(...row.filter((value) => value !== undefined));
  const rows = [...found].sort((a, b) => size(b[1]) - size(a[1]));
  const listed = [...rows.slice(0, 7), [say("state"), state]], most = Math.max(...listed.map(([, row]) => size(row)), 1e-9);
  const made = box.appendChild(make("div", "wide")).appendChild(make("table", "heat")), top = made.createTHead();
  const first = top.insertRow(), second = top.insertRow();
  first.append(make("th"));
  second.append(make("th"));
  for (const net of shown) {
    const cell = first.appendChild(make("th", `cell-${accent(networks().indexOf(net))}`, net.title));
    cell.colSpan = columns.filter((column) => column.net === net).length;
  }
  for (const column of columns) {
    const cell = second.appendChild(make("th"));
    cell.append(make("span", "long", `${column.part.name.split(" ")[0]} `), column.part.symbol);
  }
  const inside = made.createTBody();
  for (const [name, row] of listed) {
    const line = inside.insertRow(), heading = line.appendChild(make("th", "", name));
    heading.title = name;
    columns.forEach((_, k) => {
      const cell = line.insertCell();
      if (row[k] === undefined) return (cell.textContent = "–");
      cell.textContent = row[k].toFixed(2);
      cell.style.background = css(shade.gate, row[k] / most);
      cell.style.color = dark(shade.gate, row[k] / most) ? "#fff" : "#111";
    });
  }
  if (rows.length > 7) box.append(make("p", "note", say("and {count} more inputs, which move them less", { count: whole(rows.length - 7) })));
  box.append(make("p", "moves"));
};
const tellMoves = (net) => {
  const box = $("openers").querySelector(".moves");
  if (!box) return;
  const said = net.parts.filter((part) => net.moved[part.symbol]).map((part) => {
    const own = net.moved[part.symbol].inputs.subarray(now.u * net.channels.length, (now.u + 1) * net.channels.length);
    let [up, down] = [0, 0];
    own.forEach((value, k) => {
      if (value > own[up]) up = k;
      if (value < own[down]) down = k;
    });
    const opens = own[up] > 0.005, shuts = own[down] < -0.005;
    const given = { gate: part.symbol, up: short(net.channels[up]), more: `+${own[up].toFixed(2)}`, down: short(net.channels[down]), less: signed(own[down].toFixed(2)) };
    if (opens && shuts) return say("{gate} opens with {up} ({more}), shuts with {down} ({less})", given);
    return opens ? say("{gate} opens with {up} ({more})", given) : shuts ? say("{gate} shuts with {down} ({less})", given) : "";
  });
  const text = said.filter(Boolean).join("; ");
  box.textContent = text ? say("{network}, unit {unit}: {text}.", { network: net.title, unit: now.u + 1, text }) : "";
};

const drawReach = () => {
  const box = body("reach"), width = Math.max(240, box.clientWidth), height = 220, floor = 1e-6, curves = [];
  networks().forEach((net, k) => {
    for (const [name, ways] of Object.entries(net.back)) {
      ways.forEach((sizes, way) => {
        const most = Math.max(...sizes) || 1, shares = [...sizes].map((size) => size / most);
        let left = shares.length;
        while (left > 0 && shares[left - 1] < 0.1) left--;
        curves.push({ net, name, way, shares, left, colour: accent(k), dash: name === "c" ? "6 4" : way ? "1.5 3.5" : "" });
      });
    }
  });
  if (!curves.length) return;
  let last = 1;
  for (const { shares } of curves) shares.forEach((share, k) => share > floor && (last = Math.max(last, k)));
  const left = 44, right = width - 10, bottom = height - 30, top = 8;
  const x = (k) => left + (k / last) * (right - left), y = (share) => top + (Math.log10(Math.max(floor, share)) / -6) * (bottom - top);
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say("size of the gradient against steps back") });
  for (const [share, text] of [[1, "100 %"], [0.01, "1 %"], [1e-4, "0.01 %"], [1e-6, "10⁻⁶"]]) {
    made.append(svg("line", { x1: left, x2: right, y1: y(share), y2: y(share), class: "rule" }));
    made.append(svg("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end", class: "faint" }, text));
  }
  for (const k of [0, Math.round(last / 2), last]) made.append(svg("text", { x: x(k), y: bottom + 16, "text-anchor": k ? (k === last ? "end" : "middle") : "start", class: "faint" }, k === last ? say("{count} steps back", { count: whole(k) }) : whole(k)));
  for (const curve of curves) {
    let way = "";
    for (let k = 0; k < curve.shares.length && k <= last; k++) {
      if (curve.shares[k] <= floor && k && curve.shares[k - 1] <= floor) continue;
      way += `${way ? "L" : "M"}${x(k).toFixed(1)},${y(curve.shares[k]).toFixed(1)}`;
    }
    const path = svg("path", { d: way, "stroke-dasharray": curve.dash });
    path.style.stroke = `var(--cell-${curve.colour})`;
    made.append(path);
  }
  box.append(made);
  const legend = box.appendChild(make("div", "note"));
  for (const curve of curves) {
    const line = legend.appendChild(make("div")), key = svg("svg", { width: 28, height: 10, viewBox: "0 0 28 10" });
    const path = svg("path", { d: "M0,5L28,5", "stroke-dasharray": curve.dash });
    path.style.stroke = `var(--cell-${curve.colour})`;
    key.append(path);
    key.style.display = "inline-block";
    key.style.width = "28px";
    key.style.marginRight = ".5rem";
    const way = curve.net.directions > 1 ? (curve.way ? say(", backward") : say(", forward")) : "";
    const under = curve.left === 1 ? say("under a tenth after 1 step") : say("under a tenth after {count} steps", { count: whole(curve.left) });
    const reached = curve.left >= curve.shares.length ? say("a tenth and more over all steps") : under;
    line.append(key, `${curve.net.title} ${curve.name}${way}: ${reached}`);
  }
};

const drawPanels = () => {
  drawMemory();
  drawSaturation();
  drawOpeners();
  drawReach();
  tellMoves(network());
};

// ------------------------------------------------------------------------------------------------
// What is shown

const choices = (box, names, chosen, choose) => {
  box.replaceChildren();
  names.forEach((name, k) => {
    const button = box.appendChild(make("button", "", name));
    button.type = "button";
    button.setAttribute("aria-pressed", String(k === chosen));
    button.addEventListener("click", () => choose(k));
  });
  box.hidden = names.length < 2;
};
const show = () => {
  const own = scene(), net = network();
  now.t = Math.min(now.t, net.steps - 1);
  now.u = Math.min(now.u, net.units - 1);
  $("headline").textContent = say("Inside the {network}", { network: net.title });
  $("subject").textContent = scenes.length > 1 ? own.subject : `${own.subject}: ${own.title}`;
  choices($("scenes"), scenes.map((each) => each.title), now.scene, openScene);
  choices($("cells"), own.networks.map((each) => each.title), now.net, openNetwork);
  $("about").replaceChildren(...net.about.map((each) => make("li", "", each)));
  document.querySelector(".about").hidden = !net.about.length;
  $("over").textContent = own.networks.length > 1
    ? say("Over the {count} steps of this example, {networks} side by side.", { count: whole(net.steps), networks: own.networks.map((each) => each.title).join(say(" and ")) })
    : say("Over the {count} steps of this example.", { count: whole(net.steps) });
  maps = [inputMap(net), ...net.parts.map((part) => unitMap(net, part))];
  $("maps").replaceChildren(maps[0].box, axis(net), ...maps.slice(1).map((map) => map.box));
  cards = net.parts.map((part) => card(net, part));
  $("equations").replaceChildren(...cards.map((each) => each.box));
  $("scrub").max = net.steps;
  $("unit").replaceChildren(...net.order.map((unit) => {
    const option = make("option", "", unitName(net, unit));
    option.value = unit;
    return option;
  }));
  tape();
  draw();
  drawPanels();
  render();
};
const axis = (net) => {
  const made = make("div", "axis"), at = scene().at, name = (t) => (at.length && !scene().symbols ? called(net, t) : say("step {step}", { step: whole(t + 1) }));
  const shown = net.steps > 2 ? [0, Math.floor(net.steps / 2), net.steps - 1] : [0, net.steps - 1].slice(0, net.steps);
  made.append(...shown.map((t) => make("span", "", name(t))));
  return made;
};
const unitName = (net, unit) => {
  if (net.directions < 2) return String(unit + 1);
  const given = { unit: (unit % net.width) + 1 };
  return unit < net.width ? say("{unit} forward", given) : say("{unit} backward", given);
};
let letters = [];
const tape = () => {
  const own = scene();
  $("tape").hidden = !own.symbols;
  letters = own.symbols ? own.at.slice(-network().steps).map((symbol, t) => {
    const letter = make("span", "", symbol);
    letter.addEventListener("click", () => go(t));
    return letter;
  }) : [];
  $("tape").replaceChildren(...letters);
};

let waiting = false;
const refresh = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    render();
  });
};
let lit = null;
const render = () => {
  const net = network(), at = scene().at.length ? called(net, now.t) : "";
  for (const map of maps) {
    map.cursor.style.transform = `translateX(${Math.min(map.width - 2, (now.t / net.steps) * map.width)}px)`;
    if (map.row) map.row.style.transform = `translateY(${(net.place[now.u] / net.units) * map.height}px)`;
    map.tell(now.t, now.u);
  }
  const unit = unitName(net, now.u);
  const name = at && (scene().symbols ? ` “${at}”` : `, ${at}`);
  const lesson = scene().lessons[now.lesson], memory = net.parts.some((part) => part.symbol === "c") ? "c" : "h";
  const explained = !lesson || lesson.introduced.includes(memory); // what fades is said with the state that does
  const remembers = explained && net.times[now.u] > 0 ? say(", remembers {steps} steps", { steps: duration(net.times[now.u]) }) : "";
  $("where").textContent = say("Step {step}{name}: unit {unit}{remembers}", { step: whole(now.t + 1), name, unit, remembers });
  $("step").textContent = say("step {step} of {steps}", { step: whole(now.t + 1), steps: whole(net.steps) });
  $("scrub").value = now.t + 1;
  $("scrub").setAttribute("aria-valuetext", say("step {step}{name}", { step: now.t + 1, name }));
  $("unit").value = now.u;
  $("back").disabled = now.t === 0;
  $("on").disabled = now.t === net.steps - 1;
  if (lit) lit.classList.remove("now");
  lit = letters[now.t] || null;
  if (lit) lit.classList.add("now");
  tell(net);
  if (now.told !== now.u) tellMoves(net);
  now.told = now.u;
};

// ------------------------------------------------------------------------------------------------
// What is typed and clicked

const go = (t) => {
  now.t = Math.max(0, Math.min(network().steps - 1, t));
  refresh();
};
const other = (by) => {
  const net = network();
  now.u = net.order[Math.max(0, Math.min(net.units - 1, net.place[now.u] + by))];
  refresh();
};
const stop = () => {
  now.playing = false;
  $("play").textContent = "▶";
  $("play").setAttribute("aria-label", say("Play"));
};
const play = () => {
  if (now.playing) return stop();
  if (now.t === network().steps - 1) now.t = 0;
  now.playing = true;
  $("play").textContent = "❚❚";
  $("play").setAttribute("aria-label", say("Pause"));
  let since = performance.now(), owed = 0;
  const tick = (time) => {
    if (!now.playing) return;
    owed += ((time - since) / 1000) * Number($("speed").value);
    since = time;
    const steps = Math.floor(owed);
    owed -= steps;
    if (steps) {
      now.t = Math.min(network().steps - 1, now.t + steps);
      render();
    }
    if (now.t === network().steps - 1) return stop();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
};
const openNetwork = (k) => {
  stop();
  now.net = k;
  now.u = network().order[0];
  show();
};
const openScene = (k) => {
  stop();
  now.scene = k;
  now.net = Math.max(0, scene().networks.findIndex((net) => net.label === scene().first));
  now.u = network().order[0];
  now.t = network().steps - 1;
  show();
  lesson(scene().lessons.length ? 0 : -1);
};

const lesson = (k) => {
  const own = scene().lessons[k];
  now.lesson = k;
  $("lesson").hidden = !own;
  if (!own) return;
  stop();
  now.net = Math.max(0, scene().networks.findIndex((net) => net.label === own.label));
  now.t = own.step - 1;
  now.u = own.unit - 1;
  show();
  $("lesson-place").textContent = say("lesson, {number} of {count}", { number: k + 1, count: scene().lessons.length });
  $("lesson-title").textContent = own.title;
  $("lesson-text").replaceChildren(...own.text.map((each) => make("p", "", each)));
  $("lesson-back").disabled = k === 0;
  $("lesson-on").disabled = k === scene().lessons.length - 1;
  for (const each of [...maps, ...cards]) {
    each.box.classList.toggle("later", each.symbol !== "x" && !own.introduced.includes(each.symbol));
    each.box.classList.toggle("focus", each.symbol === own.focus);
  }
  $("numbers").scrollTop = 0; // the equation that is looked at stands first
};

$("lesson-back").addEventListener("click", () => lesson(now.lesson - 1));
$("lesson-on").addEventListener("click", () => lesson(now.lesson + 1));
$("play").addEventListener("click", play);
$("back").addEventListener("click", () => (stop(), go(now.t - 1)));
$("on").addEventListener("click", () => (stop(), go(now.t + 1)));
$("scrub").addEventListener("input", (event) => (stop(), go(Number(event.target.value) - 1)));
$("unit").addEventListener("change", (event) => ((now.u = Number(event.target.value)), refresh()));
document.addEventListener("keydown", (event) => {
  const typed = event.target.tagName;
  if (typed === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && (typed === "BUTTON" || typed === "SUMMARY") && event.target.id !== "play") return;
  const far = event.shiftKey ? 10 : 1;
  const keys = {
    ArrowLeft: () => (stop(), go(now.t - far)),
    ArrowRight: () => (stop(), go(now.t + far)),
    ArrowUp: () => other(-1),
    ArrowDown: () => other(1),
    Home: () => (stop(), go(0)),
    End: () => (stop(), go(Infinity)),
    " ": play,
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
window.addEventListener("resize", () => {
  draw();
  drawPanels();
  refresh();
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  now.lesson < 0 ? show() : lesson(now.lesson);
});

readColours();
openScene(0);

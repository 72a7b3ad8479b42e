/**
 * @file What the tests have computed in the page, as text: it is no code of this process.
 */

/**
 * Records what the page does from its start on: its `workers`, each with what it was `asked` and what was `heard` from
 * it, and its `paintings`: of which canvas, after how many timers, in which frame (0 outside of one).
 */
export const RECORDER = `(() => {
  let timer = 0, frame = 0, frames = 0;
  window.workers = [];
  window.paintings = [];
  window.Worker = class extends Worker {
    asked = [];
    heard = [];
    constructor(...args) {
      super(...args);
      this.inTimer = timer;
      workers.push(this);
      this.addEventListener('message', ({ data }) => this.heard.push(data));
    }
    postMessage(question, ...rest) {
      this.asked.push(question);
      super.postMessage(question, ...rest);
    }
  };
  const { prototype } = CanvasRenderingContext2D, paint = prototype.putImageData;
  prototype.putImageData = function (...args) {
    paintings.push({ canvas: this.canvas, timer, frame });
    paint.apply(this, args);
  };
  const { setTimeout, requestAnimationFrame } = window;
  window.setTimeout = (call, delay) => setTimeout(() => {
    timer++;
    call();
  }, delay);
  window.requestAnimationFrame = (call) => requestAnimationFrame((time) => {
    frame = ++frames;
    call(time);
    frame = 0;
  });
  const workerOf = (method) => workers.find(({ asked }) => asked.some((question) => question.method === method));
  /** The looks of the attack that a method's column shows. */
  window.looksOf = (method) => {
    const { asked, heard } = workerOf(method), { id } = asked.findLast(({ ask }) => ask === 'attack');
    return heard.filter((answer) => answer.id === id && answer.say === 'look');
  };
  window.lastPointOf = (method) => looksOf(method).flatMap(({ points }) => points).at(-1);
  /** Whether both columns show what was last heard of their attacks. */
  window.areShown = () => ['iDLG', 'DLG'].every((method) =>
    document.getElementById(method + '-iteration').value === String(lastPointOf(method)?.iteration));
  /** How often one canvas was painted. */
  window.timesPainted = (canvas) => paintings.filter((painting) => painting.canvas === canvas).length;
  let last = 0;
  /** With HELD_WORKER: a worker, or that of a method, does its next slice; resolves to whether there was one. */
  window.slice = (of) => new Promise((resolve) => {
    const worker = typeof of === 'string' ? workerOf(of) : of, own = ++last;
    worker.addEventListener('message', function hear({ data }) {
      if (data.slice !== own) return;
      worker.removeEventListener('message', hear);
      resolve(data.isDone);
    });
    worker.postMessage({ slice: own });
  });
  window.slices = () => Promise.all(['iDLG', 'DLG'].map(slice));
})()`;

/**
 * Put before a worker's script, makes it independent of the clock: a slice of an attack begins when the page says so,
 * and has the same few iterations each time, since each look at the clock moves it on by 10 ms.
 */
export const HELD_WORKER = `{
  const waiting = new Map();
  let last = 0, now = 0;
  self.setTimeout = (call) => {
    waiting.set(++last, call);
    return last;
  };
  self.clearTimeout = (id) => void waiting.delete(id);
  performance.now = () => (now += 10);
  addEventListener('message', (event) => {
    const { slice } = event.data;
    if (slice === undefined) return;
    event.stopImmediatePropagation();
    const [[id, call] = []] = waiting;
    waiting.delete(id);
    call?.();
    postMessage({ slice, isDone: call !== undefined });
  });
}
`;

/** Stops the page's clock: it, and timers of more than 0 ms, move only by moveClock(). To be put before RECORDER. */
export const STILL_CLOCK = `(() => {
  const { setTimeout, clearTimeout } = window, waiting = new Map();
  let now = 0, last = 0;
  performance.now = () => now;
  window.setTimeout = (call, delay = 0) => {
    if (!(delay > 0)) return setTimeout(call);
    waiting.set(--last, { call, at: now + delay });
    return last;
  };
  window.clearTimeout = (id) => void (waiting.delete(id) || clearTimeout(id));
  window.moveClock = (milliseconds) => {
    now += milliseconds;
    for (const [id, { call, at }] of [...waiting]) {
      if (at > now) continue;
      waiting.delete(id);
      call();
    }
  };
})()`;

/** Resolves after a whole frame. */
export const FRAME = 'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))';

/** The canvases that are neither hidden from nor named for those who cannot see them. */
export const NAMELESS = `Array.from(document.querySelectorAll('canvas, svg'))
  .filter((drawn) => !drawn.closest('[aria-hidden=true]'))
  .filter((drawn) => !['img', 'application'].includes(drawn.getAttribute('role')) ||
    !(drawn.getAttribute('aria-label') || drawn.getAttribute('aria-labelledby')))
  .map(({ id, outerHTML }) => id || outerHTML.slice(0, 80))`;

/**
 * The texts whose contrast with what is behind them is below AA: 4.5, or 3 for large ones, as WCAG 2.1 defines both.
 * What is behind an element is the nearest background that is not transparent.
 */
export const CONTRASTS = `(() => {
  const rgba = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const luminance = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, k) => {
    const v = colour[k] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    if (!walker.currentNode.data.trim() || !element.getClientRects().length || element.tagName === 'SCRIPT') continue;
    const isSvg = element instanceof SVGElement, colour = rgba(isSvg ? style.fill : style.color);
    const [high, deep] = [luminance(colour), luminance(behind(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = (high + 0.05) / (deep + 0.05);
    seen++;
    if (contrast < (isLarge ? 3 : 4.5)) low.push(element.outerHTML.slice(0, 80) + ': ' + contrast.toFixed(2));
  }
  return { low, seen };
})()`;

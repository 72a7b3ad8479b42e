/**
 * @file Section 1, the client: an example, the drawing pad, a picture of the visitor's own; its label.
 */
import { middleSquare } from '../../src/data/raster.ts';
import { stroke } from '../../src/data/synthetic/draw.ts';
import { view } from '../../src/tensor/tensor.ts';
import { byId, element } from './dom.ts';
import { showPicture } from './picture.ts';
import { encodePixels, nearestGrey, SIDE } from './pixels.ts';
import { CLASSES, labelOf, pictureOf, type Settings } from './settings.ts';

const EXAMPLES = ['face', ...Array.from({ length: 10 }, (_, index) => `digit-${index}`)];
/** The pen, in pixels of the picture. */
const RADIUS = 1.3;
const SOFT = 1.4;

const pad = byId('pad', HTMLCanvasElement);
const examples = byId('examples', HTMLFieldSetElement);
const label = byId('label', HTMLSelectElement);
const file = byId('file', HTMLInputElement);

type Change = (change: Partial<Settings>) => void;

/** @param say writes to the status line what happens to a file, and to the pen. */
export function createClientSection(change: Change, say: (text: string) => void): (settings: Settings) => void {
  const radios = EXAMPLES.map((name) => {
    const said = { 'aria-label': name.replace('-', ' ') };
    const radio = element('input', { type: 'radio', name: 'example', value: name, ...said });
    const canvas = element('canvas', { width: SIDE, height: SIDE, 'aria-hidden': 'true' });
    radio.addEventListener('change', () => change({ image: name, label: undefined }));
    examples.append(element('label', { class: 'example' }, radio, canvas));
    // One after another, so that no task is long.
    setTimeout(() => showPicture(canvas, pictureOf(name)!.image.data));
    return radio;
  });
  for (let c = 0; c < CLASSES; c++) label.append(element('option', { value: c }, String(c)));
  label.addEventListener('change', () => change({ label: Number(label.value) }));

  let pixels = new Float64Array(SIDE * SIDE), shown = '';
  /** How many pictures have been chosen: a file that is read when there is a newer one is dropped. */
  let choices = 0;
  const keep = (): void => change({ image: encodePixels(view(pixels, [1, SIDE, SIDE])), label: Number(label.value) });
  listenToPen((from, to) => {
    const distance = stroke([...from, ...to], RADIUS);
    pixels = pixels.map((v, i) => {
      const cover = 0.5 - distance((i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5) / SOFT;
      return nearestGrey(Math.max(v, cover));
    });
    showPicture(pad, pixels);
  }, keep, say);
  byId('clear', HTMLButtonElement).addEventListener('click', () => {
    pixels = new Float64Array(SIDE * SIDE);
    keep();
  });
  file.addEventListener('change', async () => {
    const [chosen] = file.files ?? [];
    if (!chosen) return;
    file.value = ''; // so that the same file can be chosen again
    const own = ++choices, read = await readPicture(chosen).catch(() => undefined);
    if (own !== choices) return;
    if (!read) {
      const why = 'is not a picture that this browser can read, or it is too large or damaged';
      return say(`${chosen.name} ${why}. Nothing has changed.`);
    }
    pixels = read;
    keep();
    say(`${chosen.name}, scaled to ${SIDE} × ${SIDE} grey pixels.`);
  });

  return (settings) => {
    const { image } = pictureOf(settings.image)!;
    if (settings.image !== shown) choices++;
    shown = settings.image;
    pixels = image.data.slice();
    showPicture(pad, pixels);
    for (const radio of radios) radio.checked = radio.value === settings.image;
    label.value = String(labelOf(settings));
  };
}

type Place = readonly [x: number, y: number];

/** Calls `draw` for each piece of a line drawn by pointer or keys, in pixels, and `end` when the pen is lifted. */
function listenToPen(draw: (from: Place, to: Place) => void, end: () => void, say: (text: string) => void): void {
  let pen: Place | undefined;
  const placeOf = ({ clientX, clientY }: PointerEvent): Place => {
    const { left, top, width, height } = pad.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  };
  pad.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    pad.setPointerCapture(event.pointerId);
    pen = placeOf(event);
    draw(pen, pen);
  });
  pad.addEventListener('pointermove', (event) => {
    if (!pen || !event.isPrimary) return;
    const to = placeOf(event);
    draw(pen, to);
    pen = to;
  });
  for (const kind of ['pointerup', 'pointercancel'] as const) {
    pad.addEventListener(kind, ({ isPrimary }) => {
      if (!isPrimary) return;
      if (pen) end();
      pen = undefined;
    });
  }

  const cursor = byId('cursor', HTMLElement), moves = new Map<string, Place>([
    ['ArrowLeft', [-1, 0]], ['ArrowRight', [1, 0]], ['ArrowUp', [0, -1]], ['ArrowDown', [0, 1]],
  ]);
  let at: Place = [SIDE / 2, SIDE / 2], isDown = false;
  const showCursor = (): void => {
    cursor.style.left = `${(100 * at[0]) / SIDE}%`;
    cursor.style.top = `${(100 * at[1]) / SIDE}%`;
    cursor.classList.toggle('down', isDown);
  };
  showCursor();
  pad.addEventListener('keydown', (event) => {
    const move = moves.get(event.key);
    if (!move && event.key !== ' ') return;
    event.preventDefault();
    if (!move) {
      if (event.repeat) return;
      isDown = !isDown;
      if (isDown) draw(at, at);
      else end();
      say(isDown ? 'Pen down.' : 'Pen up.');
    } else {
      const to = at.map((v, k) => Math.min(Math.max(v + move[k], 1), SIDE - 1)) as unknown as Place;
      if (isDown) draw(at, to);
      at = to;
    }
    showCursor();
  });
  pad.addEventListener('blur', () => {
    if (isDown) end();
    isDown = false;
    showCursor();
  });
}

/** The middle square of a picture, 28 × 28 and grey, on white if it is transparent. */
async function readPicture(chosen: File): Promise<Float64Array<ArrayBuffer>> {
  // An <img> reads all that the browser shows, SVG too, which createImageBitmap() refuses in a file.
  const whole = new Image(), address = URL.createObjectURL(chosen);
  whole.src = address;
  await whole.decode().finally(() => URL.revokeObjectURL(address));
  const { side, left, top } = middleSquare(whole.naturalWidth, whole.naturalHeight);
  const small = { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: 'high' } as const;
  const square = await createImageBitmap(whole, left, top, side, side, small);
  const context = element('canvas', { width: SIDE, height: SIDE }).getContext('2d')!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, SIDE, SIDE);
  context.drawImage(square, 0, 0);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  // ITU-R BT.601's luma.
  return Float64Array.from({ length: SIDE * SIDE }, (_, i) =>
    nearestGrey((0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255));
}

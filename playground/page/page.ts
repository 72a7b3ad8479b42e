/**
 * @file The page: controls → settings → address, workers and figures, in this direction only.
 */
import { DEFENCES, type DefenceName } from '../../src/attack/defences.ts';
import { createAttacks } from './attacks.ts';
import { createClientSection } from './client.ts';
import { byId, element, numberText } from './dom.ts';
import { showGradient } from './gradient.ts';
import type { SharedGradient } from './messages.ts';
import { createSeeds } from './seeds.ts';
import {
  ACTIVATIONS, fitting, labelOf, pictureOf, readAddress, START, writeAddress, type Settings,
} from './settings.ts';
import { jobOf, MathsWorker } from './workers.ts';

/** The ends of a strength's slider and its steps: shares as they are, variances and norms as powers of ten. */
const SLIDERS: Readonly<Record<string, readonly [low: number, high: number, step: number]>> = {
  share: [0.01, 0.99, 0.01], variance: [-9, 0, 0.25], norm: [-2, 1.5, 0.1],
};

const seed = byId('seed', HTMLInputElement);
const lineSearch = byId('line-search', HTMLInputElement);
const tolerance = byId('tolerance', HTMLSelectElement);
const defence = byId('defence', HTMLSelectElement);
const strength = byId('strength', HTMLInputElement);
const strengthText = byId('strength-text', HTMLOutputElement);

let settings: Settings, shared: SharedGradient | undefined;

const status = byId('status', HTMLElement);
const say = (text: string): void => void (status.textContent = text);

const attacks = createAttacks(say);
const seeds = createSeeds(say);
const showClient = createClientSection(change);
const gradientWorker = new MathsWorker({
  onGradient: (gradient) => {
    shared = gradient;
    showGradient(gradient, settings);
    const percent = numberText(100 * gradient.change);
    const how = gradient.change === 0 ? 'unchanged' : `changed by ${percent} % of its size`;
    byId('change', HTMLOutputElement).textContent = `The shared gradient is ${how}.`;
  },
  onFailure: (message) => say(`No gradient: ${message}`),
});

function change(part: Partial<Settings>): void {
  settings = fitting({ ...settings, ...part });
  history.replaceState(null, '', writeAddress(settings));
  show();
}

/** Everything anew from the settings. */
function show(): void {
  showClient(settings);
  for (const name of ACTIVATIONS) byId(name, HTMLInputElement).checked = settings.activation === name;
  seed.value = String(settings.seed);
  lineSearch.checked = settings.lineSearch === 'strong-wolfe';
  showTolerance();
  showDefence();
  showCommand();
  const job = jobOf(settings);
  gradientWorker.gradient(job);
  attacks.prepare(settings);
  seeds.prepare(settings);
}

function showTolerance(): void {
  const text = settings.tolerance.toExponential();
  if (!Array.from(tolerance.options).some(({ value }) => value === text)) {
    tolerance.append(element('option', { value: text }, numberText(settings.tolerance)));
  }
  tolerance.value = text;
}

function showDefence(): void {
  const { measure } = DEFENCES[settings.defence];
  defence.value = settings.defence;
  byId('strength-field', HTMLElement).hidden = measure === undefined;
  if (measure === undefined) return;
  const [min, max, step] = SLIDERS[measure];
  Object.assign(strength, { min, max, step });
  strength.value = String(measure === 'share' ? settings.strength! : Math.log10(settings.strength!));
  byId('strength-name', HTMLElement).textContent = `Its ${measure}`;
  showStrength(settings.strength!);
}

function showStrength(value: number): void {
  const text = settings.defence === 'prune' ? `${Math.round(100 * value)} %` : numberText(value);
  strengthText.textContent = text;
  strength.setAttribute('aria-valuetext', text);
}

/** Where the slider stands: a share, or a variance or norm to two digits. */
const strengthOf = (): number =>
  settings.defence === 'prune' ? Number(strength.value) : Number((10 ** Number(strength.value)).toPrecision(2));

/** The command line that does the same, where it has all of it. */
function showCommand(): void {
  const { image, seed, activation, lineSearch, tolerance, defence } = settings, [name, index] = image.split('-');
  const isSame = name === 'digit' && labelOf(settings) === pictureOf(image)!.label && defence === 'none';
  byId('command', HTMLElement).textContent = !isSame ? 'npm start -- --index 3 --seed 0'
    : `npm start -- --index ${index} --seed ${seed}${activation === 'sigmoid' ? '' : ` --activation ${activation}`}` +
      (lineSearch === 'none' ? ' --line-search none' : '') +
      (tolerance === START.tolerance ? '' : ` --tolerance ${tolerance.toExponential()}`);
}

for (const activation of ACTIVATIONS) {
  byId(activation, HTMLInputElement).addEventListener('change', () => change({ activation }));
}
seed.addEventListener('change', () => {
  if (seed.validity.valid && seed.value !== '') return change({ seed: Number(seed.value) });
  say(`The seed is a whole number from 0 to ${seed.max}; ${settings.seed} stays.`);
  seed.value = String(settings.seed);
});
lineSearch.addEventListener('change', () => change({ lineSearch: lineSearch.checked ? 'strong-wolfe' : 'none' }));
tolerance.addEventListener('change', () => change({ tolerance: Number(tolerance.value) }));
for (const [value, { title }] of Object.entries(DEFENCES)) defence.append(element('option', { value }, title));
defence.addEventListener('change', () => change({ defence: defence.value as DefenceName, strength: undefined }));
strength.addEventListener('input', () => showStrength(strengthOf()));
strength.addEventListener('change', () => change({ strength: strengthOf() }));
byId('begin', HTMLButtonElement).addEventListener('click', () => {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  byId('attack', HTMLElement).scrollIntoView({ behavior: isCalm ? 'instant' : 'smooth' });
  byId('start', HTMLButtonElement).focus({ preventScroll: true });
  attacks.start();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => shared && showGradient(shared, settings));

function readLink(): void {
  const { settings: read, unread } = readAddress(location.hash);
  settings = read;
  show();
  if (unread.length > 0) say(`Not understood in this link, and left at what it is without: ${unread.join(', ')}.`);
}
addEventListener('hashchange', readLink);
readLink();

/**
 * @file The page: controls → settings → address, workers and figures, in this direction only.
 */
import { DEFENCES, type DefenceName } from '../../src/beyond/defence/defences.ts';
import { createAttacks } from './attacks.ts';
import { createClientSection } from './client.ts';
import { byId, element, write } from './dom.ts';
import { showGradient } from './gradient.ts';
import type { SharedGradient } from './messages.ts';
import { numberText } from './numbers.ts';
import { createSeeds } from './seeds.ts';
import {
  ACTIVATIONS, fitting, labelOf, LARGEST_SEED, pictureOf, readAddress, START, STRENGTHS, writeAddress, type Settings,
} from './settings.ts';
import { jobOf, MathsWorker } from './workers.ts';

/** The name of a strength's slider, and its step: linear for a share, in powers of ten for variances and norms. */
const SLIDERS: Readonly<Record<string, { readonly name: string; readonly step: number }>> = {
  share: { name: 'Set to zero', step: 0.01 },
  variance: { name: 'Variance of the noise', step: 0.25 },
  norm: { name: 'Clipped to the norm', step: 0.1 },
};

// A task of its own: the one that ends here has laid out the page.
await new Promise((resolve) => { setTimeout(resolve); });

const seed = byId('seed', HTMLInputElement);
const lineSearch = byId('line-search', HTMLInputElement);
const tolerance = byId('tolerance', HTMLSelectElement);
const defence = byId('defence', HTMLSelectElement);
const strength = byId('strength', HTMLInputElement);
const strengthText = byId('strength-text', HTMLElement);

let settings: Settings, shared: SharedGradient | undefined;

const status = byId('status', HTMLElement);
const say = (text: string): void => write(status, text);

const attacks = createAttacks(say);
const showSeeds = createSeeds(say);
const showClient = createClientSection(change, say);
const gradientWorker = new MathsWorker({
  onGradient: (gradient) => {
    shared = gradient;
    showGradient(gradient, settings);
    const percent = numberText(100 * gradient.change);
    const how = gradient.change === 0 ? 'unchanged' : `changed by ${percent} % of its size`;
    write(byId('change', HTMLOutputElement), `The shared gradient is ${how}.`);
  },
  onFailure: (message) => say(`No gradient: ${message}`),
});

function change(part: Partial<Settings>): void {
  settings = fitting({ ...settings, ...part });
  history.replaceState(null, '', writeAddress(settings));
  say('');
  show();
}

/** Shows everything again from the settings. */
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
  showSeeds(settings);
}

function showTolerance(): void {
  const text = settings.tolerance.toExponential();
  if (!Array.from(tolerance.options).some(({ value }) => value === text)) {
    tolerance.append(element('option', { value: text }, numberText(settings.tolerance)));
  }
  tolerance.value = text;
}

function showDefence(): void {
  const { about, measure } = DEFENCES[settings.defence];
  defence.value = settings.defence;
  write(byId('defence-help', HTMLElement), settings.defence === 'none' ? '' : about);
  byId('strength-field', HTMLElement).hidden = measure === undefined;
  if (measure === undefined) return;
  const { name, step } = SLIDERS[measure], { least, most } = STRENGTHS[measure];
  Object.assign(strength, { min: onSlider(least), max: onSlider(most), step });
  strength.value = String(onSlider(settings.strength!));
  write(byId('strength-name', HTMLElement), name);
  showStrength(settings.strength!);
}

const isShare = (): boolean => DEFENCES[settings.defence].measure === 'share';
/** Where a strength is on the slider; strengthOf() is the way back, to two digits. */
const onSlider = (value: number): number => (isShare() ? value : Math.log10(value));
const strengthOf = (): number =>
  isShare() ? Number(strength.value) : Number((10 ** Number(strength.value)).toPrecision(2));

function showStrength(value: number): void {
  const text = isShare() ? `${Math.round(100 * value)} %` : numberText(value);
  write(strengthText, text);
  strength.setAttribute('aria-valuetext', text);
}

/** The command line that does the same, if there is one; otherwise the page says when there is. */
function showCommand(): void {
  const { image, seed, activation, lineSearch, tolerance, defence } = settings, [name, index] = image.split('-');
  const isSame = name === 'digit' && labelOf(settings) === pictureOf(image)!.label && defence === 'none';
  byId('command-shown', HTMLElement).hidden = !isSame;
  byId('no-command', HTMLElement).hidden = isSame;
  byId('command', HTMLElement).textContent = `npm start -- --index ${index} --seed ${seed}` +
    (activation === START.activation ? '' : ` --activation ${activation}`) +
    (lineSearch === START.lineSearch ? '' : ` --line-search ${lineSearch}`) +
    (tolerance === START.tolerance ? '' : ` --tolerance ${tolerance.toExponential()}`);
}

for (const activation of ACTIVATIONS) {
  byId(activation, HTMLInputElement).addEventListener('change', () => change({ activation }));
}
seed.max = String(LARGEST_SEED);
seed.addEventListener('change', () => {
  if (seed.validity.valid && seed.value !== '') return change({ seed: Number(seed.value) });
  say(`The seed must be a whole number from 0 to ${LARGEST_SEED}; it is still ${settings.seed}.`);
  seed.value = String(settings.seed);
});
lineSearch.addEventListener('change', () => change({ lineSearch: lineSearch.checked ? 'strong-wolfe' : 'none' }));
tolerance.addEventListener('change', () => change({ tolerance: Number(tolerance.value) }));
for (const [value, { title }] of Object.entries(DEFENCES)) defence.append(element('option', { value }, title));
defence.addEventListener('change', () => change({ defence: defence.value as DefenceName, strength: undefined }));
strength.addEventListener('input', () => showStrength(strengthOf()));
strength.addEventListener('change', () => change({ strength: strengthOf() }));
const negativeSeed = byId('negative-seed', HTMLButtonElement);
negativeSeed.addEventListener('click', () => {
  change({ seed: Number(negativeSeed.value) });
  say(`Seed ${negativeSeed.value}.`);
});
byId('begin', HTMLButtonElement).addEventListener('click', () => {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  byId('attack', HTMLElement).scrollIntoView({ behavior: isCalm ? 'instant' : 'smooth' });
  byId('start', HTMLButtonElement).focus({ preventScroll: true });
  attacks.start();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => shared && showGradient(shared, settings));

const isPlace = (): boolean => /^#[^=]+$/.test(location.hash);

function readLink(): void {
  const { settings: read, unread } = readAddress(isPlace() ? '' : location.hash);
  settings = read;
  show();
  say(unread.length === 0 ? '' : `Not understood in this link, and left at its default: ${unread.join('; ')}.`);
}
/** A place on the page, as #attack, is no experiment: it leaves the settings as they are. */
addEventListener('hashchange', () => !isPlace() && readLink());
readLink();

/**
 * @file What the last layer's gradient alone gives away, in words: the labels, by which rule and how certainly, and
 * what diagnosis.ts finds odd about the gradient.
 */
import { extractLabel, type LabelRule, type LastLayer } from '../attack/extract-label.ts';
import {
  extractBatchLabels, isWithinBound, MAX_ILRG_CLASSES, type BatchRule, type ExtractedBatchLabels,
} from '../beyond/batch/batch-labels.ts';
import { repeatedLabels, timesOf, type Separation } from '../beyond/batch/separation.ts';
import { isNoisy, isPruned, MAX_RANK, MISMATCH, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { canGive, looksLike, meanInputs, rangeOf } from '../beyond/diagnosis/input-range.ts';
import { likelyLabel, MAX_LIKELY_CLASSES, type InputPrior } from '../beyond/diagnosis/likely-label.ts';
import { isOfScaleOne } from '../beyond/diagnosis/scale.ts';
import { traitsOf, type AnyActivationName } from '../layers/activations.ts';
import { bars, type Bar } from '../plot/bars.ts';
import { rowsOf } from '../tensor/tensor.ts';
import { normInf } from '../tensor/vector.ts';

/** The labels, and the reasons for them. */
export interface Leak {
  readonly labels: readonly number[];
  readonly labelRule: LabelRule | BatchRule | 'likelihood' | 'separation' | 'none';
  /** Whether they all follow from Eq. (2) to (4); otherwise they are an estimate. */
  readonly certain: boolean;
  /** Those that do. */
  readonly certainLabels: readonly number[];
  /** Of the label of one image, under noise. */
  readonly probability?: number;
  readonly why: string;
}

const list = (classes: readonly number[], most = 12): string =>
  classes.slice(0, most).join(', ') + (classes.length > most ? `, … (${classes.length})` : '');

/** A number as in the report's sentences. */
export const short = (value: number): string =>
  (value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(3))));

/** What is known of the number of images: whether the user said it, and what the gradient shows. */
interface Examined {
  readonly batch: number;
  readonly isSaid: boolean;
  /** The least number of steps whose mean the gradient is: with several, the rank is not that of the images. */
  readonly steps: number;
  readonly diagnosis: Diagnosis;
  readonly separation?: Separation | undefined;
}

/** The label of one image, or the labels of a batch. @param priorOf what is known of the last layer's input. */
export function leakOf(
  gradient: LastLayer, layer: LastLayer, examined: Examined, activation: AnyActivationName | undefined,
  priorOf: () => InputPrior,
): Leak {
  const { batch, isSaid, diagnosis: found, separation } = examined, { weight, bias } = gradient;
  if (isNothing(gradient)) return NO_LABEL;
  if (found.isSigns) return leakOfSigns(gradient, batch);
  if (batch > 1) {
    const leak = leakOfBatch(gradient, layer, examined, activation);
    const labels = separation && repeatedLabels(separation);
    const isOther = bias && labels && labels.length === batch && `${labels}` !== `${leak.labels}`;
    return isOther ? leakOfSeparation({ weight, bias }, layer, separation) : leak;
  }
  const isLikely = isGaussian(found) && weight.shape[0] <= MAX_LIKELY_CLASSES;
  return isLikely ? leakUnderNoise(gradient, found, isSaid, priorOf()) : leakOfOne(gradient, examined, activation);
}

/** The label of one image, without noise. */
function leakOfOne(
  gradient: LastLayer, { steps, diagnosis: found }: Examined, activation: AnyActivationName | undefined,
): Leak {
  const { negative, rank, smoothedLabel } = found, classes = gradient.weight.shape[0];
  const extracted = extractLabel(gradient), { rule } = extracted, label = smoothedLabel ?? extracted.label;
  const isAlone = rule !== 'bias' || negative.length === 1 || smoothedLabel !== undefined;
  const isOfOne = rank === 1 || (steps > 1 && rule === 'bias' && classes > 2); // the rank of several steps may be any
  const isOne = isOfOne && isAlone && !isNoisy(found);
  const isPositive = activation !== undefined && traitsOf(activation).range[0] >= 0;
  const fits = (found.mismatch ?? 0) <= MISMATCH && (classes > 2 || (isOfScaleOne(found) && !found.isBiasAlone));
  const certain = isOne && fits && (rule !== 'row-sum' || isPositive), certainLabels = certain ? [label] : [];
  const why = smoothedLabel === undefined ? whyLabel(label, rule, isOne)
    : `the bias's gradient is that of class ${label} with a smoothed label, and of no other class`;
  return { labels: [label], labelRule: rule, certain, certainLabels, why };
}

/** @param isOne whether it is certain that there is only one image. */
const whyLabel = (label: number, rule: LabelRule, isOne: boolean): string => ({
  bias: isOne ? `class ${label} alone has a bias gradient below zero, and by Eq. (2) that is the label's`
    : `class ${label} has the smallest bias gradient, which is the label's if there is only one image`,
  'inner-product': `by Eq. (4) the label's row of the weights' gradient opposes all others, as row ${label} does`,
  'row-sum': `row ${label} has the smallest sum; with two classes and no bias no better rule is known here, and it ` +
    'is exact only if the last layer\'s inputs are not negative',
}[rule]);

const isNothing = ({ weight, bias }: LastLayer): boolean =>
  normInf(weight.data) === 0 && (!bias || normInf(bias.data) === 0);

const NO_LABEL: Leak = {
  labels: [],
  labelRule: 'none',
  certain: false,
  certainLabels: [],
  why: 'its gradient is 0 or was not shared, and without it these rules cannot read a label',
};

/** By Eq. (2) only a label's ∂b can be below zero, whatever its size. */
function leakOfSigns(gradient: LastLayer, batch: number): Leak {
  const { label, rule } = extractLabel(gradient), { bias } = gradient;
  const below = bias ? [...bias.data.keys()].filter((c) => bias.data[c] < 0) : [];
  const certain = below.length <= batch ? below : [];
  return {
    labels: below.length > 0 && below.length <= batch ? below : [label],
    labelRule: rule,
    certain: certain.length === batch,
    certainLabels: certain,
    why: 'only the signs of the gradient are left, and by Eq. (2) only a label\'s bias gradient can be below zero: ' +
      (below.length > 0 ? `here that of ${below.length === 1 ? 'class' : 'classes'} ${list(below)}` : 'here none is'),
  };
}

/** Whether all of the gradient is noisy, and not from rounding or pruning. */
const isGaussian = (found: Diagnosis): boolean =>
  isNoisy(found) && !found.isBiasAlone && found.levels === undefined && found.bits > 11 && !isPruned(found);

/** The least probability of a label called certain; the user must say that there is one image. */
const CERTAIN = 0.999;

function leakUnderNoise(
  gradient: LastLayer, { noise, negative }: Diagnosis, isSaid: boolean, prior: InputPrior,
): Leak {
  const { label, probability } = likelyLabel(gradient, noise, prior);
  const certain = isSaid && negative.length <= 1 && probability >= CERTAIN;
  const chance = probability >= 0.9995 ? 'over 99.9' : (100 * probability).toFixed(probability > 0.99 ? 1 : 0);
  return {
    labels: [label],
    labelRule: 'likelihood',
    certain,
    certainLabels: certain ? [label] : [],
    probability,
    why: `class ${label} is the likeliest label, with a probability of ${chance} %, if the noise of σ ≈ ` +
      `${short(noise)} is Gaussian and there is one image`,
  };
}

/** With more equations than unknowns, a solution is no accident; only the classes below zero are certain. */
function leakOfSeparation(gradient: Required<LastLayer>, layer: LastLayer, separation: Separation): Leak {
  const labels = repeatedLabels(separation), { residual } = separation, batch = labels.length, b = gradient.bias.data;
  const below = [...new Set(labels)].filter((c) => b[c] < 0);
  const { certain: bound } = extractBatchLabels(gradient, layer, batch);
  const isMean = timesOf(separation) !== undefined, certain = isMean && bound.length > below.length ? bound : below;
  const all = certain.length === batch ? 'all' : `${certain.length} (${list(certain)})`;
  return {
    labels,
    labelRule: 'separation',
    certain: certain.length === batch,
    certainLabels: certain,
    why: `with these labels, ${separation.labels.length} inputs explain the last layer's gradient to a relative error ` +
      `of ${residual.toExponential(0)}, though there are more equations than unknowns` + (certain.length === 0 ? ''
      : `; ${all} ${certain.length === 1 ? 'is' : 'are'} certain, because by Eq. (2) only a label's bias gradient ` +
        'can be below zero'),
  };
}

function leakOfBatch(
  gradient: LastLayer, layer: LastLayer, { batch, steps, diagnosis: found }: Examined,
  activation: AnyActivationName | undefined,
): Leak {
  const sigma = isNoisy(found) ? found.noise : 0, [classes] = gradient.weight.shape, { rank, isBiasAlone } = found;
  const extracted = extractBatchLabels(gradient, layer, batch, undefined, sigma), { labels, rule } = extracted;
  const isFewer = rank < Math.min(batch, classes - 1) && !isBiasAlone && sigma === 0; // than the user says
  const isMean = !isFewer && !isAboveMean(found) && isWithinBound(gradient, batch, sigma) && steps === 1;
  const certain = isMean ? extracted.certain : extracted.present.length <= batch ? extracted.present : [];
  const bound = certain.length === 0 ? '; none of them is certain'
    : `; ${certain.length === batch ? 'all' : `${certain.length} (${list(certain)})`} ` +
      `${certain.length === 1 ? 'is' : 'are'} certain, because ` +
      (isMean ? 'by Eq. (2) class c occurs at least −B ∂ℓ/∂b_c times'
        : 'by Eq. (2) only a label\'s bias gradient can be below zero');
  const why = whyLabels(extracted, classes, activation) + bound;
  return { labels, labelRule: rule, certain: certain.length === batch, certainLabels: certain, why };
}

const whyLabels = (
  { rule, rounding = 0 }: ExtractedBatchLabels, classes: number, activation: AnyActivationName | undefined,
): string => ({
  ilrg: `iLRG's counts of the classes, rounded by at most ${short(rounding)}; it assumes that the images of a class ` +
    'are alike',
  moments: `the second moments of the rows, because iLRG ${classes > MAX_ILRG_CLASSES
    ? `handles at most ${MAX_ILRG_CLASSES} classes` : 'finds counts far from whole numbers'}; this rule assumes ` +
    'that the network is sure of its predictions',
  llg: 'LLG\'s rule, by the sums of the rows, because all others need a bias' +
    (activation === 'sigmoid' ? '' : `; after ${activation ?? 'no activation'} it is often wrong`),
  gradinversion: 'the smallest entries',
}[rule]);

/** The largest number of bars; if there are more classes, those with the largest numbers are shown. */
const MOST_BARS = 12;

/** The bias's gradient, or the rows' sums, class by class. */
export function labelBars({ weight, bias }: LastLayer, labels: readonly number[]): string {
  const sums = rowsOf(weight).map((row) => row.reduce((total, value) => total + value, 0));
  const all = Array.from(bias?.data ?? sums, (value, c) => ({ c, value }));
  const shown = [...all].sort((p, q) => Math.abs(q.value) - Math.abs(p.value)).slice(0, MOST_BARS);
  const rows = shown.sort((p, q) => p.c - q.c).map(({ c, value }): Bar => {
    const times = labels.filter((label) => label === c).length;
    return { name: String(c), value, note: times === 0 ? '' : times === 1 ? '← label' : `← label, ${times} times` };
  });
  const left = all.length - rows.length, what = bias ? '∂ℓ/∂b' : 'row sums of ∂ℓ/∂W';
  const head = `${what}, class by class${left > 0 ? ` (${left} smaller ones left out)` : ''}:`;
  return [head, ...bars(rows).map((line) => `  ${line}`)].map((line) => `  ${line}\n`).join('');
}

/** The formats by the number of bits of their significand. */
const PRECISIONS: Readonly<Record<number, string>> = { 8: 'bfloat16', 11: 'float16' };

/** Under noise a reversed sign must explain at least half of ∂b. */
const MOSTLY = 0.5;

/**
 * What is odd about a gradient that should come from `batch` images; empty if nothing is.
 * @param steps the number of steps whose mean it is: with several, the rank does not tell the number of images.
 */
export function oddities(found: Diagnosis, batch: number, classes: number, steps = 1): string[] {
  if (found.isSigns) {
    return ['all nonzero numbers have the same size: only signs are left, as after Adam\'s first step or in ' +
      'signSGD; minimising L_G cannot find an image from them'];
  }
  const { rank, noise, largest, mismatch = 0 } = found, odd: string[] = [];
  const signs = oddSigns(found, batch, classes, steps);
  if (rank === 0 && noise > 0) {
    odd.push('the last layer\'s gradient is zero, or hidden by noise: the label that is read off it is a guess');
  }
  if (signs) odd.push(signs);
  if (rank > batch && steps === 1) {
    odd.push(`the last layer's gradient has rank ${rank}${rank === MAX_RANK ? ' or more' : ''}, ` +
      `but ${batch === 1 ? 'one image gives rank 1' : `${batch} images give at most ${batch}`}: there are more`);
  }
  if ((batch > 1 || steps > 1) && isAboveMean(found)) {
    odd.push(`a bias gradient is ${short(largest)}, but one step on a mean of losses stays within ±1: ` +
      (steps > 1 ? 'the client took more steps (--steps), or ' : '') +
      'the losses were added (--loss-reduction sum) or scaled');
  }
  odd.push(...oddNumbers(found, batch === 1 && steps === 1 && isPruned(found)));
  if (batch === 1 && mismatch <= MISMATCH && classes === 2 && !isOfScaleOne(found) && !isNoisy(found)) {
    odd.push('the bias\'s gradient is not what these weights give for one image: a batch, a scale, a reversed sign ' +
      'or other weights; with two classes these cannot be told apart, nor can the two labels');
  }
  return odd;
}

/** What is odd about the signs of ∂b. */
function oddSigns(found: Diagnosis, batch: number, classes: number, steps: number): string | undefined {
  const { negative, rank, smoothing } = found, count = negative.length;
  if (batch > 1) {
    return count <= batch ? undefined : `${count} bias gradients are below zero, but ${batch} images give at most ` +
      `${batch}: there are more images, or the sign is reversed`;
  }
  if (signTurned(found, classes)) {
    return 'one bias gradient is above zero and all others are below: the sign is reversed, as in a change W′ − W';
  }
  if (smoothing !== undefined) {
    return `the bias's gradient is that of one image whose label is smoothed by ${short(smoothing)}: an attack ` +
      'with a hard label cannot match it, but DLG can';
  }
  if (count <= 1 || steps > 1) return undefined;
  return `${count} bias gradients are below zero (classes ${list(negative)}), but one image gives only one: ` +
    (rank > 1 ? 'this is a batch'
      : 'a soft label (as from label smoothing), weight decay, or several images that are alike');
}

/** What is odd about the numbers of ∂W: rounding, zeros, noise. */
function oddNumbers(found: Diagnosis, pruned: boolean): string[] {
  const { rank, bits, levels, zeros } = found, coarse = precisionOf(found), odd: string[] = [];
  if (levels !== undefined) {
    odd.push(`all numbers are multiples of one number and have only ${levels} sizes: quantised`);
  } else if (bits <= 11 && rank > 0) odd.push(`all numbers have at most ${bits} significant bits: rounded${coarse}`);
  if (pruned) {
    odd.push(`${short(100 * zeros)} % of the numbers are zeros that one image does not explain: pruned, or lost in ` +
      'rounding; no attack by descent tries to match them');
  }
  if (isNoisy(found) && levels === undefined && bits > 11 && !pruned) {
    odd.push('by Eq. (2) the columns of the last layer\'s gradient should sum to zero, but they do not: noise of ' +
      `σ ≈ ${short(found.noise)} in each number, ${short(100 * found.relativeNoise)} % of their size, weight decay, ` +
      'or a loss other than cross-entropy');
  }
  return odd;
}

/** The laws of the described network and loss that one image's gradient breaks, one sentence each. */
export function brokenLaws(found: Diagnosis, batch: number): string[] {
  if (batch > 1 || found.isSigns || (found.mismatch ?? 0) <= MISMATCH || isNoisy(found)) return [];
  return ['the bias\'s gradient is not what these weights give at any scale: other weights, or a loss other than ' +
    'cross-entropy'];
}

/** From this relative error on, what an analytic attack finds in the layers below is no rounding. */
const BROKEN = 0.01;

/** A message if the last layer fits the weights, but an analytic attack finds that the layers below it do not. */
export function brokenBelow(
  solution: { readonly precision: number } | undefined, found: Diagnosis, { certain }: Leak,
): string | undefined {
  const fits = certain && found.mismatch !== undefined && found.mismatch <= MISMATCH;
  if (!solution || !fits || isNoisy(found) || isPruned(found) || solution.precision < BROKEN) return undefined;
  return 'the label and the last layer fit these weights, but no image gives the layers below their gradients: ' +
    'another architecture or mode, such as dilation, circular padding, pooling, a skip connection or another order ' +
    'of flattening';
}

/** By Eq. (2) no bias gradient of a mean over images is above 1 in size. */
export const isAboveMean = ({ largest }: Diagnosis): boolean => largest > 1 + 1e-6;

const precisionOf = ({ bits }: Diagnosis): string => (PRECISIONS[bits] ? ` to ${PRECISIONS[bits]}` : '');

/**
 * −∇W of one image has one bias gradient above zero. With two classes, or for a batch, or under label smoothing, so may
 * ∇W, so the scale must be negative too.
 */
export const signTurned = (
  { negative, positive, scale = 1, mismatch = 1 }: Diagnosis, classes: number,
): boolean =>
  classes > 2 && positive.length === 1 && negative.length === classes - 1 && scale < 0 && mismatch < MOSTLY;

/** A message if the last layer's input, or the inputs of a batch, cannot come from the activation before it. */
export function impossibleInput(
  gradient: LastLayer, found: Diagnosis, batch: number, activation: AnyActivationName | undefined,
  separation?: Separation,
): string | undefined {
  const isCoarse = found.levels !== undefined || found.bits <= 8, slack = Math.max(1e-3, 4 * 2 ** -found.bits);
  if (!activation || isNoisy(found) || isCoarse || isPruned(found)) return undefined;
  if (batch === 1) return impossibleInputOfOne(found, gradient.weight.shape[1], activation, slack);
  return separation ? impossibleInputs(separation, activation, slack)
    : impossibleMeans(gradient, found, batch, activation, slack);
}

function impossibleInputOfOne(
  { input, inputZeros: zeros = 0 }: Diagnosis, features: number, activation: AnyActivationName, slack: number,
): string | undefined {
  if (!input) return undefined;
  const [smallest, largest] = input, range = { smallest, largest, zeros, features };
  if (canGive(activation, range, false, slack)) return undefined;
  const isOutside = !canGive(activation, { ...range, features: 1 }, false, slack); // not only improbable
  const share = zeros > 0 ? `with ${short(100 * zeros)} % zeros` : 'without zeros';
  return `the last layer's input ranges from ${short(smallest)} to ${short(largest)}, ${share}, which ${activation} ` +
    `${isOutside ? 'cannot give' : 'hardly ever gives'}: it looks like ${looksLike(range)}`;
}

/** Of a batch that was taken apart: none of its inputs comes from the activation. */
function impossibleInputs(
  { inputs }: Separation, activation: AnyActivationName, slack: number,
): string | undefined {
  const ranges = rowsOf(inputs).map(rangeOf), [{ smallest, largest }] = ranges;
  if (ranges.some((range) => canGive(activation, range, false, slack))) return undefined;
  return `the inputs of the last layer, such as one from ${short(smallest)} to ${short(largest)}, are not those of ` +
    `${activation}: they look like ${looksLike(ranges[0])}`;
}

/** Of a batch that was not: too few of its rows are means of inputs that come from the activation. */
function impossibleMeans(
  gradient: LastLayer, { negative }: Diagnosis, batch: number, activation: AnyActivationName, slack: number,
): string | undefined {
  const { ranges, least } = meanInputs(gradient, batch, negative.length);
  const possible = ranges.filter((range) => canGive(activation, range, true, slack));
  if (possible.length >= least) return undefined;
  const { smallest, largest } = ranges[0];
  return `the mean inputs of the last layer, such as one from ${short(smallest)} to ${short(largest)}, are not ` +
    `those of ${activation}: they look like ${looksLike(ranges[0], true)}`;
}

/**
 * @file What the last layer's gradient alone gives away, in words: the labels, by which rule and how certainly, and
 * what diagnosis.ts finds odd about the gradient.
 */
import { extractLabel, type LabelRule, type LastLayer } from '../attack/extract-label.ts';
import { extractBatchLabels, MAX_ILRG_CLASSES, type BatchRule } from '../beyond/batch/batch-labels.ts';
import { MAX_RANK, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { likelyLabel, MAX_LIKELY_CLASSES, type InputPrior } from '../beyond/diagnosis/likely-label.ts';
import type { ActivationName } from '../nn/activation.ts';
import { bars, type Bar } from '../plot/bars.ts';
import { rowsOf } from '../tensor/tensor.ts';

/** The labels, and why they should be believed. */
export interface Leak {
  readonly labels: readonly number[];
  readonly labelRule: LabelRule | BatchRule | 'likelihood';
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
  readonly diagnosis: Diagnosis;
}

/** The label of one image, or the labels of a batch. @param priorOf what is known of the last layer's input. */
export function leakOf(
  gradient: LastLayer, layer: LastLayer, { batch, isSaid, diagnosis: found }: Examined,
  activation: ActivationName | undefined, priorOf: () => InputPrior,
): Leak {
  if (found.isSigns) return leakOfSigns(gradient, batch);
  if (batch > 1) return leakOfBatch(gradient, layer, batch, found, activation);
  const { negative, rank } = found, classes = gradient.weight.shape[0];
  if (isGaussian(found) && classes <= MAX_LIKELY_CLASSES) return leakUnderNoise(gradient, found, isSaid, priorOf());
  const { label, rule } = extractLabel(gradient);
  const isOne = rank === 1 && (rule !== 'bias' || negative.length === 1) && !isNoisy(found);
  const why = {
    bias: isOne
      ? `class ${label} alone has a bias gradient below zero, and by Eq. (2) that is the label's`
      : `class ${label} has the smallest bias gradient, which is the label's if there is only one image`,
    'inner-product': `by Eq. (4) the label's row of the weights' gradient opposes all others, as row ${label} does`,
    'row-sum': `row ${label} has the smallest sum; with two classes and no bias there is no better rule, and it is ` +
      'exact only if the last layer\'s inputs are not negative',
  }[rule];
  const isPositive = activation === 'sigmoid' || activation === 'relu';
  const fits = (found.mismatch ?? 0) <= MISMATCH && (classes > 2 || isOfScaleOne(found));
  const certain = isOne && fits && (rule !== 'row-sum' || isPositive);
  return { labels: [label], labelRule: rule, certain, certainLabels: certain ? [label] : [], why };
}

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
    why: 'only signs are left of the gradient, and by Eq. (2) only a label\'s bias gradient can be below zero: ' +
      (below.length > 0 ? `here that of ${below.length === 1 ? 'class' : 'classes'} ${list(below)}` : 'here none is'),
  };
}

/** Whether the gradient is noisy, and not from rounding or pruning. */
const isGaussian = (found: Diagnosis): boolean =>
  isNoisy(found) && found.levels === undefined && found.bits > 11 && found.zeros <= PRUNED;

/** A probability from which a label is called certain, if the user says that there is one image: noise hides that. */
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

/** With two classes a reversed sign leaves one negative gradient too; a scale of 1 shows that the sign is right. */
const isOfScaleOne = ({ scale = 1 }: Diagnosis): boolean => Math.abs(scale - 1) <= SCALE;

function leakOfBatch(
  gradient: LastLayer, layer: LastLayer, batch: number, found: Diagnosis, activation: ActivationName | undefined,
): Leak {
  const sigma = isNoisy(found) ? found.noise : 0, [classes] = gradient.weight.shape;
  const { labels, certain: bounded, rule, rounding } = extractBatchLabels(gradient, layer, batch, undefined, sigma);
  const isFewer = found.rank < Math.min(batch, classes - 1) && sigma === 0; // than the user says
  const certain = isFewer || isAboveMean(found) ? [] : bounded;
  const why = {
    ilrg: `iLRG's counts of the classes, rounded by at most ${short(rounding ?? 0)}; it assumes that the images of a ` +
      'class are alike',
    moments: `the second moments of the rows, because iLRG ${classes > MAX_ILRG_CLASSES
      ? `handles at most ${MAX_ILRG_CLASSES} classes` : 'finds counts far from whole numbers'}; this rule assumes ` +
      'that the network is sure of its predictions',
    llg: 'LLG\'s rule, by the sums of the rows, because all others need a bias' +
      (activation === 'sigmoid' ? '' : `; after ${activation ?? 'no activation'} it is often wrong`),
    gradinversion: 'the smallest entries',
  }[rule];
  const bound = certain.length === 0 ? '; none of them is certain'
    : `; ${certain.length === batch ? 'all' : `${certain.length} (${list(certain)})`} ` +
      `${certain.length === 1 ? 'is' : 'are'} certain, because by Eq. (2) class c occurs at least −B ∂ℓ/∂b_c times`;
  return { labels, labelRule: rule, certain: certain.length === batch, certainLabels: certain, why: why + bound };
}

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

/** More zeros than this are reported. */
const PRUNED = 0.001;
/** More relative noise than this is reported. Rounding to float32 leaves 1e-7, or 1e-4 for a confident network. */
const NOISE = 1e-3;
export const isNoisy = ({ relativeNoise }: Diagnosis): boolean => relativeNoise > NOISE;
/** How far a scale may be from 1, and how much of ∂b it may leave unexplained. */
const SCALE = 0.01, MISMATCH = 0.01;

/** What is odd about a gradient that should come from `batch` images; empty if nothing is. */
export function oddities(found: Diagnosis, batch: number, classes: number): string[] {
  if (found.isSigns) {
    return ['all numbers but zeros have the same size: only signs are left, as after Adam\'s first step or in ' +
      'signSGD; minimising L_G cannot find an image from them'];
  }
  const { negative, rank, bits, levels, zeros, mismatch = 0 } = found, odd: string[] = [];
  const isTurned = batch === 1 && signTurned(found, classes);
  if (rank === 0) {
    odd.push('the last layer\'s gradient is zero, or hidden by noise: the label that is read off it is a guess');
  }
  if (isTurned) {
    odd.push('one bias gradient is above zero and all others are below: the sign is reversed, as in a change W′ − W');
  } else if (batch === 1 && negative.length > 1) {
    odd.push(`${negative.length} bias gradients are below zero (classes ${list(negative)}), but one image leaves ` +
      'only one: ' +
      (rank > 1 ? 'this is a batch'
        : 'a soft label (as from label smoothing), weight decay, or several images that are alike'));
  } else if (batch > 1 && negative.length > batch) {
    odd.push(`${negative.length} bias gradients are below zero, but ${batch} images leave ${batch} at most: there ` +
      'are more images, or the sign is reversed');
  }
  if (rank > batch) {
    odd.push(`the last layer's gradient has rank ${rank}${rank === MAX_RANK ? ' or more' : ''}, ` +
      `but ${batch === 1 ? 'one image leaves rank 1' : `${batch} images leave at most ${batch}`}: there are more`);
  }
  if (batch > 1 && isAboveMean(found)) {
    odd.push(`a bias gradient is ${short(found.largest)}, but a mean over images stays within ±1: the loss is a ` +
      'sum (--loss-reduction sum), or scaled');
  }
  const coarse = precisionOf(found), pruned = batch === 1 && zeros > PRUNED;
  if (levels !== undefined) odd.push(`all numbers are multiples of one and have only ${levels} sizes: quantised`);
  else if (bits <= 11 && rank > 0) odd.push(`all numbers have at most ${bits} significant bits: rounded${coarse}`);
  if (pruned) {
    odd.push(`${short(100 * zeros)} % of the numbers are zeros that one image does not explain: pruned, or lost in ` +
      'rounding');
  }
  if (isNoisy(found) && levels === undefined && bits > 11 && !pruned) {
    odd.push('by Eq. (2) the columns of the last layer\'s gradient should sum to zero, but they do not: noise of ' +
      `σ ≈ ${short(found.noise)} in each number, ${short(100 * found.relativeNoise)} % of their size, weight decay, ` +
      'or a loss other than cross-entropy');
  }
  if (batch === 1 && mismatch <= MISMATCH && classes === 2 && !isOfScaleOne(found) && !isNoisy(found)) {
    odd.push('the bias\'s gradient is not what these weights give for one image: a batch, a scale, a reversed sign ' +
      'or other weights; with two classes these cannot be told apart, nor can the two labels');
  }
  return odd;
}

/** The laws of the described network and loss that one image's gradient breaks, one sentence each. */
export function brokenLaws(found: Diagnosis, batch: number): string[] {
  if (batch > 1 || found.isSigns || (found.mismatch ?? 0) <= MISMATCH || isNoisy(found)) return [];
  return ['the bias\'s gradient is not what these weights give at any scale: other weights, or a loss other than ' +
    'cross-entropy'];
}

/** By Eq. (2) no bias gradient of a mean over images is above 1 in size. */
const isAboveMean = ({ largest }: Diagnosis): boolean => largest > 1 + 1e-6;

const precisionOf = ({ bits }: Diagnosis): string => (PRECISIONS[bits] ? ` to ${PRECISIONS[bits]}` : '');

/** −∇W of one image has one bias gradient above zero. With two classes, or for a batch, so may ∇W. */
export const signTurned = ({ negative, positive }: Diagnosis, classes: number): boolean =>
  classes > 2 && positive.length === 1 && negative.length === classes - 1;

/** The factor that the gradient of one image was multiplied by, if it can be recognised and is not 1. */
export function foreignScale(found: Diagnosis, classes: number): number | undefined {
  const { scale, mismatch } = found;
  if (scale === undefined || classes === 2 || mismatch! > MISMATCH || isNoisy(found)) return undefined;
  return isOfScaleOne(found) ? undefined : scale;
}

/** A message if the last layer's input lies outside the range of the activation before it. */
export function impossibleInput({ input }: Diagnosis, activation: ActivationName | undefined): string | undefined {
  const ranges = { sigmoid: [0, 1], tanh: [-1, 1], relu: [0, Infinity] } as const;
  if (!input || !activation) return undefined;
  const [least, largest] = ranges[activation], slack = 1e-3;
  if (input[0] >= least - slack && input[1] <= largest + slack) return undefined;
  return `the last layer's input ranges from ${short(input[0])} to ${short(input[1])}, which ${activation} cannot give`;
}

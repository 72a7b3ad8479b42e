/**
 * @file What a gradient shows before any attack: how many images it comes from, whether it is scaled, what is odd about
 * it, and whether it can determine the images. A scale that can be recognised is undone.
 */
import { lastLayer, type LastLayer } from '../attack/extract-label.ts';
import { traitsOf } from '../layers/activations.ts';
import { MaxPool2d } from '../layers/max-pool2d.ts';
import { timesUsed } from '../layers/tied-sequence.ts';
import { timesOf, type Separation } from '../beyond/batch/separation.ts';
import { countEquations } from '../beyond/diagnosis/count-equations.ts';
import { diagnose, isNoisy, isPruned, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { foreignScale, SCALE } from '../beyond/diagnosis/scale.ts';
import { findWeightDecay } from '../beyond/diagnosis/weight-decay.ts';
import { sharedLastLayer } from '../beyond/last-layer.ts';
import { withheldTensors } from '../beyond/shared-tensors.ts';
import { sizeOf } from '../tensor/tensor.ts';
import type { Network } from '../nn/network.ts';
import { axpy, norm2, normInf, scale } from '../tensor/vector.ts';
import type { AuditInput } from './audit-input.ts';
import { readDropout, type DropoutReport } from './dropout-report.ts';
import { countImages, leastSteps, notTakenApart, takenApart } from './image-count.ts';
import {
  brokenLaws, impossibleInput, oddities, short, signTurned,
} from './last-layer-report.ts';

export interface Examination {
  /** With the mask of dropout before the last layer, if that was found. */
  readonly network: Network;
  readonly batch: number;
  /** Whether the user said so. */
  readonly isSaid: boolean;
  /** How many steps the client took at least. */
  readonly steps: number;
  /** Of the gradient after its scale was undone. */
  readonly diagnosis: Diagnosis;
  /** Of a batch's gradient as it was shared, if it can be taken apart. */
  readonly separation: Separation | undefined;
  /** Whether there are at least as many equations as pixels. */
  readonly isDetermined: boolean;
  /** The names of the tensors that were not shared: they are zero as a whole, and no part of L_G. */
  readonly withheld: readonly string[];
  /** Whether numbers of one image's gradient were pruned; no part of L_G either. */
  readonly isSparse: boolean;
  /** Whether only the last layer was shared, and does not determine the images. */
  readonly isLastAlone: boolean;
  /** The laws of the described network and loss that the gradient breaks, one sentence each. */
  readonly contradictions: readonly string[];
  /** What had to be assumed and what is odd, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Examines a gradient, and divides it by its scale, in place.
 * @param said the number of images that it comes from; undefined to take it from the last layer.
 * @param isSum whether the loss was the sum over the images instead of the mean.
 * @param factor by which the gradient is larger than that of the loss, if the user knows it.
 */
export function examine(
  input: AuditInput, said: number | undefined, isSum: boolean, factor: number | undefined,
): Examination {
  const { network, gradient: { data, tensors }, activations } = input, notes = [...input.assumptions];
  const gradient = sharedLastLayer(input.gradient), layer = lastLayer(network.theta);
  const withheld = withheldTensors(input.gradient);
  if (withheld.length > 0 && withheld.length < tensors.size) notes.push(withheldNote(withheld, tensors.size));
  if (factor !== undefined) scale(1 / factor, data);
  subtractWeightDecay(input, withheld, notes);

  const asShared = diagnose(gradient, layer), steps = leastSteps(input, asShared, isSum);
  const separation = steps > 1 ? undefined : takenApart(gradient, layer, asShared);
  const batch = said ?? countImages(input, asShared, steps, separation, notes);
  if (isSum) scale(1 / batch, data);
  notes.push(...oddities(asShared, batch, network.classes, steps));
  if (factor === undefined && steps === 1 && !asShared.isSigns) {
    if (batch === 1) rescale(data, asShared, network.classes, notes);
    else if (separation) rescaleBatch(data, separation, isSum ? batch : 1, notes);
  }

  const diagnosis = diagnose(gradient, layer), isSparse = batch === 1 && steps === 1 && isPruned(diagnosis);
  const found = { batch, steps, separation, diagnosis, isSparse };
  const dropout = readDropout(input, found.diagnosis, batch);
  notes.push(...dropout.notes);
  const hint = steps > 1 || batch === 1 ? undefined
    : notTakenApart(gradient, asShared, activations.at(-1), separation);
  if (hint) notes.push(hint);
  const contradictions = contradictionsOf(input, gradient, found, dropout);
  notes.push(...contradictions);
  const kinks = kinksOf(input);
  if (kinks.length > 0) {
    notes.push(`${kinks.join(' and ')}: L_G has kinks, at which a descent can get stuck; this does not affect the ` +
      'label');
  }
  if (norm2(data) === 0) notes.push('the gradient is 0: there is nothing to match');
  const reach = input.lastLayer ? { isDetermined: false, isLastAlone: false }
    : reachOf(input, batch, withheld, isSparse, notes);
  return { network: dropout.network, isSaid: said !== undefined, ...found, contradictions, withheld, ...reach, notes };
}

/** The layers whose derivative jumps. */
function kinksOf({ activations, network }: AuditInput): string[] {
  const names = activations.filter((f) => f !== undefined && traitsOf(f).hasKink) as string[];
  const pools = network.layers.parts.some(({ layer }) => layer instanceof MaxPool2d);
  return [...new Set(names), ...(pools ? ['max pooling'] : [])];
}

/** A list of the tensors that were not shared, in words. */
function withheldNote(withheld: readonly string[], count: number): string {
  const names = withheld.slice(0, MOST_NAMES).join(', ') + (withheld.length > MOST_NAMES ? ', …' : '');
  return `${withheld.length} of ${count} tensors were not shared, because they are missing or entirely zero: ` +
    `${names}; their equations are left out`;
}

const MOST_NAMES = 12;

/** Subtracts λ W from the tensors that were shared, if the last layer shows a λ. */
function subtractWeightDecay(input: AuditInput, withheld: readonly string[], notes: string[]): void {
  const { theta } = input.network, gradient = sharedLastLayer(input.gradient), layer = lastLayer(theta);
  const decay = normInf(gradient.weight.data) === 0 ? undefined
    : findWeightDecay(gradient, gradient.bias ? layer : { weight: layer.weight });
  if (!decay) return;
  for (const [name, tensor] of input.gradient.tensors) {
    if (!withheld.includes(name)) axpy(-decay.lambda, theta.tensors.get(name)!.data, tensor.data);
  }
  notes.push('the columns of the last layer\'s gradient sum to λ times those of its weights, λ = ' +
    `${decay.lambda.toPrecision(4)} ± ${decay.error.toExponential(0)}: weight decay, which has been ` +
    'subtracted from all tensors');
}

/** The laws that the gradient breaks. Those of the last layer hold for one step; dropout changes its input. */
function contradictionsOf(
  { activations, lacking = [] }: AuditInput, gradient: LastLayer,
  { batch, steps, diagnosis, separation }: Pick<Examination, 'batch' | 'steps' | 'diagnosis' | 'separation'>,
  dropout: DropoutReport,
): string[] {
  if (steps > 1) return [...lacking];
  const impossible = dropout.isFound ? undefined
    : impossibleInput(gradient, diagnosis, batch, activations.at(-1), separation);
  return [...lacking, ...brokenLaws(diagnosis, batch), ...dropout.contradictions, ...(impossible ? [impossible] : [])];
}

/** How far the gradient determines the images, by its number of equations. */
function reachOf(
  { network, gradient }: AuditInput, batch: number, withheld: readonly string[], isSparse: boolean, notes: string[],
): Pick<Examination, 'isDetermined' | 'isLastAlone'> {
  const uses = (name: string): number => timesUsed(network.layers, name);
  const pixels = batch * sizeOf(network.imageShape);
  const most = isSparse ? gradient.data.filter((value) => value !== 0).length : Infinity;
  const equations = Math.min(most, countEquations(network.theta, batch, { withheld, uses }));
  const isDetermined = equations >= pixels, { parts } = network.layers, last = `${parts[parts.length - 1].name}.`;
  const shared = [...gradient.tensors.keys()].filter((name) => !withheld.includes(name));
  const isLastAlone = !isDetermined && shared.length > 0 && shared.every((name) => name.startsWith(last));
  if (!isDetermined) {
    const images = batch === 1 ? 'the image' : 'the images';
    notes.push(`at most ${equations} equations for ${pixels} pixels: the gradient does not determine ${images}` +
      (isLastAlone ? `; only the last layer was shared, so no attack on ${images} is tried` : ''));
  }
  return { isDetermined, isLastAlone };
}

/** Undoes a scale or a reversed sign of one image's gradient, if it can be recognised. */
function rescale(gradient: Float64Array, found: Diagnosis, classes: number, notes: string[]): void {
  const foreign = foreignScale(found, classes);
  if (foreign !== undefined) {
    scale(1 / foreign, gradient);
    notes.push(`the gradient is ${short(foreign)} times that of the mean loss, by Eq. (2) and the weights: ` +
      `it was ${foreign < 0 ? 'reversed and' : 'clipped or'} scaled, and has been divided by this factor`);
  } else if (signTurned(found, classes) && isNoisy(found)) {
    scale(-1, gradient);
    notes.push('the gradient has been multiplied by −1, to undo that');
  }
}

/** Undoes the scale of a batch's gradient: the shares of its images add up to it. @param sum what it was divided by. */
function rescaleBatch(gradient: Float64Array, separation: Separation, sum: number, notes: string[]): void {
  const total = separation.shares.reduce((all, share) => all + share, 0), factor = total / sum;
  if (!timesOf(separation)) {
    const shares = Array.from(separation.shares, (share, s) => `${short(share / total)} (${separation.labels[s]})`);
    notes.push(`the images have unequal shares in the gradient, by label ${shares.join(', ')}: class weights in the ` +
      'loss');
  }
  if (Math.abs(factor - 1) <= SCALE) return;
  scale(1 / factor, gradient);
  notes.push(`the gradient is ${short(factor)} times that of a mean of losses, by Eq. (2) and the weights: it was ` +
    'clipped or scaled, or the losses were added' +
    (factor < 1 ? ', or there are more images, whose own gradients are 0' : '') +
    '; it has been divided by this factor');
}

/**
 * @file What a gradient shows before any attack: how many images it comes from, whether it is scaled, what is odd about
 * it, and whether it can determine the images. A scale that can be recognised is undone.
 */
import { lastLayer } from '../attack/extract-label.ts';
import { traitsOf } from '../layers/activations.ts';
import { MaxPool2d } from '../layers/max-pool2d.ts';
import { timesUsed } from '../layers/tied-sequence.ts';
import { countEquations } from '../beyond/diagnosis/count-equations.ts';
import { diagnose, MAX_RANK, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { findWeightDecay } from '../beyond/diagnosis/weight-decay.ts';
import { sharedLastLayer } from '../beyond/last-layer.ts';
import { withheldTensors } from '../beyond/shared-tensors.ts';
import { sizeOf } from '../tensor/tensor.ts';
import type { Network } from '../nn/network.ts';
import { axpy, norm2, normInf, scale } from '../tensor/vector.ts';
import type { AuditInput } from './audit-input.ts';
import { readDropout } from './dropout-report.ts';
import {
  brokenLaws, foreignScale, impossibleInput, isNoisy, oddities, short, signTurned,
} from './last-layer-report.ts';

export interface Examination {
  /** With the mask of dropout before the last layer, if that was found. */
  readonly network: Network;
  readonly batch: number;
  /** Whether the user said so. */
  readonly isSaid: boolean;
  /** Of the gradient after its scale was undone. */
  readonly diagnosis: Diagnosis;
  /** Whether there are at least as many equations as pixels. */
  readonly isDetermined: boolean;
  /** The names of the tensors that were not shared: they are zero as a whole, and no part of L_G. */
  readonly withheld: readonly string[];
  /** Whether only the last layer was shared, and does not determine the images. */
  readonly isLastAlone: boolean;
  /** The laws of the described network and loss that the gradient breaks, one sentence each. */
  readonly contradictions: readonly string[];
  /** What had to be assumed and what is odd, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Examines a gradient, and divides it by its scale, in place.
 * @param said the number of images that it comes from; undefined to take it from the rank.
 * @param isSum whether the loss was the sum over the images instead of the mean.
 * @param factor by which the gradient is larger than that of the loss, if the user knows it.
 */
export function examine(
  input: AuditInput, said: number | undefined, isSum: boolean, factor: number | undefined,
): Examination {
  const { network, gradient: { data, tensors }, activations, steps } = input, notes = [...input.assumptions];
  const gradient = sharedLastLayer(input.gradient), layer = lastLayer(network.theta), { shape } = layer.weight;
  const withheld = withheldTensors(input.gradient), isShared = withheld.length < tensors.size;
  if (isShared && withheld.length > 0) notes.push(withheldNote(withheld, tensors.size));
  if (factor !== undefined) scale(1 / factor, data);
  const decay = normInf(gradient.weight.data) === 0 ? undefined
    : findWeightDecay(gradient, gradient.bias ? layer : { weight: layer.weight });
  if (decay) {
    for (const [name, tensor] of tensors) {
      if (!withheld.includes(name)) axpy(-decay.lambda, network.theta.tensors.get(name)!.data, tensor.data);
    }
    notes.push('the columns of the last layer\'s gradient sum to λ times those of its weights, λ = ' +
      `${decay.lambda.toPrecision(4)} ± ${decay.error.toExponential(0)}: weight decay, which has been ` +
      'subtracted from all tensors');
  }
  const asShared = diagnose(gradient, layer), batch = said ?? batchOf(input, asShared, shape, notes);
  if (isSum) scale(1 / batch, data);
  notes.push(...oddities(asShared, batch, network.classes, steps));
  const isOneGradient = batch === 1 && steps === 1 && !asShared.isSigns;
  if (isOneGradient && factor === undefined) rescale(data, asShared, network.classes, notes);
  const diagnosis = diagnose(gradient, layer);
  const dropout = readDropout(input, diagnosis, batch);
  notes.push(...dropout.notes);
  const impossible = isNoisy(diagnosis) || dropout.isFound ? undefined
    : impossibleInput(diagnosis, activations.at(-1));
  const broken = [...brokenLaws(diagnosis, batch), ...dropout.contradictions, ...(impossible ? [impossible] : [])];
  const contradictions = [...(input.lacking ?? []), ...(steps === 1 ? broken : [])]; // the laws are of one gradient
  notes.push(...contradictions);
  const kinks = kinksOf(input);
  if (kinks.length > 0) {
    notes.push(`${kinks.join(' and ')}: L_G has kinks, at which a descent can get stuck; this does not affect the ` +
      'label');
  }
  if (norm2(data) === 0) notes.push('the gradient is 0: there is nothing to match');
  const found = {
    network: dropout.network, batch, isSaid: said !== undefined, diagnosis, contradictions, withheld, notes,
  };
  if (input.lastLayer) return { ...found, isDetermined: false, isLastAlone: false };
  const uses = (name: string): number => timesUsed(network.layers, name);
  const pixels = batch * sizeOf(network.imageShape);
  const equations = countEquations(network.theta, batch, { withheld, uses });
  const isDetermined = equations >= pixels, { parts } = network.layers, last = `${parts[parts.length - 1].name}.`;
  const isLastAlone = !isDetermined && isShared &&
    [...tensors.keys()].every((name) => name.startsWith(last) || withheld.includes(name));
  if (!isDetermined) {
    notes.push(`at most ${equations} equations for ${pixels} pixels: the gradient does not determine the images` +
      (isLastAlone ? '; only the last layer was shared, so that no attack on them is tried' : ''));
  }
  return { ...found, isDetermined, isLastAlone };
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
  return `${withheld.length} of ${count} tensors were not shared, because they are missing or zero as a whole: ` +
    `${names}; their equations are left out`;
}

const MOST_NAMES = 12;

/** The number of images, from the rank: exact if it is below those of classes and features and no noise hides any. */
function batchOf(
  { steps }: AuditInput, found: Diagnosis, [classes, features]: readonly number[], notes: string[],
): number {
  const { rank, bits, negative } = found, most = Math.min(classes - 1, features, MAX_RANK);
  if (found.isSigns) return 1;
  if ((isNoisy(found) || found.isBiasAlone || steps > 1) && negative.length > 1 && negative.length < classes - 1) {
    notes.push(`${negative.length} bias gradients are below zero by more than the noise: there are at least ` +
      `${negative.length} images, and ${negative.length} are assumed; --batch sets another number`);
    return negative.length;
  }
  if (rank <= 1 || isNoisy(found) || steps > 1) return 1;
  const more = rank >= most ? ', the highest that is counted' : bits < 24 ? ', as far as its rounding shows' : '';
  notes.push(`the last layer's gradient has rank ${rank}${more}: it comes from at least ${rank} images, and ${rank} ` +
    'are assumed; --batch sets another number');
  return rank;
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

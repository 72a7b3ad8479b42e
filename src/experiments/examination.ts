/**
 * @file What a gradient shows before any attack: how many images it comes from, whether it is scaled, what is odd about
 * it, and whether it can determine the images. A scale that can be recognised is undone.
 */
import { lastLayer } from '../attack/extract-label.ts';
import { timesOf, type Separation } from '../beyond/batch/separation.ts';
import { countEquations } from '../beyond/diagnosis/count-equations.ts';
import { diagnose, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { findWeightDecay } from '../beyond/diagnosis/weight-decay.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { axpy, norm2, scale } from '../tensor/vector.ts';
import type { AuditInput } from './audit-input.ts';
import { countImages, notTakenApart, takenApart, tookSteps } from './image-count.ts';
import {
  brokenLaws, foreignScale, impossibleInput, isNoisy, oddities, SCALE, short, signTurned,
} from './last-layer-report.ts';

export interface Examination {
  readonly batch: number;
  /** Whether the user said so. */
  readonly isSaid: boolean;
  /** Of the gradient after its scale was undone. */
  readonly diagnosis: Diagnosis;
  /** Of a batch's gradient as it was shared, if it can be taken apart. */
  readonly separation: Separation | undefined;
  /** Whether there are at least as many equations as pixels. */
  readonly isDetermined: boolean;
  /** The laws of the described network and loss that the gradient breaks, one sentence each. */
  readonly contradictions: readonly string[];
  /** What had to be assumed and what is odd, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Examines a gradient, and divides it by its scale, in place.
 * @param said the number of images that it comes from; undefined to take it from the rank.
 * @param isSum whether the loss was the sum over the images instead of the mean.
 */
export function examine(input: AuditInput, said: number | undefined, isSum: boolean): Examination {
  const { network, gradient: { data }, activations } = input, notes = [...input.assumptions];
  const gradient = lastLayer(input.gradient), layer = lastLayer(network.theta);
  const decay = findWeightDecay(gradient, layer);
  if (decay) {
    axpy(-decay.lambda, network.theta.data, data);
    notes.push('the columns of the last layer\'s gradient sum to λ times those of its weights, λ = ' +
      `${decay.lambda.toPrecision(4)} ± ${decay.error.toExponential(0)}: weight decay, which has been ` +
      'subtracted from all tensors');
  }
  const asShared = diagnose(gradient, layer);
  const isManySteps = tookSteps(input, asShared) && !isSum;
  const separation = isManySteps ? undefined : takenApart(gradient, layer, asShared);
  const batch = said ?? countImages(input, asShared, separation, notes);
  if (isSum) scale(1 / batch, data);
  notes.push(...oddities(asShared, batch, network.classes, isManySteps ? Math.max(input.steps, 2) : 1));
  if (batch === 1 && !asShared.isSigns) rescale(data, asShared, network.classes, notes);
  else if (separation) rescaleBatch(data, separation, isSum ? batch : 1, notes);
  const diagnosis = diagnose(gradient, layer);
  const hint = isManySteps || batch === 1 ? undefined
    : notTakenApart(gradient, asShared, activations.at(-1), separation);
  if (hint) notes.push(hint);
  const impossible = impossibleInput(gradient, diagnosis, batch, activations.at(-1), separation);
  const contradictions = [...brokenLaws(diagnosis, batch), ...(impossible ? [impossible] : [])];
  notes.push(...contradictions);
  if (activations.includes('relu')) {
    notes.push('relu: L_G has kinks, at which a descent can get stuck; this does not affect the label');
  }
  if (norm2(data) === 0) notes.push('the gradient is 0: there is nothing to match');
  const found = { batch, isSaid: said !== undefined, diagnosis, separation, contradictions, notes };
  if (input.lastLayer) return { ...found, isDetermined: false };
  const pixels = batch * sizeOf(network.imageShape), equations = countEquations(network.theta, batch);
  const isDetermined = equations >= pixels;
  if (!isDetermined) {
    notes.push(`at most ${equations} equations for ${pixels} pixels: the gradient does not determine the images`);
  }
  return { ...found, isDetermined };
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
    'clipped or scaled, or the losses were added, and has been divided by this factor');
}

/**
 * @file The factor s by which the whole gradient of one image was multiplied, and its removal. Clipping to a norm and a
 * sum instead of a mean are such factors, and so is the sign of a change of weights. By Eq. (2) and (3)
 *
 *   ∂b = s (softmax(W a + b) − t),  a = ∂W_c / ∂b_c        a does not depend on s, so ∂b shows it
 *
 * diagnosis.ts fits s. Without it clipping would look like a defence: no image has the clipped gradient, but one image
 * has the gradient divided by s.
 */
import { lastLayer } from '../../attack/extract-label.ts';
import type { Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import { scale as multiply } from '../../tensor/vector.ts';
import { diagnose, isNoisy, MISMATCH, type Diagnosis } from './diagnosis.ts';

/** How far a scale may be from 1. */
export const SCALE = 0.01;

/** With two classes a reversed sign leaves one negative gradient too; a scale of 1 shows that the sign is right. */
export const isOfScaleOne = ({ scale = 1 }: Diagnosis): boolean => Math.abs(scale - 1) <= SCALE;

/** The factor that the gradient of one image was multiplied by, if it can be recognised and is not 1. */
export function foreignScale(found: Diagnosis, classes: number): number | undefined {
  const { scale, mismatch } = found;
  if (scale === undefined || classes === 2 || mismatch! > MISMATCH || isNoisy(found)) return undefined;
  return isOfScaleOne(found) ? undefined : scale;
}

/**
 * The gradient of one image, divided by its scale; a copy.
 * @param gradient as it was shared, over the network's θ; it is returned as it is if no scale can be recognised.
 */
export function undoScale(gradient: ParameterVector, { theta, classes }: Network): ParameterVector {
  const s = foreignScale(diagnose(lastLayer(gradient), lastLayer(theta)), classes);
  if (s === undefined) return gradient;
  const whole = gradient.like(gradient.data.slice());
  multiply(1 / s, whole.data);
  return whole;
}

/**
 * @file Reference: numbers against those of an independent source, the error scaled by the largest expected entry.
 *
 *   max |got − expected| / max |expected| ≤ tolerance
 *
 * Every check of this folder ends in `expectWithin`: one text for all failures, and NaN never passes.
 */
import type { Tensor } from '../../src/tensor/tensor.ts';

/** Throws unless |got − expected| ≤ tolerance · scale, a finite number; where that is 0, unless the two are equal. */
export function expectWithin(name: string, got: number, expected: number, scale: number, tolerance: number): void {
  const error = got === expected ? 0 : Math.abs(got - expected) / scale;
  if (error <= tolerance && Number.isFinite(scale)) return;
  const scaled = `scaled error ${error.toExponential(2)}, tolerance ${tolerance}`;
  throw new Error(`${name}: got ${got}, expected ${expected}, ${scaled}`);
}

/** Throws unless `got` is a tensor of this shape. */
export function checkShape(name: string, got: Partial<Tensor> | undefined, expected: readonly number[]): void {
  if (`${got?.shape}` !== `${expected}`) throw new Error(`${name}: got shape [${got?.shape}], expected [${expected}]`);
}

/** Throws unless every entry of `got` is within tolerance · max |expected| of its twin; names the worst entry. */
export function checkClose(name: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const n = expected.length;
  if (got === undefined) throw new Error(`${name}: got undefined, expected ${n} numbers`); // of an exercise's answer
  if (got.length !== n) throw new Error(`${name}: got ${got.length} numbers, expected ${n}`);
  let scale = 0, worst = 0, worstError = -1;
  for (let i = 0; i < n; i++) {
    const error = got[i] === expected[i] ? 0 : Math.abs(got[i] - expected[i]);
    scale = Math.max(scale, Math.abs(expected[i]));
    if (error <= worstError) continue;
    worst = i;
    worstError = error;
    if (Number.isNaN(error)) break;
  }
  if (n > 0) expectWithin(`${name}[${worst}]`, got[worst], expected[worst], scale, tolerance);
}

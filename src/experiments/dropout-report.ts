/**
 * @file Dropout in the report of an audit: what was seen of it, and the network with its mask.
 */
import { lastLayer } from '../attack/extract-label.ts';
import { isNoisy, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { findDropout, zeroInputs } from '../beyond/diagnosis/dropout.ts';
import { withDropout } from '../layers/dropout.ts';
import type { Network } from '../nn/network.ts';
import type { AuditInput } from './audit-input.ts';
import { short } from './last-layer-report.ts';

export interface DropoutReport {
  /** The network, with the mask of one image's dropout if that was found. */
  readonly network: Network;
  readonly isFound: boolean;
  readonly notes: readonly string[];
  /** The laws that the gradient breaks because of a mask that is not known. */
  readonly contradictions: readonly string[];
}

/** Looks for dropout before the last layer in the gradient of `batch` images. */
export function readDropout(
  { network, gradient, activations, dropout, lastLayer: alone }: AuditInput, found: Diagnosis, batch: number,
): DropoutReport {
  const none = { network, isFound: false, notes: [], contradictions: [] }, activation = activations.at(-1);
  if (alone !== undefined || found.isSigns || isNoisy(found)) return none;
  if (batch > 1) {
    const isZero = zeroInputs(network, lastLayer(gradient), activation);
    return isZero ? { ...none, contradictions: [`${ofInputs(isZero)} are 0 in all images, which ${activation} cannot ` +
      'give: dropout, whose masks differ between images and are not known, or a ReLU'] } : none;
  }
  if (found.rank !== 1) return none;
  const seen = findDropout(network, gradient, activation, dropout);
  if (!seen) return none;
  const { p, mask, isExact } = seen, largest = Math.max(...(found.input ?? [0]).map(Math.abs));
  const rate = dropout !== undefined ? `p = ${p}, as described`
    : isExact ? `p = ${p}, by the gradient of the layer before`
      : `p = ${p} is assumed, the nearest multiple of 0.05; a description can set another`;
  const note = `${ofInputs(mask.map((kept) => !kept))} are exactly 0, and the others reach ${short(largest)}, as ` +
    `after dropout (${rate}): its mask is read off these zeros, and the attacks use it`;
  return { network: withDropout(network, p, mask), isFound: true, notes: [note], contradictions: [] };
}

const ofInputs = (isZero: readonly boolean[]): string =>
  `${isZero.filter(Boolean).length} of the last layer's ${isZero.length} inputs`;

/**
 * @file The label of one image: by the paper's rule, or under noise the likeliest.
 */
import { extractLabel, lastLayer, type LabelRule } from '../../attack/extract-label.ts';
import type { Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import { sharedLastLayer } from '../last-layer.ts';
import { diagnose, isNoisy } from './diagnosis.ts';
import { likelyLabel, MAX_LIKELY_CLASSES, samplePrior } from './likely-label.ts';

/** The label of one image as the last layer gives it away; under noise, the likeliest. */
export function readLabel(
  network: Network, gradient: ParameterVector,
): { readonly label: number; readonly rule: LabelRule | 'likelihood' } {
  const shared = sharedLastLayer(gradient), found = diagnose(shared, lastLayer(network.theta));
  const isLikelihood = isNoisy(found) && !found.isSigns && network.classes <= MAX_LIKELY_CLASSES;
  if (!isLikelihood) return extractLabel(lastLayer(gradient));
  return { label: likelyLabel(shared, found.noise, samplePrior(network)).label, rule: 'likelihood' };
}

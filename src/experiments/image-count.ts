/**
 * @file How many images a gradient comes from, in words: from the rank of the last layer's gradient, from the classes
 * with ∂b_c < 0, and from what fits beyond these (separation.ts, batch-size.ts).
 */
import { lastLayer, type LastLayer } from '../attack/extract-label.ts';
import { extractBatchLabels } from '../beyond/batch/batch-labels.ts';
import { likelySize, type SizeFit } from '../beyond/batch/batch-size.ts';
import { MAX_SEPARABLE, takeApart, timesOf, type Separation } from '../beyond/batch/separation.ts';
import { MAX_RANK, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import type { AuditInput } from './audit-input.ts';
import { isAboveMean, isNoisy, short } from './last-layer-report.ts';

/** What a separation may leave of a gradient, in units of the rounding of its numbers; wrong labels leave more. */
const ROUNDINGS = 64, LEAST_LEFT = 1e-9, MOST_LEFT = 1e-5;

/** The gradient of a batch, taken apart; undefined if that cannot be done. */
export function takenApart(gradient: LastLayer, layer: LastLayer, found: Diagnosis): Separation | undefined {
  const threshold = ROUNDINGS * 2 ** -found.bits;
  if (found.rank < 2 || isNoisy(found) || found.isSigns || !gradient.bias || threshold > MOST_LEFT) return undefined;
  const { labels } = extractBatchLabels(gradient, layer, found.rank);
  return takeApart(gradient, layer, found.rank, labels, Math.max(LEAST_LEFT, threshold));
}

/** A hint if a batch should come apart, as those of sigmoids always did in tests, and does not. */
export function notTakenApart(
  gradient: LastLayer, found: Diagnosis, activation: AnyActivation, separation: Separation | undefined,
): string | undefined {
  const { rank, negative, bits } = found, [classes] = gradient.weight.shape;
  const isFew = rank >= 2 && rank <= MAX_SEPARABLE && rank < classes - 1;
  const isClear = gradient.bias && !isNoisy(found) && !found.isSigns && ROUNDINGS * 2 ** -bits <= MOST_LEFT;
  if (separation || activation !== 'sigmoid' || !isFew || !isClear || negative.length !== rank) return undefined;
  return `no ${rank} inputs give the last layer this gradient with these weights: perhaps other weights, several ` +
    'steps, or a loss other than cross-entropy';
}

type AnyActivation = AuditInput['activations'][number];

/** Whether the client took several steps: it says so, or its change of weights is more than one step can make. */
export const tookSteps = ({ steps, isUpdate }: AuditInput, found: Diagnosis): boolean =>
  steps > 1 || (isUpdate && found.rank > 1 && isAboveMean(found));

/** The number of images that the audit assumes, and a note on why. */
export function countImages(
  input: AuditInput, found: Diagnosis, separation: Separation | undefined, notes: string[],
): number {
  const gradient = lastLayer(input.gradient), layer = lastLayer(input.network.theta), { rank, bits, negative } = found;
  const [classes, features] = gradient.weight.shape, isHidden = isNoisy(found);
  if (found.isSigns || found.smoothing !== undefined) return 1;
  const isManySteps = tookSteps(input, found);
  if (isManySteps && input.steps === 1) {
    notes.push(`a bias gradient is ${short(found.largest)}, but one step on a mean of losses stays within ±1: the ` +
      `client took several steps (--steps) or summed the losses, and the rank, ${rank}, may be that of the steps`);
  }
  const isCounted = !isManySteps && !isHidden, isBatch = negative.length > 1 && negative.length < classes - 1;
  const least = isCounted ? rank : isBatch ? negative.length : 1;
  if (least <= 1) return 1;
  const isMost = rank >= Math.min(classes - 1, features, MAX_RANK);
  const reason = isCounted ? `the last layer's gradient has rank ${rank}${isMost ? ', the highest that is counted'
    : bits < 24 ? ', as far as its rounding shows' : ''}: it comes from at least ${least} images`
    : `${least} bias gradients are below zero${isHidden ? ' by more than the noise' : ''}: there are at least ` +
      `${least} images`;
  const { size, why } = isManySteps || !gradient.bias ? { size: least, why: '' } : separation ? bySeparation(separation)
    : byCounts(likelySize(gradient, layer, least, isHidden ? found.noise : 0));
  notes.push(`${reason},${why} and ${size} are assumed; --batch sets another number`);
  return size;
}

function bySeparation(separation: Separation): { readonly size: number; readonly why: string } {
  const times = timesOf(separation), r = separation.labels.length;
  const size = times ? times.reduce((sum, n) => sum + n, 0) : r;
  return { size, why: size === r ? '' : ` some of which occur up to ${Math.max(...times!)} times,` };
}

/** Sizes other than the assumed one that fit as well. */
function byCounts({ size, fits }: { readonly size: number; readonly fits: readonly SizeFit[] }) {
  const told = fits.filter(({ rounding }) => rounding < Infinity).map((fit) => `${fit.size}: ${short(fit.rounding)}`);
  const excluded = fits.filter(({ rounding }) => rounding === Infinity).map((fit) => String(fit.size));
  const bound = excluded.length === 0 ? '' : ` Eq. (2) excludes ${excluded.join(', ')},`;
  const isLeast = size === fits[0].size;
  return { size, why: isLeast ? '' : `${bound} iLRG rounds its counts by at most (${told.join(', ')}),` };
}

/**
 * @file How many images a gradient comes from, in words: from the rank of the last layer's gradient, from the classes
 * with ∂b_c < 0, and from what fits beyond these (separation.ts, batch-size.ts).
 */
import { lastLayer, type LastLayer } from '../attack/extract-label.ts';
import { extractBatchLabels } from '../beyond/batch/batch-labels.ts';
import { likelySize, type SizeFit } from '../beyond/batch/batch-size.ts';
import { MAX_SEPARABLE, takeApart, timesOf, type Separation } from '../beyond/batch/separation.ts';
import { isNoisy, MAX_RANK, type Diagnosis } from '../beyond/diagnosis/diagnosis.ts';
import { sharedLastLayer } from '../beyond/last-layer.ts';
import type { AuditInput } from './audit-input.ts';
import { isAboveMean, short } from './last-layer-report.ts';

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

/**
 * How many steps the client took at least: as many as it says, or two if its change of weights is more than one can
 * make.
 */
export function leastSteps({ steps, isUpdate }: AuditInput, found: Diagnosis, isSum: boolean): number {
  if (steps > 1) return steps;
  return isUpdate && !isSum && found.rank > 1 && isAboveMean(found) ? 2 : 1;
}

/** The number of images that the audit assumes, and a note on why. @param steps the least number of steps. */
export function countImages(
  input: AuditInput, found: Diagnosis, steps: number, separation: Separation | undefined, notes: string[],
): number {
  const { rank, negative, isBiasAlone } = found, { classes } = input.network;
  if (found.isSigns || found.smoothing !== undefined) return 1;
  const isCounted = steps === 1 && !isNoisy(found) && !isBiasAlone; // by the rank
  const isBatch = negative.length > 1 && negative.length < classes - 1;
  const least = isCounted ? rank : isBatch ? negative.length : 1;
  if (least <= 1) return 1;
  const { size, why } = steps > 1 || isBiasAlone ? { size: least, why: '' }
    : likelyBatch(input, found, least, separation);
  const reason = isCounted ? byRank(input, found) : byClasses(found);
  notes.push(`${reason},${why} and ${size} are assumed; --batch sets another number`);
  return size;
}

function byRank({ gradient, network }: AuditInput, { rank, bits }: Diagnosis): string {
  const [, features] = lastLayer(gradient).weight.shape;
  const isMost = rank >= Math.min(network.classes - 1, features, MAX_RANK);
  const limit = isMost ? ', the highest that is counted' : bits < 24 ? ', as far as its rounding shows' : '';
  return `the last layer's gradient has rank ${rank}${limit}: it comes from at least ${rank} images`;
}

function byClasses(found: Diagnosis): string {
  const { length } = found.negative, noise = isNoisy(found) ? ' by more than the noise' : '';
  return `${length} bias gradients are below zero${noise}: there are at least ${length} images`;
}

/** The number of images of one step, which may be more than the least. */
function likelyBatch(
  input: AuditInput, found: Diagnosis, least: number, separation: Separation | undefined,
): { readonly size: number; readonly why: string } {
  const gradient = sharedLastLayer(input.gradient), layer = lastLayer(input.network.theta);
  if (!gradient.bias) return { size: least, why: '' };
  if (separation) return bySeparation(separation);
  return byCounts(likelySize(gradient, layer, least, isNoisy(found) ? found.noise : 0));
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
  return { size, why: isLeast ? '' : `${bound} iLRG's largest rounding for each size is ${told.join(', ')},` };
}

/**
 * @file One run on a batch: its images and labels from one gradient. They are found in no particular order, so each
 * reconstruction is compared with the image that the assignment with the least sum of squares gives it.
 */
import { mse } from '../attack/metrics.ts';
import { cheapestAssignment } from '../beyond/batch/assignment.ts';
import { multisetAccuracy } from '../beyond/batch/batch-labels.ts';
import type { BatchReconstruction } from '../beyond/batch/idlg-batch.ts';
import type { MapAttackOptions } from '../beyond/prior/map.ts';
import { unstack, type Tensor } from '../tensor/tensor.ts';
import { ATTACKS, METHODS, type Method } from './attacks.ts';
import { course, film, measure, type Client, type Outcome, type RunRecord } from './run.ts';

/** The methods that can attack the gradient of a batch. */
export const BATCH_METHODS: readonly Method[] = METHODS.filter((method) => ATTACKS[method].runBatch);

/** What a batch is judged by, as far as it is known: one image and one label per sample, in any order. */
export interface BatchTruth {
  readonly images?: readonly Tensor[] | undefined;
  readonly labels?: readonly number[] | undefined;
}

/** As a RunRecord; the measures are means over the images. */
export interface BatchRecord extends Omit<RunRecord, 'label' | 'labelRule' | 'labelCorrect' | 'solution'> {
  readonly labelRule: BatchReconstruction['labelRule'];
  readonly labels: readonly number[];
  /** Whether all labels are right, and the share that is; null and NaN if the truth is not known. */
  readonly labelCorrect: boolean | null;
  readonly labelAccuracy: number;
  /** One entry per reconstruction; `truth` is the number of the true image that it is compared with. */
  readonly images: readonly (Pick<RunRecord, 'label' | 'mse' | 'psnr' | 'ssim'> & { readonly truth: number | null })[];
}

export type BatchRun = Outcome<BatchRecord>;

/** Attacks the gradient of a batch and judges the result by the truth; keeps the frames that `isFrame` selects. */
export function attackBatch(
  { network, gradient }: Client, batch: number, truth: BatchTruth, method: Method, options: MapAttackOptions,
  isFrame?: (iteration: number) => boolean,
): BatchRun {
  const { result, frames, seconds } = film(options, isFrame,
    (options) => ATTACKS[method].runBatch!(network, gradient, batch, { ...ATTACKS[method].preset, ...options }));
  const { labels, labelRule } = result;
  const images = unstack(result.images), order = truth.images && matchUp(images, truth.images);
  const measured = images.map((image, i) => {
    const number = order ? order[i] : null;
    return { label: labels[i], truth: number, ...measure(image, number === null ? undefined : truth.images![number]) };
  });
  const mean = (key: 'mse' | 'psnr' | 'ssim'): number => measured.reduce((sum, image) => sum + image[key], 0) / batch;
  const labelAccuracy = truth.labels ? multisetAccuracy(labels, truth.labels) : NaN;
  const record = {
    method,
    labelRule,
    labels,
    labelCorrect: truth.labels ? labelAccuracy === 1 : null,
    labelAccuracy,
    mse: mean('mse'),
    psnr: mean('psnr'),
    ssim: mean('ssim'),
    ...course(result, seconds),
    images: measured,
  };
  return { record, images: result.images, frames };
}

/** The number of the true image of each reconstruction. */
function matchUp(images: readonly Tensor[], truths: readonly Tensor[]): number[] {
  const errors = images.flatMap((image) => truths.map((truth) => mse(image, truth)));
  const largest = Number.MAX_VALUE / errors.length; // for a run that diverged
  return cheapestAssignment(images.length, Float64Array.from(errors, (error) => (error < largest ? error : largest)));
}

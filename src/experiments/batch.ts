/**
 * @file One run on a batch: its images and labels from one gradient. They come in no order, so each reconstruction is
 * taken for the image that the assignment with the least sum of squares gives it.
 */
import { assign } from '../attack/assignment.ts';
import { multisetAccuracy } from '../attack/batch-labels.ts';
import { idlgBatch, type BatchAttackResult } from '../attack/idlg.ts';
import { mse } from '../attack/metrics.ts';
import type { AttackOptions } from '../attack/reconstruct.ts';
import { unstack, type Tensor } from '../tensor/tensor.ts';
import { course, film, measure, type Client, type Run, type RunRecord } from './run.ts';

/** What a batch is judged by, as far as it is known: one of each an image, in any order. */
export interface BatchTruth {
  readonly images?: readonly Tensor[] | undefined;
  readonly labels?: readonly number[] | undefined;
}

/** As a RunRecord; the measures are means over the images. */
export interface BatchRecord extends Omit<RunRecord, 'method' | 'label' | 'labelRule' | 'labelCorrect'> {
  readonly method: 'idlg';
  readonly labelRule: BatchAttackResult['labelRule'];
  readonly labels: readonly number[];
  /** Whether all are right, and the share that is; null and NaN where the truth is not known. */
  readonly labelCorrect: boolean | null;
  readonly labelAccuracy: number;
  /** One a reconstruction, in their order; `truth` is the number of the image that it is taken for. */
  readonly images: readonly (Pick<RunRecord, 'label' | 'mse' | 'psnr' | 'ssim'> & { readonly truth: number | null })[];
}

export interface BatchRun extends Omit<Run, 'record'> {
  readonly record: BatchRecord;
}

/** Attacks the gradient of a batch by iDLG and judges the result by the truth; keeps the iterations of `isFrame`. */
export function attackBatch(
  { network, gradient }: Client, batch: number, truth: BatchTruth, options: AttackOptions,
  isFrame?: (iteration: number) => boolean,
): BatchRun {
  const { result, frames, seconds } = film(options, isFrame, (options) => idlgBatch(network, gradient, batch, options));
  const { labels, labelRule, image } = result;
  const images = unstack(image), order = truth.images && matchUp(images, truth.images);
  const measured = images.map((image, i) => {
    const number = order ? order[i] : null;
    return { label: labels[i], truth: number, ...measure(image, number === null ? undefined : truth.images![number]) };
  });
  const mean = (key: 'mse' | 'psnr' | 'ssim'): number => measured.reduce((sum, image) => sum + image[key], 0) / batch;
  const labelAccuracy = truth.labels ? multisetAccuracy(labels, truth.labels) : NaN;
  const record = {
    method: 'idlg' as const,
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
  return { record, image, frames };
}

/** The number of the true image of each reconstruction. */
function matchUp(images: readonly Tensor[], truths: readonly Tensor[]): number[] {
  const errors = images.flatMap((image) => truths.map((truth) => mse(image, truth)));
  const largest = Number.MAX_VALUE / errors.length; // for a run that diverged
  return assign(images.length, Float64Array.from(errors, (error) => (error < largest ? error : largest)));
}

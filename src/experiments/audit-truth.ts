/**
 * @file The truth that the results of an audit are measured against. No attack sees it.
 *
 *   FILE.png     one image
 *   FILE.json    { "labels": [7], "shape": [1, 1, 28, 28], "pixels": [0, 34, …] }: bytes, flat or nested; labels or
 *                pixels may be missing
 */
import { InputError, mismatch } from '../data/dataset.ts';
import { readBytes } from '../data/files.ts';
import { readPng } from '../data/png.ts';
import { toTensor } from '../data/raster.ts';
import { quoteShape } from '../data/tensors.ts';
import type { Network } from '../nn/network.ts';
import { sizeOf, unstack, type Tensor } from '../tensor/tensor.ts';
import type { BatchTruth } from './batch.ts';

/** @throws {InputError} if the file is not as above, or not of `batch` images that the network takes. */
export function readTruth(path: string, { imageShape, classes }: Network, batch: number): BatchTruth {
  const truth = path.toLowerCase().endsWith('.png') ? { images: [toTensor(readPng(path))] } : parse(path, classes);
  for (const [name, list] of Object.entries(truth)) {
    if (list && list.length !== batch) throw mismatch(path, `${batch} ${name}`, list.length);
  }
  for (const { shape } of truth.images ?? []) {
    if (`${shape}` === `${imageShape}`) continue;
    throw mismatch(path, `an image of shape [${imageShape}], as the network takes`, quoteShape(shape));
  }
  return truth;
}

function parse(path: string, classes: number): BatchTruth {
  let json: { labels?: unknown; shape?: unknown; pixels?: unknown };
  try {
    json = JSON.parse(readBytes(path).toString('utf8'));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw mismatch(path, 'JSON, or a file that ends in .png', 'other text', error);
  }
  const { labels, shape, pixels } = json ?? {};
  if (labels === undefined && pixels === undefined) {
    throw mismatch(path, '{"labels": […], "shape": […], "pixels": […]}', 'neither labels nor pixels');
  }
  const isLabel = (value: unknown): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < classes;
  if (labels !== undefined && !(Array.isArray(labels) && labels.every(isLabel))) {
    throw mismatch(path, `labels: a list of classes, 0 to ${classes - 1}`, 'other things');
  }
  return {
    ...(labels === undefined ? {} : { labels: labels as number[] }),
    ...(pixels === undefined ? {} : { images: imagesOf(path, shape, pixels) }),
  };
}

function imagesOf(path: string, shape: unknown, pixels: unknown): Tensor[] {
  const isSide = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
  if (!Array.isArray(shape) || shape.length !== 4 || !shape.every(isSide)) {
    const got = shape === undefined ? 'nothing'
      : Array.isArray(shape) && shape.every(isSide) ? quoteShape(shape) : 'other things';
    throw mismatch(path, 'shape: [batch, channels, height, width]', got);
  }
  const flat: unknown[] = Array.isArray(pixels) ? pixels.flat(4) : [];
  const isByte = (value: unknown): boolean => Number.isInteger(value) && 0 <= Number(value) && Number(value) <= 255;
  if (flat.length !== sizeOf(shape) || !flat.every(isByte)) {
    throw mismatch(path, `pixels: ${sizeOf(shape)} bytes, 0 to 255`, `${flat.length}, or not bytes`);
  }
  return unstack({ shape, data: Float64Array.from(flat as number[], (byte) => byte / 255) });
}

/**
 * @file The files of an audit: a film strip with a row an image, the reconstructions, and audit.json.
 */
import { encodePng } from '../data/png.ts';
import { toRaster } from '../data/raster.ts';
import { chooseFrames, filmStrip, type FilmRow } from '../plot/film-strip.ts';
import { unstack, type Tensor } from '../tensor/tensor.ts';
import type { BatchRecord, BatchTruth } from './batch.ts';
import { scientific } from './display.ts';
import type { OutputFolder } from './output.ts';
import { METHOD_TITLES, type Method, type Run, type RunRecord } from './run.ts';

/** A run, its pictures by image. */
export interface Outcome {
  readonly record: RunRecord | BatchRecord;
  readonly image: Tensor;
  readonly frames: Run['frames'];
}

const labelsIn = (record: RunRecord | BatchRecord): readonly number[] =>
  ('labels' in record ? record.labels : [record.label]);

/** The names of the reconstructions. */
export const pictureNames = (method: Method, batch: number): string[] =>
  Array.from({ length: batch }, (_, i) => `reconstruction-${method}${batch > 1 ? `-${i}` : ''}.png`);

/** Frames of a film strip after the original. */
const FRAMES = 10;

/** Writes all files; returns their names. */
export function writeFiles(out: OutputFolder, runs: readonly Outcome[], truth: BatchTruth, json: string): string[] {
  const names: string[] = [];
  const write = (name: string, content: string | Uint8Array): void => {
    out.write(name, content);
    names.push(name);
  };
  if (runs.length > 0) write('film.png', encodePng(filmStrip(runs.flatMap((run) => filmRows(run, truth)))));
  for (const { record, image } of runs) {
    const images = imagesIn(image), files = pictureNames(record.method, images.length);
    images.forEach((image, i) => write(files[i], encodePng(toRaster(image))));
  }
  write('audit.json', json);
  return names;
}

const imagesIn = (image: Tensor): Tensor[] => (image.shape.length === 4 ? unstack(image) : [image]);

/** A row an image: the original, where it is known, and how the reconstruction emerged. */
function filmRows({ record, image, frames }: Outcome, truth: BatchTruth): FilmRow[] {
  const labels = labelsIn(record), shown = chooseFrames(frames.length, FRAMES).map((n) => frames[n]);
  return imagesIn(image).map((_, i) => {
    const { mse, number } = 'images' in record
      ? { mse: record.images[i].mse, number: record.images[i].truth } : { mse: record.mse, number: 0 };
    const original = number === null ? undefined : truth.images?.[number];
    return {
      title: [
        METHOD_TITLES[record.method], `label ${labels[i]}`, ...(original ? [`MSE ${scientific(mse)}`] : []),
        `${record.evaluations} evaluations`,
      ].join('   '),
      frames: [
        ...(original ? [{ image: original, caption: 'original' }] : []),
        ...shown.map(({ iteration, image }) => ({ image: imagesIn(image)[i], caption: String(iteration) })),
      ],
    };
  });
}

/**
 * @file The files of an audit: a film strip with one row per image, the reconstructions, and audit.json.
 */
import { encodePng } from '../data/png.ts';
import { chooseFrames, filmStrip, type FilmRow } from '../plot/film-strip.ts';
import { unstack } from '../tensor/tensor.ts';
import { ATTACKS, type Method } from './attacks.ts';
import type { BatchRecord, BatchTruth } from './batch.ts';
import { scientific } from './display.ts';
import type { OutputFolder } from './output.ts';
import type { Outcome, RunRecord } from './run.ts';
import { amount } from './text.ts';

/** A run on one image or on a batch. */
export type AnyRun = Outcome<RunRecord | BatchRecord>;

const labelsIn = (record: RunRecord | BatchRecord): readonly number[] =>
  ('labels' in record ? record.labels : [record.label]);

/** The names of the reconstructions. */
export const pictureNames = (method: Method, batch: number): string[] =>
  Array.from({ length: batch }, (_, i) => `reconstruction-${method}${batch > 1 ? `-${i}` : ''}.png`);

/** Frames of a film strip after the original. */
const FRAMES = 10;

/** Writes all files; returns their names. */
export function writeFiles(out: OutputFolder, runs: readonly AnyRun[], truth: BatchTruth, json: string): string[] {
  const names: string[] = [];
  const write = (name: string, content: string | Uint8Array): void => {
    out.write(name, content);
    names.push(name);
  };
  if (runs.length > 0) write('film.png', encodePng(filmStrip(runs.flatMap((run) => filmRows(run, truth)))));
  for (const { record, images } of runs) {
    const files = pictureNames(record.method, images.shape[0]);
    unstack(images).forEach((image, i) => names.push(...out.writePicture(files[i], image)));
  }
  write('audit.json', json);
  return names;
}

/** One row per image: the original, if it is known, and how the reconstruction emerged. */
function filmRows({ record, images, frames }: AnyRun, truth: BatchTruth): FilmRow[] {
  const labels = labelsIn(record), shown = chooseFrames(frames.length, FRAMES).map((n) => frames[n]);
  return unstack(images).map((_, i) => {
    const { mse, number } = 'images' in record
      ? { mse: record.images[i].mse, number: record.images[i].truth } : { mse: record.mse, number: 0 };
    const original = number === null ? undefined : truth.images?.[number];
    return {
      title: [
        ATTACKS[record.method].title, `label ${labels[i]}`, ...(original ? [`MSE ${scientific(mse)}`] : []),
        amount(record.evaluations, 'evaluation'),
      ].join('   '),
      frames: [
        ...(original ? [{ image: original, caption: 'original' }] : []),
        ...shown.map(({ iteration, images }) => ({ image: unstack(images)[i], caption: String(iteration) })),
      ],
    };
  });
}

/** @file A data set of a few small images, drawn digits in MNIST's files: training and attacks take little time. */
import { digits } from '../../src/data/synthetic.ts';
import { toRaster } from '../../src/data/raster.ts';
import { resize } from '../../src/data/resize.ts';
import { idx, write } from '../data/files.ts';

/** Writes `count` digits of side × side pixels to `dir`, and returns the options that choose them. */
export function smallDataset(dir: string, count: number, side: number): string[] {
  const examples = Array.from({ length: count }, (_, i) => digits().example(i));
  const pixels = examples.map(({ image }) => resize(toRaster(image), side, side).bytes);
  write(dir, 'train-images-idx3-ubyte', idx([count, side, side], Buffer.concat(pixels)));
  write(dir, 'train-labels-idx1-ubyte', idx([count], Buffer.from(examples.map(({ label }) => label))));
  return ['--dataset', 'mnist', '--data', dir];
}

/**
 * @file A run as a row of a film strip: its outcome as the title, the original, and how the reconstruction emerged.
 */
import type { FilmRow } from '../plot/film-strip.ts';
import { unstack } from '../tensor/tensor.ts';
import { ATTACKS, type Solution } from './attacks.ts';
import { scientific } from './display.ts';
import type { Run, RunRecord } from './run.ts';
import type { Target } from './target.ts';
import { amount, wrap } from './text.ts';

/** How an analytic attack found each layer's input. */
export function solutionStory({ precision, error, layers }: Solution): string {
  const lines = layers.map(({ name, equations, unknowns, steps, error }) => {
    const system = `${equations} equations for ${unknowns} unknowns, ${amount(steps, 'step')}`;
    return `  ${name}: ${system}, error ${scientific(error)}\n`;
  });
  const sure = `the expected error of the image is ${scientific(error)} per pixel`;
  const sentence = `the gradient's numbers have a relative error of ${scientific(precision)}; ${sure}`;
  return lines.join('') + wrap('  ', sentence);
}

export const labelWord = ({ labelCorrect }: RunRecord): string => (labelCorrect ? 'right' : 'wrong');

/** @param frames the ones to show, each above the number of its iteration; @param of begins the title. */
export function filmRow({ image }: Target, { record }: Run, frames: Run['frames'], of = ''): FilmRow {
  return {
    title: [
      `${of}${ATTACKS[record.method].title}`,
      `label ${record.label} (${labelWord(record)})`,
      `MSE ${scientific(record.mse)}`,
      amount(record.evaluations, 'evaluation'),
    ].join('   '),
    frames: [
      { image, caption: 'original' },
      ...frames.map(({ iteration, images }) => ({ image: unstack(images)[0], caption: String(iteration) })),
    ],
  };
}

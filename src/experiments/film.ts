/**
 * @file A run as a row of a film strip: what came of it as the title, the original, and how the reconstruction emerged.
 */
import type { FilmRow } from '../plot/film-strip.ts';
import { scientific } from './display.ts';
import { METHOD_TITLES, type Run, type RunRecord, type Solution } from './run.ts';
import type { Target } from './target.ts';

/** How the closed form found each layer's input. */
export function solutionStory({ precision, error, layers }: Solution): string {
  const lines = layers.map(({ name, equations, unknowns, steps, error }) =>
    `  ${name}: ${equations} equations for ${unknowns} unknowns, ${steps} steps, error ${scientific(error)}\n`);
  const sure = `an image that errs by ${scientific(error)} a pixel is expected`;
  return `${lines.join('')}  the gradient's numbers err by ${scientific(precision)} of their size: ${sure}\n`;
}

export const labelWord = ({ labelCorrect }: RunRecord): string => (labelCorrect ? 'right' : 'wrong');

/** @param frames those that are shown, each over the number of its iteration; @param of begins the title. */
export function filmRow({ image }: Target, { record }: Run, frames: Run['frames'], of = ''): FilmRow {
  return {
    title: [
      `${of}${METHOD_TITLES[record.method]}`,
      `label ${record.label} (${labelWord(record)})`,
      `MSE ${scientific(record.mse)}`,
      `${record.evaluations} evaluations`,
    ].join('   '),
    frames: [
      { image, caption: 'original' },
      ...frames.map(({ iteration, image }) => ({ image, caption: String(iteration) })),
    ],
  };
}

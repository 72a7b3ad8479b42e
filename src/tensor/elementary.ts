/**
 * @file eˣ, ln x, tanh x, and cos x with sin x: those of Math. Their last bit differs from engine to engine, and in a
 * descent of hundreds of steps a last bit grows. A program whose runs must be the same everywhere puts other functions
 * in their place, with `useElementary`: whoever imports these names then sees the others.
 */
export type Elementary = Pick<Math, 'exp' | 'log' | 'tanh'> & { cosSin(x: number): readonly [number, number] };

export let { exp, log, tanh }: Pick<Math, 'exp' | 'log' | 'tanh'> = Math;
export let cosSin: Elementary['cosSin'] = (x) => [Math.cos(x), Math.sin(x)];

/** From now on, all of this program computes with these functions. */
export function useElementary(functions: Elementary): void {
  ({ exp, log, tanh, cosSin } = functions);
}

/**
 * @file eˣ, ln x, tanh x, and cos x with sin x. IEEE 754 leaves the last bit of these to the engine, and in a descent of
 * hundreds of steps a last bit grows. So where the same seed has to give the same bits on every engine, `useElementary`
 * puts other functions in the place of Math's, those of src/kernels/elementary.ts.
 */
export interface Elementary {
  readonly exp: (x: number) => number;
  readonly log: (x: number) => number;
  readonly tanh: (x: number) => number;
  /** [cos x, sin x] */
  readonly cosSin: (x: number) => readonly [number, number];
}

export let { exp, log, tanh }: Pick<Elementary, 'exp' | 'log' | 'tanh'> = Math;
export let cosSin: Elementary['cosSin'] = (x) => [Math.cos(x), Math.sin(x)];

/** From now on, all of this program computes with these functions. */
export function useElementary(functions: Elementary): void {
  ({ exp, log, tanh, cosSin } = functions);
}

/**
 * @file What goes between the page and its workers. What comes back are transferred buffers; a job's picture, which the
 * page keeps, is copied.
 */
import type { DefenceSetting } from '../../src/attack/defences.ts';
import type { ExtractedLabel } from '../../src/attack/extract-label.ts';
import type { ClosedFormResult } from '../../src/attack/closed-form.ts';
import type { AttackResult } from '../../src/attack/reconstruct.ts';
import type { ActivationName } from '../../src/nn/activation.ts';
import type { LineSearch } from '../../src/optim/lbfgs.ts';

export const METHODS = ['iDLG', 'DLG'] as const;
export type Method = (typeof METHODS)[number];

/** A client and what is done to it; pictures are [1, 28, 28], pixels in [0, 1]. */
export interface Job {
  readonly image: Float64Array;
  readonly label: number;
  readonly seed: number;
  readonly activation: ActivationName;
  readonly defence: DefenceSetting;
  readonly lineSearch: LineSearch;
  readonly tolerance: number;
}

/** To a worker. `id` names what is asked; each answer has it, so that one to an older question can be told. */
export type Question = { readonly id: number } & (
  | { readonly ask: 'gradient' | 'closed-form'; readonly job: Job }
  /** Look at the start, and wait. */
  | { readonly ask: 'attack'; readonly job: Job; readonly method: Method }
  | { readonly ask: 'go' | 'pause' | 'step' }
);

/** One tensor of the gradient, its numbers `from` … in `data`. */
export interface Window {
  readonly name: string;
  readonly shape: readonly number[];
  readonly from: number;
}

/** What the client shares, and what its last layer gives away. */
export interface SharedGradient {
  readonly data: Float64Array;
  readonly windows: readonly Window[];
  /** ‖shared − ∇W‖ / ‖∇W‖: what the defence has done. */
  readonly change: number;
  /** ∂ℓ/∂b and the row sums of ∂ℓ/∂W of the last layer, [classes]. */
  readonly b: Float64Array;
  readonly rowSums: Float64Array;
  /** Σ a of the last layer's input, from these two; and a seed at which it is below zero, where it is not here. */
  readonly inputSum: number;
  readonly negativeSeed: number | undefined;
  /** By each rule of extract-label.ts. */
  readonly labels: readonly ExtractedLabel[];
}

export interface Point {
  readonly iteration: number;
  readonly evaluations: number;
  readonly objective: number;
  readonly mse: number;
}

/** What came of a run: of its result, which is past the last point where the last iteration moved nothing. */
export type End = Pick<AttackResult, 'label' | 'stop' | 'evaluations'> & { readonly mse: number };
export type Solution = Pick<ClosedFormResult, 'label' | 'error' | 'isDetermined' | 'layers'> & {
  readonly image: Float64Array;
  readonly mse: number;
  readonly milliseconds: number;
};

/** From a worker. */
export type Answer = { readonly id: number } & (
  | { readonly say: 'gradient'; readonly gradient: SharedGradient }
  | { readonly say: 'closed-form'; readonly solution: Solution }
  /** The points since the last look, the picture at the last of them, and how the run ended where it has. */
  | {
    readonly say: 'look';
    readonly points: readonly Point[];
    readonly image: Float64Array;
    readonly end: End | undefined;
    /** Spent on the run so far. */
    readonly milliseconds: number;
  }
  | { readonly say: 'failed'; readonly message: string }
);

/**
 * @file The messages between the page and its workers. Answers transfer their buffers; a job's picture is copied,
 * because the page keeps it.
 */
import type { ExtractedLabel } from '../../src/attack/extract-label.ts';
import type { Reconstruction } from '../../src/attack/reconstruct.ts';
import type { AnalyticReconstruction } from '../../src/beyond/analytic/analytic.ts';
import type { DefenceSetting } from '../../src/beyond/defence/defences.ts';
import type { ActivationName } from '../../src/nn/activation.ts';
import type { LineSearch } from '../../src/optim/lbfgs.ts';

export const METHODS = ['iDLG', 'DLG'] as const;
export type Method = (typeof METHODS)[number];

/** A client and how it is attacked; pictures are [1, 28, 28], pixels in [0, 1]. */
export interface Job {
  readonly image: Float64Array;
  readonly label: number;
  readonly seed: number;
  readonly activation: ActivationName;
  readonly defence: DefenceSetting;
  readonly lineSearch: LineSearch;
  readonly tolerance: number;
}

/** To a worker. `id` names the question; answers repeat it, so that an answer to an older question is recognised. */
export type Question = { readonly id: number } & (
  | { readonly ask: 'gradient' | 'analytic'; readonly job: Job }
  /** Look at the start, and wait. */
  | { readonly ask: 'attack'; readonly job: Job; readonly method: Method }
  | { readonly ask: 'go' | 'pause' | 'step' }
);

/** One tensor of the gradient: its numbers begin at `from` in `data`. */
export interface Window {
  readonly name: string;
  readonly shape: readonly number[];
  readonly from: number;
}

/** What the client shares, and what its last layer gives away. */
export interface SharedGradient {
  readonly data: Float64Array;
  readonly windows: readonly Window[];
  /** ‖shared − ∇W‖ / ‖∇W‖: how much the defence changes. */
  readonly change: number;
  /** ∂ℓ/∂b and the row sums of ∂ℓ/∂W of the last layer, [classes]. */
  readonly b: Float64Array;
  readonly rowSums: Float64Array;
  /** Σ a of the last layer's input, from these two; and, if it is above zero, a seed for which it is below. */
  readonly inputSum: number;
  readonly negativeSeed: number | undefined;
  /** The label by each rule of extract-label.ts. */
  readonly labels: readonly ExtractedLabel[];
}

export interface Point {
  readonly iteration: number;
  readonly evaluations: number;
  readonly objective: number;
  readonly mse: number;
}

/** The outcome of a run. */
export type End = Pick<Reconstruction, 'label' | 'stop' | 'evaluations'> & { readonly mse: number };
export type Solution = Pick<AnalyticReconstruction, 'label' | 'error' | 'isDetermined' | 'layers'> & {
  readonly image: Float64Array;
  readonly mse: number;
  readonly milliseconds: number;
};

/** From a worker. */
export type Answer = { readonly id: number } & (
  | { readonly say: 'gradient'; readonly gradient: SharedGradient }
  | { readonly say: 'analytic'; readonly solution: Solution }
  /** The points since the last look, the picture at the last of them, and the outcome, if the run has ended. */
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

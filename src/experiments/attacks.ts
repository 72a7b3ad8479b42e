/**
 * @file The attacks by name, one row each. To add one, write its file and a row here: every command then offers it.
 */
import { dlg } from '../attack/dlg.ts';
import { idlg } from '../attack/idlg.ts';
import type { Reconstruction } from '../attack/reconstruct.ts';
import { analytic, type AnalyticReconstruction } from '../beyond/analytic/analytic.ts';
import { idlgBatch, type BatchReconstruction, type IdlgBatchOptions } from '../beyond/batch/idlg-batch.ts';
import { withPrior, type MapAttackOptions, type PriorOptions } from '../beyond/prior/map.ts';
import { InputError } from '../data/dataset.ts';
import type { ActivationName } from '../nn/activation.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import type { Style } from '../plot/svg.ts';

type Options = MapAttackOptions & { readonly labels?: readonly number[] };

/** What an analytic attack reports about its own result: the precision of the gradient, and each layer's system. */
export type Solution = Pick<AnalyticReconstruction, 'precision' | 'error' | 'layers'>;

/** A reconstruction; an analytic one says whether its equations determine it, and how precisely. */
export type Found =
  Omit<Reconstruction, 'stop'> & Pick<Reconstruction | AnalyticReconstruction, 'stop'> & Partial<Solution>;

interface Attack {
  /** The method's name as users see it. */
  readonly title: string;
  /** How it finds the image, after "the image is". */
  readonly image: string;
  /** Whether the label is found by descent, together with the image. Others read it off the last layer's gradient. */
  readonly descendsLabel?: true;
  /** Whether it needs activations that have an inverse. */
  readonly inverts?: true;
  /** Whether it makes no iterations at all. */
  readonly isDirect?: true;
  /** Its own defaults of some options. */
  readonly preset?: PriorOptions;
  /** Its line in a chart. */
  readonly style: Style;
  /** The attack on the gradient of one image. */
  readonly run: (network: Network, gradient: ParameterVector, options: Options) => Found;
  /** The attack on the mean gradient of a batch, if it can do that. */
  readonly runBatch?:
    (network: Network, gradient: ParameterVector, batch: number, options: Options) => BatchReconstruction;
}

function idlgOnBatch(
  network: Network, gradient: ParameterVector, batch: number, options: Options,
): BatchReconstruction {
  const attack = (network: Network, gradient: ParameterVector, options: IdlgBatchOptions): BatchReconstruction =>
    idlgBatch(network, gradient, batch, options);
  return withPrior(attack, network, gradient, batch, options);
}

const TABLE = {
  idlg: {
    title: 'iDLG',
    image: 'found by descent from noise',
    style: { colour: '#0a4a8f', marker: 'circle', solid: true },
    run: (network, gradient, options) => withPrior(idlg, network, gradient, 1, options),
    runBatch: idlgOnBatch,
  },
  dlg: {
    title: 'DLG',
    image: 'found by descent from noise',
    descendsLabel: true,
    style: { colour: '#b04a00', marker: 'square', solid: false },
    run: (network, gradient, options) => withPrior(dlg, network, gradient, 1, options),
  },
  analytic: {
    title: 'analytic',
    image: 'solved for, layer by layer',
    inverts: true,
    isDirect: true,
    style: { colour: '#2d6a2d', marker: 'triangle', solid: true },
    run: analytic,
  },
  'analytic+idlg': {
    title: 'analytic, then iDLG',
    image: 'solved for, layer by layer, and then refined by descent',
    inverts: true,
    style: { colour: '#7a3b8f', marker: 'triangle', solid: false },
    run: (network, gradient, options) => {
      const { image, precision, error, layers } = analytic(network, gradient, options);
      return { ...withPrior(idlg, network, gradient, 1, { ...options, start: image }), precision, error, layers };
    },
  },
  map: {
    title: 'iDLG with a prior',
    image: 'found by descent, as the likeliest smooth image with pixels in [0, 1], at any scale of the gradient',
    style: { colour: '#8a6d00', marker: 'square', solid: true },
    preset: { prior: 'tv', objective: 'cosine' },
    run: (network, gradient, options) => withPrior(idlg, network, gradient, 1, options),
    runBatch: idlgOnBatch,
  },
} satisfies Record<string, Attack>;

export type Method = keyof typeof TABLE;
export const ATTACKS: Readonly<Record<Method, Attack>> = TABLE;
export const METHODS = Object.keys(TABLE) as readonly Method[];
/** The two methods of the papers. */
export const PAPER_METHODS = ['idlg', 'dlg'] as const satisfies readonly Method[];

/** Names that methods had in earlier versions. */
export const FORMER_NAMES: Readonly<Record<string, Method>> = {
  'closed-form': 'analytic', 'closed-form+idlg': 'analytic+idlg',
};

/** @throws {InputError} if a method inverts the activations, and one of them has no inverse. */
export function expectInvertible(
  methods: readonly Method[], activations: readonly (ActivationName | undefined)[],
): void {
  const method = methods.find((name) => ATTACKS[name].inverts);
  if (!method || !activations.includes('relu')) return;
  throw new InputError(`--method ${method}: expected sigmoid or tanh, which have an inverse, got relu, which gives 0 ` +
    'for all inputs below 0');
}

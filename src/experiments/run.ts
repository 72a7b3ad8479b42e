/**
 * @file One run: a client with a network and a private image, and one attack on the gradient that it shares.
 *
 * The attack is given the network and ∇W. The truth goes along for the record of the MSE, and is compared at the end.
 */
import { closedForm, type ClosedFormResult } from '../attack/closed-form.ts';
import { dlg } from '../attack/dlg.ts';
import { idlg } from '../attack/idlg.ts';
import { mse, psnr, ssim } from '../attack/metrics.ts';
import type { AttackOptions, AttackPoint, AttackResult } from '../attack/reconstruct.ts';
import { InputError } from '../data/dataset.ts';
import type { ActivationName } from '../nn/activation.ts';
import { lenet } from '../nn/lenet.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Target } from './target.ts';

/** What an attack gives a run: the closed form has no iterations, but says how sure it is. */
type Attacked = Omit<AttackResult, 'stop' | 'trajectory'> & {
  readonly stop: AttackResult['stop'] | 'solved' | 'undetermined';
  readonly solution?: Solution;
};
type Attack = (network: Network, gradient: ParameterVector, options: AttackOptions) => Attacked;

/** What the closed form says of its own result. */
export type Solution = Pick<ClosedFormResult, 'precision' | 'error' | 'layers'>;

/** The closed form's image, with L_G evaluated once for the record: iDLG from there, of no iterations. */
const solve: Attack = (network, gradient, options) => {
  const { image, isDetermined, precision, error, layers } = closedForm(network, gradient, { seed: options.seed ?? 0 });
  const record = idlg(network, gradient, { ...options, start: image, iterations: 0 });
  return { ...record, stop: isDetermined ? 'solved' : 'undetermined', solution: { precision, error, layers } };
};

/** iDLG from the closed form's image instead of noise. */
const solveAndDescend: Attack = (network, gradient, options) => {
  const { image, precision, error, layers } = closedForm(network, gradient, { seed: options.seed ?? 0 });
  return { ...idlg(network, gradient, { ...options, start: image }), solution: { precision, error, layers } };
};

const ATTACKS = {
  idlg,
  dlg,
  'closed-form': solve,
  'closed-form+idlg': solveAndDescend,
} satisfies Record<string, Attack>;
export type Method = keyof typeof ATTACKS;
export const METHODS = Object.keys(ATTACKS) as readonly Method[];
/** The papers' two, and as their tables have them. */
export const PAPER_METHODS = ['idlg', 'dlg'] as const satisfies readonly Method[];
/** A method as the papers write it. */
export const METHOD_TITLES: Readonly<Record<Method, string>> = {
  idlg: 'iDLG',
  dlg: 'DLG',
  'closed-form': 'closed form',
  'closed-form+idlg': 'closed form, then iDLG',
};
/** Whether a method inverts the activation, and so needs one with an inverse. */
export const isClosedForm = (method: Method): boolean => method.startsWith('closed-form');

/** @throws {InputError} where a method inverts an activation that has no inverse. */
export function expectInvertible(
  methods: readonly Method[], activations: readonly (ActivationName | undefined)[],
): void {
  const method = methods.find(isClosedForm);
  if (!method || !activations.includes('relu')) return;
  throw new InputError(`--method ${method}: expected sigmoid or tanh, which have an inverse, got relu, by which all ` +
    'inputs below 0 give 0');
}

/** What the server has of a client: the network that it sent out, and the gradient that came back. */
export interface Client {
  readonly network: Network;
  readonly gradient: ParameterVector;
}

/** What a reconstruction is judged by, as far as it is known. */
export interface Truth {
  readonly image?: Tensor | undefined;
  readonly label?: number | undefined;
}

/** One line of the results: everything but the pictures. Numbers that are not finite become null in JSON. */
export interface RunRecord {
  readonly method: Method;
  readonly labelRule: AttackResult['labelRule'];
  readonly label: number;
  /** Null where the truth is not known; the measures of the image are NaN then. */
  readonly labelCorrect: boolean | null;
  readonly mse: number;
  /** Decibels. */
  readonly psnr: number;
  readonly ssim: number;
  /** L_G at the end. */
  readonly objective: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly seconds: number;
  readonly stop: Attacked['stop'];
  /** Of the closed form: how precise the gradient is taken to be, and each layer's system. */
  readonly solution?: Solution;
}

export interface Run {
  readonly record: RunRecord;
  readonly image: Tensor;
  /** The reconstruction at the iterations asked for and, where any were, at the last. */
  readonly frames: readonly { readonly iteration: number; readonly image: Tensor }[];
}

/** A client with LeNet's weights drawn from `seed`, and its gradient for the target's image and label. */
export function createClient({ image, label, classes }: Target, activation: ActivationName, seed: number): Client {
  const [channels, height, width] = image.shape;
  const network = lenet({ channels, height, width, classes, activation, seed });
  return { network, gradient: network.gradient(image, label) };
}

/** Frames for a film of any length: the first 64, then 32 of each octave, so that long runs need little memory. */
export const filmed = (iteration: number): boolean =>
  iteration < 64 || iteration % 2 ** (Math.floor(Math.log2(iteration)) - 5) === 0;

const copyOf = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.slice() });

/** Attacks the client's gradient by `method` and judges the result by the truth; keeps the iterations of `isFrame`. */
export function attackClient(
  { network, gradient }: Client, truth: Truth, method: Method, options: AttackOptions,
  isFrame?: (iteration: number) => boolean,
): Run {
  const { image, label } = truth, known = image ? { truth: image } : {};
  const { result, frames, seconds } = film({ ...options, ...known }, isFrame,
    (options): Attacked => ATTACKS[method](network, gradient, options));
  const record = {
    method,
    labelRule: result.labelRule,
    label: result.label,
    labelCorrect: label === undefined ? null : result.label === label,
    ...measure(result.image, image),
    ...course(result, seconds),
    ...(result.solution && { solution: result.solution }),
  };
  return { record, image: result.image, frames };
}

/** The papers' MSE, and PSNR and SSIM; NaN where the truth is not known. */
export function measure(image: Tensor, truth: Tensor | undefined): Pick<RunRecord, 'mse' | 'psnr' | 'ssim'> {
  if (!truth) return { mse: NaN, psnr: NaN, ssim: NaN };
  return { mse: mse(image, truth), psnr: psnr(image, truth), ssim: ssim(image, truth) };
}

type Course = Pick<Attacked, 'image' | 'objective' | 'iterations' | 'evaluations' | 'stop'>;

/** How a run went, for its record. */
export function course(
  { objective, iterations, evaluations, stop }: Course, seconds: number,
): Omit<Course, 'image'> & Pick<RunRecord, 'seconds'> {
  return { objective, iterations, evaluations, seconds, stop };
}

/** Runs an attack, times it, and keeps the iterations of `isFrame`. */
export function film<R extends Course>(
  options: AttackOptions, isFrame: ((iteration: number) => boolean) | undefined, attack: (options: AttackOptions) => R,
): { readonly result: R; readonly frames: Run['frames']; readonly seconds: number } {
  const frames: Run['frames'][number][] = [];
  const onIteration = (point: AttackPoint): boolean | void => {
    if (isFrame?.(point.iteration)) frames.push({ iteration: point.iteration, image: copyOf(point.image) });
    return options.onIteration?.(point);
  };
  const start = performance.now();
  const result = attack({ ...options, onIteration });
  const seconds = (performance.now() - start) / 1000, { image, iterations } = result;
  if (isFrame?.(iterations) === false) frames.push({ iteration: iterations, image });
  return { result, frames, seconds };
}

/**
 * @file The options of the attacks that descend with a prior, another objective or another optimiser.
 */
import {
  ALL_LEARNING_RATES, ALL_OPTIMIZERS, defaultIterations, OBJECTIVES, PRIORS, type MapAttackOptions, type PriorOptions,
} from '../beyond/prior/map.ts';
import { InputError } from '../data/dataset.ts';
import { ATTACKS, type Method } from './attacks.ts';
import type { Options, OptionTable } from './options.ts';

/** `--iterations`, where the attacks may have a prior. */
export const ITERATIONS_OPTION: OptionTable[string] = {
  value: 'N',
  about: 'at most N iterations; one iteration of L-BFGS makes up to 20 moves; default: ' +
    `${defaultIterations({ optimizer: 'adam' })} with Adam, otherwise ${defaultIterations({})}, or ` +
    `${defaultIterations({ prior: 'tv' })} with a prior`,
};

export const PRIOR_OPTIONS: OptionTable = {
  prior: {
    choices: PRIORS,
    about: 'what the attacker expects of an image: nothing (none), pixels in [0, 1] (box), or also smoothness, that ' +
      'is, a small total variation (tv); default: none, but tv for the method map',
  },
  'prior-weight': {
    value: 'w',
    about: 'weight of the total variation, in nats; default: chosen from the noise in the gradient',
  },
  objective: {
    choices: OBJECTIVES,
    about: 'what a descent minimises: L_G (squared), or 1 − the cosine of the angle between the gradients (cosine), ' +
      'which clipping does not change; default: squared, but cosine for the method map',
  },
  optimizer: {
    choices: ALL_OPTIMIZERS,
    about: 'L-BFGS, as in the papers\' code; gradient descent, Eq. (6), which takes no prior; Adam; or Adam on the ' +
      'signs of the derivatives [lbfgs]',
  },
  restarts: { value: 'N', about: 'descend from N starts and keep the result with the lowest objective [1]' },
};

/** The names under which `PRIOR_OPTIONS` are read. */
export type PriorSettings = Pick<
  MapAttackOptions, 'prior' | 'priorWeight' | 'objective' | 'optimizer' | 'restarts'>;

const MOST_RESTARTS = 1000;

/** The settings that were given; the others are left out. @throws {InputError} if they contradict each other. */
export function readPrior(options: Options, methods: readonly Method[]): PriorSettings {
  const given = Object.keys(PRIOR_OPTIONS).find((name) => options.has(name));
  if (given && methods.length > 0 && methods.every((method) => ATTACKS[method].isDirect)) {
    throw new InputError(`--${given}: expected it with an attack that descends, got --method ${methods.join()}`);
  }
  const settings: PriorSettings = {
    ...(options.has('prior') && { prior: options.choice('prior', PRIORS, 'none') }),
    ...(options.has('objective') && { objective: options.choice('objective', OBJECTIVES, 'squared') }),
    ...(options.has('optimizer') && { optimizer: options.choice('optimizer', ALL_OPTIMIZERS, 'lbfgs') }),
  };
  const unused = ['tolerance', 'look-every', 'relative', 'line-search'].find((name) => options.has(name));
  const descents = methods.filter((method) => !ATTACKS[method].isDirect);
  if (unused && descents.length > 0 && descents.every((method) => ignoresTolerance(method, settings))) {
    throw new InputError(`--${unused}: expected it with L-BFGS or gd on L_G, got it with a prior, the cosine or ` +
      'Adam, which end by rules of their own');
  }
  const weight = options.number('prior-weight', { zero: true });
  const restarts = options.integer('restarts', 1, MOST_RESTARTS);
  const priors = methods.map((method) => settings.prior ?? ATTACKS[method].preset?.prior ?? 'none');
  if (weight !== undefined && !priors.includes('tv')) {
    throw new InputError('--prior-weight: expected it with --prior tv, which has a weight, got it without');
  }
  if (settings.optimizer === 'gd' && priors.some((prior) => prior !== 'none')) {
    throw new InputError('--optimizer gd: expected lbfgs, adam or sign-adam with a prior, got gd');
  }
  return {
    ...settings,
    ...(weight !== undefined && { priorWeight: weight }),
    ...(restarts !== undefined && { restarts }),
  };
}

/** Whether a method descends something else than L_G, or by Adam. */
const ignoresTolerance = (method: Method, settings: PriorSettings): boolean =>
  hasOtherObjective(method, settings) || ['adam', 'sign-adam'].includes(settings.optimizer ?? 'lbfgs');

/** The options that were given, as on the command line; empty if there were none. */
export const priorText = (options: Options): string => Object.keys(PRIOR_OPTIONS).flatMap((name) => {
  const text = options.text(name);
  return text === undefined ? [] : [`--${name} ${text}`];
}).join(' ');

/** Whether a method has a prior with these settings. */
export const hasPrior = (method: Method, settings: PriorSettings): boolean =>
  ({ prior: 'none', ...ATTACKS[method].preset, ...settings }).prior !== 'none';

/** Whether a method minimises something other than L_G with these settings. */
export function hasOtherObjective(method: Method, settings: PriorSettings): boolean {
  return hasPrior(method, settings) || { ...ATTACKS[method].preset, ...settings }.objective === 'cosine';
}

/** The default for the largest number of iterations of a method. */
export const iterationsFor = (method: Method, settings: PriorOptions): number =>
  defaultIterations({ ...ATTACKS[method].preset, ...settings });

/** The default η. */
export const learningRateFor = ({ optimizer = 'lbfgs' }: PriorOptions): number => ALL_LEARNING_RATES[optimizer];

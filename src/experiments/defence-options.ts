/**
 * @file The options that name defences: one for a single attack, several for a sweep.
 */
import { DEFENCES, defend, type DefenceName, type DefenceSetting } from '../beyond/defence/defences.ts';
import { undoScale } from '../beyond/diagnosis/scale.ts';
import { withoutPruned } from '../beyond/shared-numbers.ts';
import { InputError } from '../data/dataset.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import type { Options, OptionTable } from './options.ts';
import { DEFENCE_NAMES } from './protocol.ts';
import type { Client } from './run.ts';

export const DEFENCE_OPTION: OptionTable = {
  defence: {
    value: 'NAME[=S]',
    about: 'what the client does to its gradient before sharing it, and how strongly, such as gaussian=0.01; ' +
      `one of ${DEFENCE_NAMES.join(', ')} [none]`,
  },
};

const isDefence = (name: string): name is DefenceName => DEFENCE_NAMES.some((known) => known === name);

/** What --defence says. @throws {InputError} if there is no such defence, or its strength is missing or wrong. */
export function readDefence(options: Options): DefenceSetting {
  const text = options.text('defence') ?? 'none', [name, strength, ...rest] = text.split('=');
  if (!isDefence(name) || rest.length > 0) {
    const names = DEFENCE_NAMES.join(', ');
    throw new InputError(`--defence: expected one of ${names}, then = and a strength, got "${text}"`);
  }
  const { measure, strengths } = DEFENCES[name], value = Number(strength);
  if (measure === undefined) {
    if (strength !== undefined) throw new InputError(`--defence ${name}: expected no strength, got "${strength}"`);
    return { defence: name };
  }
  const isNumber = strength !== undefined && /^[\de.+-]+$/i.test(strength) && Number.isFinite(value);
  if (!isNumber || value < 0 || (name === 'prune' && value > 1) || (value === 0 && name !== 'prune')) {
    const example = `${name}=${strengths[0]}`;
    throw new InputError(`--defence ${name}: expected its ${measure} as in ${example}, got "${text}"`);
  }
  return { defence: name, strength: value };
}

/** The defences that --defences names. @throws {InputError} if it names something else. */
export function readDefences(options: Options, otherwise: readonly DefenceName[]): readonly DefenceName[] {
  const names = options.text('defences')?.split(',');
  if (!names) return otherwise;
  const wrong = names.find((name) => !isDefence(name));
  if (wrong === undefined) return DEFENCE_NAMES.filter((name) => names.includes(name));
  throw new InputError(`--defences: expected any of ${DEFENCE_NAMES.join(', ')}, got "${wrong}"`);
}

/**
 * What an attack on a client with this defence starts from, as in `audit`: the shared gradient is divided by its scale,
 * if that can be recognised, and numbers that were pruned are left out of L_G. @param seed draws the noise.
 */
export function defended({ network, gradient }: Client, setting: DefenceSetting | undefined, seed: number): Client {
  if (!setting || setting.defence === 'none') return { network, gradient };
  const shared = undoScale(defend(gradient, setting, new Random(seed, STREAMS.noise)), network);
  return { network: withoutPruned(network, shared), gradient: shared };
}

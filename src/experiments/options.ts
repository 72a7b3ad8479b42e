/**
 * @file A command's options: one table from which they are read, checked and explained.
 *
 * node:util's parseArgs reads them. The messages added here name the option, what it takes and what it got.
 */
import { parseArgs } from 'node:util';
import { InputError } from '../data/dataset.ts';
import { wrap } from './text.ts';

export interface OptionSpec {
  /** The value's name in the help: N, DIR, FILE.png; left out for a switch. */
  readonly value?: string;
  /** The only values that are allowed. */
  readonly choices?: readonly string[];
  /** Whether several may be given, separated by commas. */
  readonly many?: true;
  /** The names that choices had in earlier versions, each with its present name. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** For the help: what it does and, in brackets, the default as it can be typed. */
  readonly about: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

const listOf = (names: readonly string[]): string => names.join(', ');

/** The values that a command was given, by their options' names. */
export class Options {
  readonly #table: OptionTable;
  readonly #values = new Map<string, string>();
  /** The arguments that are not options: names of folders or of data sets. */
  readonly positionals: readonly string[];

  /**
   * @param positional what the other arguments stand for, such as DIR, if the command takes any.
   * @throws {InputError} for an option or value that the table does not have, a missing value, or an option twice.
   */
  constructor(table: OptionTable, args: readonly string[], { positional }: { readonly positional?: string } = {}) {
    this.#table = table;
    const expected = positional ? `${positional} or an option` : 'an option', positionals: string[] = [];
    const typeOf = ({ value, choices }: OptionSpec) => ({ type: value || choices ? 'string' : 'boolean' }) as const;
    const types = Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, typeOf(spec)]));
    const { tokens } = parseArgs({ args: [...args], options: types, strict: false, tokens: true });
    for (const token of tokens) {
      if (token.kind === 'option-terminator') throw new InputError(`expected ${expected}, got "--"`);
      if (token.kind === 'positional') {
        if (!positional || token.value === '') throw new InputError(`expected ${expected}, got "${token.value}"`);
        positionals.push(token.value);
      }
      if (token.kind === 'option') this.#take(token.name, token.rawName, token.value, token.inlineValue);
    }
    this.positionals = positionals;
  }

  #take(name: string, rawName: string, value: string | undefined, inline: boolean | undefined): void {
    const spec = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined;
    if (!spec || rawName !== `--${name}`) {
      const known = Object.keys(this.#table).map((option) => `--${option}`);
      throw new InputError(`${rawName}: no such option; the options are ${listOf(known)}`);
    }
    if (this.#values.has(name)) throw new InputError(`--${name}: expected it once, got it twice`);
    const isSwitch = !spec.value && !spec.choices;
    if (isSwitch && value !== undefined) throw new InputError(`--${name}: expected no value, got "${value}"`);
    // An option's name in the place of a value means that the value was forgotten, unless it follows a =.
    if (!isSwitch && (value === undefined || value === '' || (!inline && value.startsWith('--')))) {
      const expected = spec.choices ? listOf(spec.choices) : spec.value;
      throw new InputError(`--${name}: expected ${expected}, got ${value ? `the option ${value}` : 'nothing'}`);
    }
    const { choices, renamed = {} } = spec, values = spec.many ? value!.split(',') : [value!];
    const former = values.find((given) => Object.hasOwn(renamed, given));
    if (former) throw new InputError(`--${name}: ${former} is now called ${renamed[former]}`);
    const wrong = choices && values.find((given) => !choices.includes(given));
    if (wrong !== undefined) {
      throw new InputError(`--${name}: expected one of ${listOf(choices!)}, got "${wrong}"`);
    }
    this.#values.set(name, value ?? '');
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The option's text, or undefined if it was not given. */
  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** The option's value out of `choices`, which are the table's. */
  choice<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    return choices.find((choice) => choice === this.#values.get(name)) ?? otherwise;
  }

  /** A whole number from `least` to `most`. @throws {InputError} if the option is not one. */
  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InputError(`--${name}: expected a whole number from ${least} to ${most}, got "${text}"`);
    }
    return value;
  }

  /** A number, above 0 or from 0 on. @throws {InputError} if the option is not one. */
  number(name: string, { zero }: { readonly zero: boolean }): number | undefined {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^[-+.\de]+$/i.test(text) || !Number.isFinite(value) || value < 0 || (value === 0 && !zero)) {
      throw new InputError(`--${name}: expected a number ${zero ? 'of at least 0' : 'above 0'}, got "${text}"`);
    }
    return value;
  }

  /** @throws {InputError} if `name` was given together with one of `others`; `why` says why they exclude each other. */
  exclude(name: string, others: readonly string[], why: string): void {
    for (const other of others) {
      if (this.has(name) && this.has(other)) {
        throw new InputError(`--${name} and --${other}: expected one of them, got both; ${why}`);
      }
    }
  }
}

/** The lines of a command's help that explain its options. */
export function describe(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, { value, choices, about }]) => {
    const takes = choices ? choices.join('|') : (value ?? '');
    return { head: `  --${name} ${takes}`.trimEnd(), about };
  });
  return rows.map(({ head, about }) => `${head}\n${wrap('      ', about)}`).join('').trimEnd();
}

/**
 * @file The commands that the pages show in their sh blocks: read as a shell reads them, and checked without running
 * them. What a command of the program takes is read from its help, which is made of its table of options.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../src/data/dataset.ts';
import { Options, type OptionSpec, type OptionTable } from '../../src/experiments/options.ts';
import { ROOT } from './figures.ts';

export interface ShownCommand {
  /** The line of the page. */
  readonly line: string;
  readonly words: readonly string[];
}

/** The commands of the sh blocks of a page: one per line or `&&`, without comments and assignments. */
export function commandsIn(text: string): ShownCommand[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block.replace(/\\\n\s*/g, ''));
  return blocks.flatMap((block) => block.split('\n')).flatMap((line) =>
    line.replace(/(^|\s)#.*$/, '').split('&&').map((part) => part.trim())
      .filter((part) => part !== '' && !/^\w+=\S*$/.test(part))
      .map((part) => ({ line, words: wordsOf(part) })));
}

/** The words of a command: quotes are taken off, `$(…)` is one word. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/(?:"[^"]*"|\$\([^)]*\)|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));

interface CommandHelp {
  readonly table: OptionTable;
  /** The only values of some options; of several, with commas between, each is one of them. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
  /** What its other arguments stand for, DIR or names to choose from; none if it takes none. */
  readonly positional: string | undefined;
}

let helps: Promise<ReadonlyMap<string, CommandHelp>> | undefined;

/** What each command of the program takes, by its name, from the help texts that src/experiments exports. */
async function readHelps(): Promise<ReadonlyMap<string, CommandHelp>> {
  const folder = join(ROOT, 'src', 'experiments'), found = new Map<string, CommandHelp>();
  for (const file of readdirSync(folder)) {
    if (!/^export const \w+_HELP\b/m.test(readFileSync(join(folder, file), 'utf8'))) continue;
    const module: Readonly<Record<string, unknown>> = await import(join(folder, file));
    for (const [name, help] of Object.entries(module)) {
      if (!name.endsWith('_HELP') || typeof help !== 'string') continue;
      const command = /^idlg (\w+)/.exec(help)![1];
      found.set(command, helpOf(help, command));
    }
  }
  return found;
}

/** What a help explains: lines such as `  --seed S`, and `Usage: … merge DIR… --out DIR`. */
function helpOf(help: string, command: string): CommandHelp {
  const options = [...help.matchAll(/^ {2}--([\w-]+)(?: (\S+))?$/gm)];
  const table = Object.fromEntries(options.map(([, name, takes]): [string, OptionSpec] =>
    [name, { about: '', ...(takes && { value: takes }) }]));
  const choices = new Map(options.flatMap(([, name, takes]): [string, string[]][] =>
    (takes?.includes('|') ? [[name, takes.split('|')]] : [])));
  const usages = [...help.matchAll(/^(?:Usage:)? +(?:idlg|npm start --) (\w+) (\S+)/gm)];
  const firsts = usages.map(([, name, first]) => (name === command ? first : '-'));
  const positional = firsts.find((first) => !/^[-[]/.test(first));
  return { table, choices, positional };
}

/** A program that npm runs, and the file that its script starts. */
function scriptFile(script: string): string | undefined {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.hasOwn(scripts, script) ? /tsx (\S+)/.exec(scripts[script])?.[1] ?? '' : undefined;
}

/** Programs of others that the pages show, which are not checked. */
const FOREIGN = ['npm ci', 'npm pack', 'npx idlg', 'git', 'pip', 'node', 'jupyter'];

/** What is wrong with a command, or undefined. */
export async function checkCommand(shown: readonly string[]): Promise<string | undefined> {
  let words = shown.map((word) => word.replaceAll('{}', '1'));
  while (/^\w+=\S*$/.test(words[0])) words = words.slice(1); // FIXTURES=DIR npm test
  if (words[0] === 'parallel') words = words.slice(1, words.indexOf(':::'));
  const [program, first = '', ...rest] = words;
  if (FOREIGN.some((name) => `${program} ${first} `.startsWith(`${name} `))) return undefined;
  if (program === 'npx' && first === 'tsx') return existsSync(join(ROOT, rest[0])) ? undefined : `no file ${rest[0]}`;
  if (program !== 'npm') return `${program} is not known`;
  const script = first === 'run' ? rest[0] : first, end = words.indexOf('--');
  const args = end < 0 ? [] : words.slice(end + 1);
  const others = words.slice(first === 'run' ? 3 : 2, end < 0 ? undefined : end).filter((word) => word !== '--silent');
  if (!['run', 'start', 'test'].includes(first)) return `npm ${first} is not known`;
  if (others.length > 0) return `${others.join(' ')} stands before --`;
  if (script === 'start') return checkProgram(args);
  const file = scriptFile(script);
  return file === undefined ? `no script ${script}` : checkScript(file, args);
}

/** Checks the arguments of the program itself. */
async function checkProgram(args: readonly string[]): Promise<string | undefined> {
  const all = await (helps ??= readHelps()), [first = ''] = args, named = first !== '' && !first.startsWith('-');
  if (args.length === 1 && ['--help', '--version'].includes(first)) return undefined;
  const help = all.get(named ? first : 'attack');
  if (!help) return `no command ${first}; there are ${[...all.keys()].join(', ')}`;
  const own = named ? args.slice(1) : args;
  if (own.length === 1 && own[0] === '--help') return undefined;
  const { table, choices, positional } = help;
  try {
    const options = new Options(table, own, positional === undefined ? {} : { positional });
    const { positionals } = options;
    const taken = [...choices].map(([name, known]) =>
      ({ name: `--${name}`, known, given: options.text(name)?.split(',') ?? [] }));
    const names = positional?.includes('|') ? positional.split('|') : positionals;
    for (const { name, known, given } of [...taken, { name: first, known: names, given: positionals }]) {
      const wrong = given.find((word) => !known.includes(word));
      if (wrong !== undefined) return `${name}: expected one of ${known.join(', ')}, got "${wrong}"`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

/** Checks that the options of another script are named in its source or in the sources that it imports beside it. */
function checkScript(file: string, args: readonly string[]): string | undefined {
  const sources = file === '' ? '' : sourceWithImports(join(ROOT, file));
  for (const word of args) {
    const name = /^--([\w-]+)$/.exec(word)?.[1];
    if (name === undefined || name === 'help') continue;
    const isKnown = sources.includes(`--${name}`) || new RegExp(`^\\s*'?${name}'?: \\{`, 'm').test(sources);
    if (!isKnown) return `--${name} is not in ${file}`;
  }
  return undefined;
}

function sourceWithImports(file: string): string {
  const text = readFileSync(file, 'utf8'), beside = [...text.matchAll(/from '(\.\/[^']+\.ts)'/g)];
  const folder = join(file, '..'), imported = [...text.matchAll(/from '(\.\/[^']+\/[^']+\.ts)'/g)];
  return [text, ...[...beside, ...imported].map(([, path]) => readFileSync(join(folder, path), 'utf8'))].join('\n');
}

/**
 * @file What `--help` prints for a command, in lines of 80 columns.
 */
import { describe, type OptionTable } from './options.ts';
import { PROGRAM } from './program.ts';
import { commandLines, wrap } from './text.ts';

export interface Help {
  readonly name: string;
  /** What the command does, after its name and a colon. */
  readonly about: string;
  /** The ways to call it: what follows the command's name, and what that does if it is not the usual way. */
  readonly usage: readonly (readonly [args: string, does?: string])[];
  readonly options: OptionTable;
  /** A list under a title, such as the data sets. */
  readonly lists?: readonly { readonly title: string; readonly items: readonly string[] }[];
  /** Paragraphs; one that begins with spaces is left as it is. */
  readonly notes?: readonly string[];
  /** What follows the command's name. */
  readonly examples: readonly string[];
}

export function helpText({ name, about, usage, options, lists = [], notes = [], examples }: Help): string {
  const call = (args: string): string => `${PROGRAM} ${name} ${args}`.trimEnd();
  const ways = usage.map(([args, does], k) => {
    const way = commandLines(k === 0 ? 'Usage: ' : '       ', call(args));
    return way + (does ? wrap('           ', does) : '');
  });
  const listed = lists.map(({ title, items }) =>
    `${title}:\n${items.map((item) => wrap('  ', item, undefined, '      ')).join('')}`);
  const paragraphs = notes.map((note) => (note.startsWith(' ') ? `${note}\n` : wrap('', note)));
  const shown = `Examples:\n${examples.map((args) => commandLines('  ', call(args))).join('')}`;
  return [
    wrap('', `idlg ${name}: ${about}`), ways.join(''), `${describe(options)}\n`, ...listed, ...paragraphs, shown,
  ].join('\n');
}

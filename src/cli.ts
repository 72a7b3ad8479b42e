#!/usr/bin/env node
/**
 * @file The command line: `idlg COMMAND [options]`. Exit codes: 0 done, 1 a fault of the program, 2 a user's mistake.
 */
import { readFileSync } from 'node:fs';
import { InputError } from './data/dataset.ts';
import { ATTACK_HELP, attackCommand } from './experiments/attack.ts';
import type { Screen } from './experiments/display.ts';
import { reason } from './experiments/output.ts';

interface Command {
  readonly about: string;
  readonly help: string;
  readonly run: (args: readonly string[], screen: Screen) => void;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  attack: { about: 'recover a private image and its label from a gradient', help: ATTACK_HELP, run: attackCommand },
};

const HELP = `idlg: gradient leakage attacks, "iDLG: Improved Deep Leakage from Gradients" and its baseline DLG

Usage: idlg COMMAND [options]
       idlg [options]                 the same as idlg attack [options]

Commands:
${Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`).join('\n')}

  idlg COMMAND --help   explains a command's options
  idlg --version        prints the version

Exit codes: 0 done; 1 a fault of the program; 2 a mistake in the options or files, explained in one line.
For teaching, and for auditing systems of your own.
`;

const isHelp = (arg: string): boolean => arg === '--help' || arg === '-h';

function main(args: readonly string[], screen: Screen): void {
  const [first = '', ...rest] = args;
  if (isHelp(first) || first === 'help') return void screen.write(HELP);
  if (first === '--version') return void screen.write(`${version()}\n`);
  const named = first !== '' && !first.startsWith('-');
  if (named && !Object.hasOwn(COMMANDS, first)) {
    throw new InputError(`expected a command, ${Object.keys(COMMANDS).join(', ')}, got "${first}"`);
  }
  const command = COMMANDS[named ? first : 'attack'];
  const options = named ? rest : args;
  if (options.some(isHelp)) return void screen.write(command.help);
  command.run(options, screen);
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

// A reader that goes away, as in `idlg | head`, ends the program and is no mistake; a full disk is the user's to mend.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`idlg: standard output: expected to write to it, got an error: ${reason(error)}\n`);
  process.exit(2);
});

try {
  main(process.argv.slice(2), process.stdout);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`idlg: ${error.message}\n`);
  process.exitCode = 2;
}

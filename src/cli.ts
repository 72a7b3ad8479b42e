#!/usr/bin/env node
/**
 * @file The command line: `idlg COMMAND [options]`. Exit codes: 0 success, 1 a bug in the program, 2 a user's
 * mistake, 130 Ctrl-C or, in a command that makes many runs, SIGTERM.
 */
import { readFileSync } from 'node:fs';
import { InputError } from './data/dataset.ts';
import { reason } from './data/files.ts';
import { ATTACK_HELP, attackCommand } from './experiments/attack.ts';
import { AUDIT_HELP, auditCommand } from './experiments/audit.ts';
import { DATA_HELP, dataCommand } from './experiments/data.ts';
import { DEFEND_HELP, defendKind } from './experiments/defend.ts';
import type { Screen } from './experiments/display.ts';
import { evidenceCommand } from './experiments/evidence.ts';
import { FIGURE1_HELP, figure1 } from './experiments/figure1.ts';
import { FIGURE2_HELP, figure2Command } from './experiments/figure2.ts';
import { LABELS_HELP, labelsCommand } from './experiments/labels.ts';
import { MERGE_HELP, mergeCommand } from './experiments/merge.ts';
import { PROGRAM } from './experiments/program.ts';
import { STAGES_HELP, stagesCommand } from './experiments/stages.ts';
import { TABLE1_HELP, table1 } from './experiments/table1.ts';
import { wrap } from './experiments/text.ts';
import { TRAIN_HELP, trainCommand } from './experiments/train.ts';

interface Command {
  readonly about: string;
  readonly help: string;
  /** Prints results on standard output; progress and everything else on standard error. */
  readonly run: (args: readonly string[], screen: Screen, aside: Screen) => void | Promise<void>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  attack: { about: 'recovers a private image and its label from a gradient', help: ATTACK_HELP, run: attackCommand },
  audit: { about: 'shows what the gradient of your own client gives away', help: AUDIT_HELP, run: auditCommand },
  table1: {
    about: 'the paper\'s Table 1: the share of labels found',
    help: TABLE1_HELP,
    run: (args, ...screens) => evidenceCommand(table1, args, ...screens),
  },
  figure1: {
    about: 'the paper\'s Figure 1: the share of images recovered',
    help: FIGURE1_HELP,
    run: (args, ...screens) => evidenceCommand(figure1, args, ...screens),
  },
  figure2: { about: 'the paper\'s Figure 2: how images emerge', help: FIGURE2_HELP, run: figure2Command },
  defend: {
    about: 'what the attacks still find if a client defends its gradient',
    help: DEFEND_HELP,
    run: (args, ...screens) => evidenceCommand(defendKind, args, ...screens),
  },
  train: { about: 'how well a network still learns under a defence', help: TRAIN_HELP, run: trainCommand },
  stages: { about: 'what leaks while a network learns', help: STAGES_HELP, run: stagesCommand },
  labels: { about: 'how many of a batch\'s labels its gradient gives away', help: LABELS_HELP, run: labelsCommand },
  data: { about: 'fetches the files of a data set', help: DATA_HELP, run: dataCommand },
  merge: { about: 'joins the runs of several machines', help: MERGE_HELP, run: mergeCommand },
};

const TITLE = 'idlg: the gradient leakage attacks iDLG ("Improved Deep Leakage from Gradients"), its baseline DLG ' +
  'and others';

const EXIT_CODES = 'Exit codes: 0 success; 1 a bug in the program; 2 a mistake in the options or files, explained in ' +
  'one line; 130 stopped by Ctrl-C or, in a command that makes many runs, by SIGTERM.';

const HELP = `${wrap('', TITLE)}
Usage: ${PROGRAM} COMMAND [options]
       ${PROGRAM} [options]    the same as ${PROGRAM} attack [options]

Commands:
${Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`).join('\n')}

  ${PROGRAM} COMMAND --help   explains a command's options
  ${PROGRAM} --version        prints the version

${wrap('', EXIT_CODES)}
For teaching, and for auditing systems of your own.
`;

const isHelp = (arg: string): boolean => arg === '--help' || arg === '-h';

async function main(args: readonly string[], screen: Screen, aside: Screen): Promise<void> {
  const [first = '', ...rest] = args;
  if (isHelp(first) || first === 'help') return void screen.write(HELP);
  if (first === '--version') return void screen.write(`${version()}\n`);
  const named = first !== '' && !first.startsWith('-');
  if (named && !Object.hasOwn(COMMANDS, first)) {
    throw new InputError(`expected one of ${Object.keys(COMMANDS).join(', ')}, got "${first}"`);
  }
  const command = COMMANDS[named ? first : 'attack'];
  const options = named ? rest : args;
  if (options.some(isHelp)) return void screen.write(command.help);
  await command.run(options, screen, aside);
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

// A reader that goes away, as in `idlg | head`, ends the program without an error; a full disk is for the user to fix.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`idlg: standard output: expected to write to it, got an error: ${reason(error)}\n`);
  process.exit(2);
});

// Standard error carries no results: the work continues if nobody reads it.
process.stderr.on('error', () => {});

try {
  await main(process.argv.slice(2), process.stdout, process.stderr);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`idlg: ${error.message}\n`);
  process.exitCode = 2;
}

/**
 * @file `npm run notebooks`: runs the notebooks and writes, or checks, what GitHub, VS Code and Jupyter show of them.
 */
import { fileURLToPath } from 'node:url';
import { InputError } from '../../src/data/dataset.ts';
import { notebooksCommand } from './command.ts';

// What ends with this process, a notebook's process and its copy, is told of it by 'exit'.
for (const [signal, code] of [['SIGHUP', 129], ['SIGINT', 130], ['SIGTERM', 143]] as const) {
  process.on(signal, () => process.exit(code));
}

const folder = fileURLToPath(new URL('..', import.meta.url));
try {
  process.exitCode = await notebooksCommand(process.argv.slice(2), folder, process.stdout);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`notebooks: ${error.message}\n`);
  process.exitCode = 2;
}

/**
 * @file `npm run notebooks`: runs the notebooks and writes, or checks, what GitHub, VS Code and Jupyter show of them.
 */
import { fileURLToPath } from 'node:url';
import { InputError } from '../../src/data/dataset.ts';
import { notebooksCommand } from './command.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
try {
  process.exitCode = await notebooksCommand(process.argv.slice(2), folder, process.stdout);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`notebooks: ${error.message}\n`);
  process.exitCode = 2;
}

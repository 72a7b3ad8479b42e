/**
 * @file `npm run notebooks`: runs the notebooks and writes, or checks, what GitHub, VS Code and Jupyter show of them.
 */
import { fileURLToPath } from 'node:url';
import { notebooksCommand } from './command.ts';
import { script } from './script.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
await script('notebooks', (args) => notebooksCommand(args, folder, process.stdout));

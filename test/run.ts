/**
 * @file All tests: those of each folder in a process of their own, as many at a time as there are cores. What a folder's
 * tests print comes when they are done; the exit code is 1 where one failed.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEST = fileURLToPath(new URL('.', import.meta.url));
/** The longest, three minutes; and a browser, best left alone: it has processes of its own. */
const FIRST = 'experiments', LAST = 'playground';

const places = readdirSync(TEST, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const folders = [FIRST, '.', ...places.filter((name) => name !== FIRST && name !== LAST), LAST]
  .filter((folder) => readdirSync(join(TEST, folder)).some((name) => name.endsWith('.test.ts')));

/** Whether all tests of a folder pass; not those of folders in it. */
function passes(folder: string): Promise<boolean> {
  const uvu = join('node_modules', 'uvu', 'bin.js'), color = process.stdout.isTTY ? [] : ['--no-color'];
  const args = ['--import', 'tsx', uvu, ...color, join('test', folder), '^[^/\\\\]+\\.test\\.ts$'];
  const child = spawn(process.execPath, args, { cwd: join(TEST, '..'), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      process.stdout.write(`\ntest/${folder === '.' ? '' : folder}\n${output}`);
      resolve(code === 0);
    });
  });
}

const failed: string[] = [], waiting = folders.values();
await Promise.all(Array.from({ length: availableParallelism() }, async () => {
  for (const folder of waiting) if (!(await passes(folder))) failed.push(folder);
}));
console.log(failed.length === 0 ? '\nall tests pass' : `\ntests fail in ${failed.map((name) => `test/${name}`).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

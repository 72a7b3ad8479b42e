/** @file The test files: which there are, and which of them a command line means. */
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Folders whose tests are slow. */
const SLOW = ['playground', 'notebooks'];
/** What takes longest, and starts first. */
const FIRST = ['playground', 'notebooks', 'experiments', 'run', 'cli', 'attack', 'data'];

/** The names of all test files below a folder, without .test.ts; the longest first. */
export function testFiles(dir: string): string[] {
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep).join('/'));
  const rank = (file: string): number => {
    const place = FIRST.indexOf(file.split('/')[0]);
    return (isSlow(file) ? 0 : FIRST.length + 1) + (place < 0 ? FIRST.length : place);
  };
  const files = paths.filter((path) => path.endsWith('.test.ts')).map((path) => path.slice(0, -'.test.ts'.length));
  return files.sort().sort((a, b) => rank(a) - rank(b));
}

/** Whether a file belongs to `npm run test:all` only. */
export const isSlow = (file: string): boolean => file.endsWith('.slow') || SLOW.includes(file.split('/')[0]);

/** Whether a file is the one, or lies in the folder, that a command line names. */
function isNamed(file: string, name: string): boolean {
  const plain = name.replace(/^\.\//, '').replace(/^test(\/|$)/, '').replace(/\/$/, '').replace(/(\.test)?(\.ts)?$/, '');
  return plain === '' || file === plain || file.startsWith(`${plain}/`) || file === `${plain}.slow`;
}

/** The files to run, slow ones only with `all`. @throws where a name says none. */
export function chosenFiles(dir: string, all: boolean, names: readonly string[]): string[] {
  const files = testFiles(dir), command = all ? files : files.filter((file) => !isSlow(file));
  for (const name of names) {
    if (command.some((file) => isNamed(file, name))) continue;
    const slow = files.some((file) => isNamed(file, name));
    throw new Error(slow ? `the tests of ${name} are slow: npm run test:all -- ${name}` : `no test file or folder is named ${name}`);
  }
  return names.length === 0 ? command : command.filter((file) => names.some((name) => isNamed(file, name)));
}

/**
 * @file `npm run exercise -- NN`: which of your answers to a chapter's exercises are right, and why one is not.
 *
 * Exit codes: 0 all are right; 1 one is not; 2 there is no such chapter.
 */
import { readdirSync } from 'node:fs';
import { judge } from '../checks/judge.ts';

const chapters = readdirSync(new URL('../exercises', import.meta.url)).filter((file) => /^\d\d-/.test(file));
const asked = process.argv.slice(2).join(' ');
const chapter = chapters.find((file) => file.startsWith(asked.padStart(2, '0')));
if (!chapter) {
  const names = chapters.map((file) => file.slice(0, 2)).join(', ');
  process.stderr.write(`exercise: expected the number of a chapter, ${names}, got "${asked}"\n`);
  process.exitCode = 2;
} else {
  const [{ checks }, answers] = await Promise.all([import(`../checks/${chapter}`), import(`../exercises/${chapter}`)]);
  for (const { name, wrong } of judge(checks, answers)) {
    console.log(`${name}: ${wrong ?? 'right'}`);
    if (wrong) process.exitCode = 1;
  }
}

/**
 * @file The process in which the answers to a chapter's exercises are judged: the chapter's file in checks/, and the
 * answers' path, are its arguments. Exit codes as exercise.ts has them.
 */
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { judge, YOUR_TURN } from '../checks/judge.ts';

const [chapter, path] = process.argv.slice(2);
const { checks } = await import(`../checks/${chapter}`);
const file = relative('', path);
try {
  process.stdout.write(`The answers in ${file}:\n`);
  const answers = await import(pathToFileURL(resolve(path)).href);
  for (const [i, name] of Object.keys(checks).entries()) {
    process.stdout.write(`${i + 1}. ${name}: `); // before it is judged, which may not end
    const [{ wrong }] = judge({ [name]: checks[name] }, answers);
    process.stdout.write(`${wrong === YOUR_TURN ? `${wrong}: write it in ${file}` : wrong ?? 'right'}\n`);
    if (wrong) process.exitCode = 1;
  }
} catch (error) { // of the import: judge() throws none
  const { stack = '', message } = error instanceof Error ? error : new Error(String(error));
  const line = stack.split(chapter).map((after) => /^:(\d+):\d+\)?$/m.exec(after)?.[1]).find((found) => found);
  process.stderr.write(`exercise: ${path}${line ? `:${line}` : ''}: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
  process.exitCode = 2;
}

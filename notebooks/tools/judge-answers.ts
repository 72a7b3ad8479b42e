/**
 * @file The process in which the answers to a chapter's exercises are judged: the chapter's file in checks/, and the
 * answers' path, are its arguments. Exit codes as exercise.ts has them.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { judge } from '../checks/judge.ts';

const [chapter, path] = process.argv.slice(2);
const { checks } = await import(`../checks/${chapter}`);
try {
  const answers = await import(pathToFileURL(resolve(path)).href);
  for (const name of Object.keys(checks)) {
    process.stdout.write(`${name}: `); // before it is judged, which may not end
    const [{ wrong }] = judge({ [name]: checks[name] }, answers);
    process.stdout.write(`${wrong ?? 'right'}\n`);
    if (wrong) process.exitCode = 1;
  }
} catch (error) { // of the import: judge() throws none
  const { stack = '', message } = error instanceof Error ? error : new Error(String(error));
  const line = stack.split(chapter).map((after) => /^:(\d+):\d+\)?$/m.exec(after)?.[1]).find((found) => found);
  process.stderr.write(`exercise: ${path}${line ? `:${line}` : ''}: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
  process.exitCode = 2;
}

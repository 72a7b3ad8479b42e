/**
 * @file The tests. docs/testing.md tells of them.
 *
 *   tsx test/run.ts [--all] [--grep TEXT] [--limit SECONDS] [--dir FOLDER] [NAME …]
 *
 * A name is that of a file or folder below test, with or without `test/` and `.test.ts`. Without --all the slow tests are
 * left out. A file is ended after --limit seconds, by default 3600. The exit code is 1 where a test fails, and 2 where
 * there is nothing to run.
 */
import { run } from './run/runner.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const { stdout } = process;
try {
  const passes = await run(process.argv.slice(2), {
    write: (text) => void stdout.write(text),
    columns: stdout.isTTY ? stdout.columns : undefined,
  });
  process.exitCode = passes ? 0 : 1;
} catch (error) {
  console.error(`test: ${(error as Error).message}`);
  process.exitCode = 2;
}

/** @file What `npm run notebooks` and `npm run exercise` have in common. */
import { InputError } from '../../src/data/dataset.ts';

/**
 * Runs a command to its exit code; a user's mistake is one line and 2. A signal ends it as process.exit() does, so that
 * who listens to 'exit' can kill its processes.
 */
export async function script(name: string, command: (args: readonly string[]) => Promise<number>): Promise<void> {
  for (const [signal, code] of [['SIGHUP', 129], ['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.on(signal, () => process.exit(code));
  }
  try {
    process.exitCode = await command(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 2;
  }
}
